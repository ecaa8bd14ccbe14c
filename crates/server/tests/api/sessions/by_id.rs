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
