use pandaprobe_testkit::server::TestServer;
use serde_json::json;

use crate::given::{column, id, sent, span, trace};

fn filled() -> TestServer {
    let server = TestServer::start();
    let spans = json!([span(1, 0, 1, json!({"cost": {"total": 1.0}}))]);
    sent(
        &server,
        "default",
        &[
            trace(
                1,
                0,
                1,
                json!({"session_id": "s", "user_id": "u", "spans": spans}),
            ),
            trace(2, 1, 2, json!({"session_id": "s"})),
            trace(3, 2, 3, json!({"session_id": "other", "user_id": "u"})),
            trace(4, 3, 4, json!({})),
        ],
    );
    server
}

#[test]
fn a_session_goes_with_all_of_its_traces() {
    let server = filled();
    let score = json!({"trace_id": id(1), "name": "n", "value": "1"});
    server
        .post("/evaluations/trace-scores")
        .json(&score)
        .expect(201);
    let answer = server.call("DELETE", "/sessions/s").send();
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (200, r#"{"deleted":2}"#)
    );
    server.get("/sessions/s").expect(404);
    server.call("DELETE", "/sessions/s").expect(404);
    server.get(&format!("/traces/{}", id(1))).expect(404);
    let traces = server.get("/traces").expect(200);
    assert_eq!(column(&traces, "trace_id"), [id(4), id(3)]);
    let users = server.get("/traces/users").expect(200);
    assert_eq!(users["items"][0]["total_cost"], 0.0);
    let scores = server.get("/evaluations/trace-scores").expect(200);
    assert_eq!(scores["total"], 0);
}

#[test]
fn a_session_can_be_made_anew() {
    let server = filled();
    server.call("DELETE", "/sessions/s").expect(200);
    sent(
        &server,
        "default",
        &[trace(1, 5, 6, json!({"session_id": "s"}))],
    );
    let session = server.get("/sessions/s").expect(200);
    assert_eq!(
        (&session["trace_count"], &session["total_cost"]),
        (&json!(1), &json!(0.0))
    );
}

#[test]
fn a_session_of_many_traces_goes_as_a_whole() {
    let server = TestServer::start();
    let traces: Vec<_> = (0..1_500)
        .map(|n| trace(n, 0, 1, json!({"session_id": "s"})))
        .collect();
    server
        .post("/traces/batch")
        .json(&json!(traces))
        .expect(202);
    let gone = server.call("DELETE", "/sessions/s").expect(200);
    assert_eq!(gone["deleted"], 1_500);
    assert_eq!(server.get("/traces").expect(200)["total"], 0);
}

#[test]
fn only_in_its_own_project() {
    let server = filled();
    server
        .call("DELETE", "/sessions/s")
        .project("two")
        .expect(404);
    server.call("DELETE", "/sessions/%ff").expect(422);
    server.get("/sessions/s").expect(200);
}
