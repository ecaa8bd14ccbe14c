use pandaprobe_testkit::server::TestServer;
use serde_json::json;

use crate::given::{column, sent, trace};

const PATH: &str = "/sessions/batch/delete";

#[test]
fn known_sessions_go_and_unknown_ids_are_passed_over() {
    let server = TestServer::start();
    for project in ["default", "other"] {
        sent(
            &server,
            project,
            &[
                trace(1, 0, 1, json!({"session_id": "a/b"})),
                trace(2, 1, 2, json!({"session_id": "a/b"})),
                trace(3, 2, 3, json!({"session_id": "c"})),
                trace(4, 3, 4, json!({"session_id": "d"})),
            ],
        );
    }
    let ids = json!({"session_ids": ["a/b", "c", "a/b", "unknown", ""]});
    let answer = server.post(PATH).json(&ids).send();
    assert_eq!(answer.text(), r#"{"deleted":3}"#);
    assert_eq!(
        column(&server.get("/sessions").expect(200), "session_id"),
        ["d"]
    );
    let other = server.get("/traces").project("other").expect(200);
    assert_eq!(other["total"], 4);
    let none = server.post(PATH).project("new").json(&ids).expect(200);
    assert_eq!(none["deleted"], 0);
}

#[test]
fn wrong_lists_are_told() {
    let server = TestServer::start();
    let many = |count| json!({"session_ids": vec!["s"; count]});
    server.post(PATH).json(&many(500)).expect(200);
    for (body, field) in [
        (many(0), "session_ids"),
        (many(501), "session_ids"),
        (json!({}), "session_ids"),
        (json!({"session_ids": ["s", 1]}), "session_ids -> 1"),
        (
            json!({"session_ids": ["x".repeat(256)]}),
            "session_ids -> 0",
        ),
    ] {
        let problem = server.post(PATH).json(&body).expect(422);
        assert_eq!(problem["errors"][0]["field"], field);
    }
}
