use pandaprobe_testkit::server::TestServer;
use serde_json::json;

use crate::given::{names, sent, trace};
use crate::organisations::{Organisation, guarded};

#[test]
fn a_project_is_made_and_can_be_used() {
    let server = TestServer::start();
    let organisation = Organisation::of(&server);
    let answer = organisation.post(
        "/projects",
        &json!({"name": " a b ", "description": "d", "unknown": 1}),
    );
    let answer = answer.send();
    assert_eq!(answer.status, 201);
    assert_eq!(
        names(&answer.text()),
        ["id", "org_id", "name", "description", "created_at"]
    );
    let project = answer.json();
    assert_eq!(project["name"], "a b");
    assert_eq!(project["description"], "d");
    sent(&server, "a b", &[trace(1, 0, 1, json!({}))]);
    let by_id = server
        .get("/traces")
        .header("X-Project-ID", project["id"].as_str().unwrap());
    assert_eq!(by_id.expect(200)["total"], 1);
}

#[test]
fn names_are_unique() {
    let server = TestServer::start();
    let organisation = Organisation::of(&server);
    organisation.project("one");
    sent(&server, "two", &[trace(1, 0, 1, json!({}))]);
    for name in ["one", "two", "default", " one "] {
        let again = organisation.post("/projects", &json!({"name": name}));
        let problem = again.expect(409);
        assert_eq!(problem["code"], "conflict");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(name.trim()), "{detail}");
    }
    let projects = organisation.get("/projects").expect(200);
    assert_eq!(projects.as_array().unwrap().len(), 3);
}

#[test]
fn bad_wishes_make_nothing() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let long = "x".repeat(2_001);
    for (wish, field) in [
        (json!({}), "name"),
        (json!({"name": "a/b"}), "name"),
        (json!({"name": null}), "name"),
        (json!({"name": "p", "description": long}), "description"),
        (json!({"name": "p", "description": null}), "description"),
        (json!("p"), ""),
    ] {
        let problem = organisation.post("/projects", &wish).expect(422);
        assert_eq!(problem["errors"][0]["field"], field, "{wish}");
    }
    organisation.call("POST", "/projects").body("{").expect(422);
    let projects = organisation.get("/projects").expect(200);
    assert_eq!(projects.as_array().unwrap().len(), 1);
}
