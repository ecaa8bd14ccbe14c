use serde_json::{Value, json};

use super::expired;
use crate::organisations::{Organisation, guarded, text, traces_with};

#[test]
fn all_keys_newest_first_and_none_in_the_clear() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let revoked = organisation.key(&json!({"name": "revoked"}));
    let path = format!("/api-keys/{}", text(&revoked["id"]));
    organisation.delete(&path).expect(204);
    expired(&server);
    let live = organisation.key(&json!({"name": "live", "expiration": "90d"}));

    let answer = organisation.get("/api-keys").send();
    let list = answer.json();
    let column = |member: &str| {
        let keys = list.as_array().unwrap().iter();
        keys.map(|key| key[member].clone()).collect::<Vec<_>>()
    };
    assert_eq!(column("name"), ["live", "expired", "revoked", "configured"]);
    assert_eq!(column("is_active"), [true, false, false, true]);
    assert_eq!(column("raw_key"), [const { Value::Null }; 4]);
    for secret in [&live["raw_key"], &revoked["raw_key"]] {
        assert!(!answer.text().contains(secret.as_str().unwrap()));
    }
}

#[test]
fn the_use_of_a_key_shows() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let key = organisation.key(&json!({"name": "k"}));
    let used = || organisation.get("/api-keys").expect(200)[0]["last_used_at"].clone();
    assert_eq!(used(), Value::Null);
    assert_eq!(traces_with(&server, &key["raw_key"], "p"), 200);
    let first = text(&used());
    assert!(first >= text(&key["created_at"]), "{first} {key}");
    // Within a minute it is not written again.
    assert_eq!(traces_with(&server, &key["raw_key"], "p"), 200);
    assert_eq!(used(), first);
}
