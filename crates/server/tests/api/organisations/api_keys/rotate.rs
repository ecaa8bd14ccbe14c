use serde_json::{Value, json};

use super::expired;
use crate::given::id;
use crate::organisations::{Organisation, guarded, text, traces_with};

fn rotate(key: &Value) -> String {
    format!("/api-keys/{}/rotate", text(&key["id"]))
}

#[test]
fn the_successor_may_do_the_same_and_the_old_key_goes_on() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let project = organisation.project("mine");
    let old = organisation.key(&json!({
        "name": "k", "expiration": "90d", "project_id": project, "access": "read",
    }));
    let answer = organisation.call("POST", &rotate(&old)).send();
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("cache-control"), "no-store");
    let new = answer.json();
    for same in ["name", "project_id", "access", "org_id"] {
        assert_eq!(new[same], old[same], "{same}");
    }
    assert!(text(&new["expires_at"]) > text(&old["expires_at"]));
    assert_ne!(new["id"], old["id"]);
    assert_ne!(new["raw_key"], old["raw_key"]);
    for key in [&old, &new] {
        assert_eq!(traces_with(&server, &key["raw_key"], "mine"), 200);
        assert_eq!(traces_with(&server, &key["raw_key"], "default"), 403);
        let write = server.post("/traces").project("mine");
        let write = write.header("X-API-Key", key["raw_key"].as_str().unwrap());
        write
            .json(&json!({"name": "t", "started_at": 0}))
            .expect(403);
    }
}

#[test]
fn an_expired_key_can_still_be_followed() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let old = expired(&server);
    let new = organisation.call("POST", &rotate(&old)).expect(201);
    assert_eq!(traces_with(&server, &new["raw_key"], "p"), 200);
    assert_eq!(traces_with(&server, &old["raw_key"], "p"), 401);
}

#[test]
fn what_cannot_be_rotated() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let forever = organisation.key(&json!({"name": "forever"}));
    let revoked = organisation.key(&json!({"name": "revoked", "expiration": "90d"}));
    let path = format!("/api-keys/{}", text(&revoked["id"]));
    organisation.delete(&path).expect(204);
    let before = organisation.get("/api-keys").expect(200);
    for (key, why) in [(&forever, "never expires"), (&revoked, "revoked")] {
        let problem = organisation.call("POST", &rotate(key)).expect(422);
        assert!(text(&problem["detail"]).contains(why), "{problem}");
    }
    let missing = rotate(&json!({"id": id(1)}));
    organisation.call("POST", &missing).expect(404);
    assert_eq!(organisation.get("/api-keys").expect(200), before);
}
