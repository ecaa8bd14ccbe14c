use pandaprobe_testkit::server::TestServer;
use serde_json::json;

use crate::given::{sent, trace};

#[test]
fn any_id_can_be_asked_for() {
    let server = TestServer::start();
    let cases = [
        ("by-id", "by-id"),
        ("..", ".."),
        ("a/b&c=d+e", "a%2Fb%26c%3Dd%2Be"),
        ("%2F", "%252F"),
        ("line\nbreak", "line%0Abreak"),
    ];
    for (number, (session, encoded)) in (1..).zip(cases) {
        sent(
            &server,
            "default",
            &[trace(number, 0, 1, json!({"session_id": session}))],
        );
        let found = server
            .get(&format!("/sessions/by-id?id={encoded}"))
            .expect(200);
        assert_eq!(found["session_id"], session);
        assert_eq!(found["traces"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn it_pages_and_fails_like_its_sibling() {
    let server = TestServer::start();
    sent(
        &server,
        "default",
        &[trace(1, 0, 1, json!({"session_id": "s"}))],
    );
    let page = server
        .get("/sessions/by-id?id=s&limit=1&offset=1")
        .expect(200);
    assert_eq!(
        (&page["trace_count"], &page["traces"]),
        (&json!(1), &json!([]))
    );
    server.get("/sessions/by-id?id=t").expect(404);
    let problem = server.get("/sessions/by-id").expect(422);
    assert_eq!(
        problem["errors"],
        json!([{"field": "query -> id", "message": "Field required"}])
    );
}

#[test]
fn any_session_can_be_changed_and_deleted() {
    let server = TestServer::start();
    for (number, (session, encoded)) in (1..).zip([
        ("by-id", "by-id"),
        ("analytics", "analytics"),
        ("..", ".."),
        ("a/b&c=d+e", "a%2Fb%26c%3Dd%2Be"),
        ("line\nbreak", "line%0Abreak"),
    ]) {
        let path = format!("/sessions/by-id?id={encoded}");
        sent(
            &server,
            "default",
            &[trace(number, 0, 1, json!({"session_id": session}))],
        );
        let patch = json!({"name": "named", "tags": ["x"]});
        let changed = server.call("PATCH", &path).json(&patch).expect(200);
        assert_eq!(
            (&changed["session_id"], &changed["session_name"]),
            (&json!(session), &json!("named"))
        );
        let gone = server.call("DELETE", &path).expect(200);
        assert_eq!(gone, json!({"deleted": 1}));
        server.get(&path).expect(404);
    }
}

#[test]
fn changes_and_deletions_fail_like_their_siblings() {
    let server = TestServer::start();
    let path = "/sessions/by-id?id=t";
    server.call("PATCH", path).body("{}").expect(404);
    server.call("DELETE", path).expect(404);
    for (method, path) in [("PATCH", "/sessions/by-id"), ("DELETE", "/sessions/by-id")] {
        let problem = server.call(method, path).body("{}").expect(422);
        assert_eq!(problem["errors"][0]["field"], "query -> id");
    }
    let wrong = server.call("PATCH", path).json(&json!({"tags": 1}));
    assert_eq!(wrong.expect(422)["errors"][0]["field"], "tags");
}
