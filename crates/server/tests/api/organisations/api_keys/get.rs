use serde_json::{Value, json};

use super::expired;
use crate::given::id;
use crate::organisations::{Organisation, guarded, text, traces_with};

#[test]
fn one_key() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let mut key = organisation.key(&json!({"name": "k"}));
    let path = format!("/api-keys/{}", text(&key["id"]));
    key["raw_key"] = Value::Null;
    assert_eq!(organisation.get(&path).expect(200), key);
    let missing = organisation.get(&format!("/api-keys/{}", id(1)));
    assert_eq!(missing.expect(404)["code"], "not_found");
    let problem = organisation.get("/api-keys/x").expect(422);
    assert_eq!(problem["errors"][0]["field"], "path -> key_id");
}

#[test]
fn an_expired_key_opens_nothing_and_is_told_why() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let key = expired(&server);
    let call = server.get("/traces").project("p");
    let problem = call.header("X-API-Key", key["raw_key"].as_str().unwrap());
    assert_eq!(problem.expect(401)["detail"], "API key has expired");
    let path = format!("/api-keys/{}", text(&key["id"]));
    let key = organisation.get(&path).expect(200);
    assert_eq!(key["is_active"], false);
    assert_eq!(key["last_used_at"], Value::Null);
}

#[test]
fn the_cookie_of_a_revoked_key_opens_nothing() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let key = organisation.key(&json!({"name": "browser"}));
    let login = server
        .post("/login")
        .json(&json!({"api_key": key["raw_key"]}));
    let cookie = login.send().header("set-cookie").to_owned();
    let pair = cookie.split(';').next().unwrap();
    let with_cookie = || {
        let call = server.get("/traces").project("p");
        call.header("Cookie", pair).send().status
    };
    assert_eq!(with_cookie(), 200);
    organisation
        .delete(&format!("/api-keys/{}", text(&key["id"])))
        .expect(204);
    assert_eq!(with_cookie(), 401);
    assert_eq!(traces_with(&server, &key["raw_key"], "p"), 401);
}
