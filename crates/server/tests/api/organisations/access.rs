//! What every endpoint of an organisation has in common.

use pandaprobe_testkit::server::TestServer;
use serde_json::json;

use super::{KEY, Organisation, guarded, text};
use crate::given::id;

#[test]
fn other_organisations_are_not_ours() {
    let server = TestServer::start();
    for path in [
        "",
        "/members",
        "/projects",
        "/api-keys",
        "/subscriptions/usage",
    ] {
        let foreign = format!("/organizations/{}{path}", id(1));
        let problem = server.get(&foreign).expect(403);
        assert_eq!(problem["code"], "forbidden");
        let problem = server.get(&format!("/organizations/x{path}")).expect(422);
        assert_eq!(problem["errors"][0]["field"], "path -> org_id");
    }
    let foreign = format!("/organizations/{}", id(1));
    let rename = server.call("PATCH", &foreign).json(&json!({"name": "x"}));
    rename.expect(403);
}

#[test]
fn a_named_organisation_must_be_the_one() {
    let server = guarded();
    let own = Organisation::of(&server).id;
    for path in ["/me", "/subscriptions/plans", "/traces"] {
        let ask = |organisation: &str| {
            let call = server.get(path).header("X-API-Key", KEY).project("p");
            call.header("X-Organization-ID", organisation)
        };
        ask(&own).expect(200);
        ask(&own.to_uppercase()).expect(200);
        assert_eq!(ask(&id(1)).expect(401)["code"], "unauthorized");
        assert_eq!(ask("x").expect(422)["code"], "validation_error");
    }
}

#[test]
fn a_key_for_reading_looks_and_touches_nothing() {
    let server = guarded();
    let all = Organisation::of(&server);
    let key = all.key(&json!({"name": "r", "access": "read"}));
    let reading = Organisation::with(&server, &text(&key["raw_key"]));
    let project = all.project("p");
    reading.get("/projects").expect(200);
    reading.get("/api-keys").expect(200);
    reading.get("/members").expect(200);
    let path = format!("/projects/{project}");
    let own = format!("/api-keys/{}", text(&key["id"]));
    for refused in [
        reading.patch("", &json!({"name": "x"})),
        reading.post("/projects", &json!({"name": "x"})),
        reading.patch(&path, &json!({"name": "x"})),
        reading.delete(&path),
        reading.post("/api-keys", &json!({"name": "x"})),
        reading.call("POST", &format!("{own}/rotate")),
        reading.delete(&own),
    ] {
        let problem = refused.expect(403);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("reading only"), "{detail}");
    }
    assert_eq!(all.get(&path).expect(200)["name"], "p");
    assert_eq!(all.get(&own).expect(200)["is_active"], true);
}

#[test]
fn a_key_for_one_project_sees_that_one_and_manages_nothing() {
    let server = guarded();
    let all = Organisation::of(&server);
    let (mine, other) = (all.project("mine"), all.project("other"));
    let key = all.key(&json!({"name": "n", "project_id": mine}));
    all.key(&json!({"name": "o", "project_id": other}));
    let narrow = Organisation::with(&server, &text(&key["raw_key"]));
    let seen = |path: &str| narrow.get(path).expect(200);
    assert_eq!(seen("/projects").as_array().unwrap().len(), 1);
    assert_eq!(seen("/projects")[0]["id"], mine);
    assert_eq!(seen(&format!("/projects/{mine}"))["name"], "mine");
    assert_eq!(seen("/api-keys").as_array().unwrap().len(), 1);
    assert_eq!(seen("/api-keys")[0]["name"], "n");
    assert_eq!(
        seen(&format!("/api-keys/{}", text(&key["id"])))["name"],
        "n"
    );
    // There or not, what is not its own looks the same.
    let first = text(&all.get("/api-keys").expect(200)[2]["id"]);
    for path in [
        format!("/projects/{other}"),
        format!("/projects/{}", id(1)),
        format!("/api-keys/{first}"),
        format!("/api-keys/{}", id(1)),
    ] {
        let problem = narrow.get(&path).expect(403);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.ends_with("only the project \"mine\""), "{detail}");
    }
    for refused in [
        narrow.patch("", &json!({"name": "x"})),
        narrow.post("/projects", &json!({"name": "x"})),
        narrow.patch(&format!("/projects/{mine}"), &json!({"name": "x"})),
        narrow.delete(&format!("/projects/{mine}")),
        narrow.post("/api-keys", &json!({"name": "x", "project_id": mine})),
        narrow.delete(&format!("/api-keys/{}", text(&key["id"]))),
    ] {
        let problem = refused.expect(403);
        assert!(
            text(&problem["detail"]).contains("one project only"),
            "{problem}"
        );
    }
    assert_eq!(seen("/projects")[0]["name"], "mine");
}
