use pandaprobe_testkit::server::TestServer;
use serde_json::{Value, json};

use crate::given::{id, names, trace};
use crate::organisations::{Organisation, guarded, text, traces_with};

#[test]
fn a_key_is_shown_once_and_opens_the_organisation() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let answer = organisation
        .post("/api-keys", &json!({"name": "ci"}))
        .send();
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(
        names(&answer.text()),
        [
            "id",
            "org_id",
            "key_prefix",
            "name",
            "is_active",
            "created_at",
            "expires_at",
            "last_used_at",
            "project_id",
            "access",
            "raw_key"
        ]
    );
    let key = answer.json();
    let raw = text(&key["raw_key"]);
    assert!(raw.starts_with("sk_pp_") && raw.len() == 70, "{raw}");
    assert_eq!(key["key_prefix"], raw[..10]);
    assert_eq!(key["org_id"], organisation.id.as_str());
    assert_eq!(key["is_active"], true);
    assert_eq!(key["access"], "full");
    for none in ["expires_at", "last_used_at", "project_id"] {
        assert_eq!(key[none], Value::Null, "{none}");
    }
    for project in ["one", "two"] {
        let call = server.post("/traces").project(project);
        let call = call.header("X-API-Key", &raw);
        call.json(&trace(1, 0, 1, json!({}))).expect(202);
    }
    Organisation::with(&server, &raw).project("three");
}

#[test]
fn a_key_for_90_days() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let key = organisation.key(&json!({"name": "ci", "expiration": "90d"}));
    let days = |member: &str| {
        let time = pandaprobe_model::Timestamp::parse(&text(&key[member])).unwrap();
        time.0 / 86_400_000_000_000
    };
    let life = days("expires_at") - days("created_at");
    assert!((89..=90).contains(&life), "{key}");
    assert_eq!(traces_with(&server, &key["raw_key"], "p"), 200);
}

#[test]
fn a_key_for_reading() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let key = organisation.key(&json!({"name": "r", "access": "read"}));
    assert_eq!(key["access"], "read");
    let write = |key: &Value| {
        let call = server.post("/traces").project("p");
        let call = call.header("X-API-Key", key.as_str().unwrap());
        call.json(&trace(1, 0, 1, json!({}))).send()
    };
    assert_eq!(traces_with(&server, &key["raw_key"], "p"), 200);
    let refused = write(&key["raw_key"]);
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("reading only"));
    let projects = organisation.get("/projects").expect(200);
    assert_eq!(projects.as_array().unwrap().len(), 1, "none was made");
}

#[test]
fn a_key_for_one_project() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let project = organisation.project("mine");
    organisation.project("other");
    let key = organisation.key(&json!({"name": "n", "project_id": project}));
    assert_eq!(key["project_id"], project.as_str());
    let raw = text(&key["raw_key"]);
    let write = |project: Option<&str>| {
        let call = server.post("/traces").header("X-API-Key", &raw);
        let call = match project {
            Some(name) => call.project(name),
            None => call,
        };
        call.json(&trace(1, 0, 1, json!({}))).send().status
    };
    assert_eq!(write(Some("other")), 403);
    assert_eq!(write(Some("not made yet")), 403);
    // Unnamed, its own is meant.
    assert_eq!((write(Some("mine")), write(None)), (202, 202));
    assert_eq!(traces_with(&server, &key["raw_key"], "mine"), 200);
    assert_eq!(traces_with(&server, &key["raw_key"], "other"), 403);
    let projects = organisation.get("/projects").expect(200);
    assert_eq!(projects.as_array().unwrap().len(), 3, "none was made");
}

#[test]
fn bad_wishes_make_nothing() {
    let server = TestServer::start();
    let organisation = Organisation::of(&server);
    let before = organisation.get("/api-keys").expect(200);
    for (wish, field) in [
        (json!({}), "name"),
        (json!({"name": ""}), "name"),
        (json!({"name": "x".repeat(256)}), "name"),
        (json!({"name": "Configured"}), "name"),
        (json!({"name": "x", "expiration": "1y"}), "expiration"),
        (json!({"name": "x", "expiration": null}), "expiration"),
        (json!({"name": "x", "access": "none"}), "access"),
        (json!({"name": "x", "project_id": "p"}), "project_id"),
        (json!({"name": "x", "project_id": id(1)}), "project_id"),
    ] {
        let problem = organisation.post("/api-keys", &wish).expect(422);
        assert_eq!(problem["errors"][0]["field"], field, "{wish}");
    }
    assert_eq!(organisation.get("/api-keys").expect(200), before);
}

/// Without keys required, as clients begin: a key can be had and is taken.
#[test]
fn clients_get_their_first_key_without_one() {
    let server = TestServer::start();
    let organisation = Organisation::of(&server);
    let path = format!("/organizations/{}/api-keys", organisation.id);
    let key = server.post(&path).json(&json!({"name": "x"})).expect(201);
    assert_eq!(traces_with(&server, &key["raw_key"], "p"), 200);
}
