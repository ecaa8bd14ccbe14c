use pandaprobe_testkit::server::TestServer;
use serde_json::{Value, json};

use crate::given::{column, id, sent, span, trace};

fn path(number: u32) -> String {
    format!("/traces/{}", id(number))
}

fn with_span(number: u32, members: Value) -> Value {
    let spans = json!([span(
        1,
        0,
        1,
        json!({"usage": {"input": 5}, "cost": {"total": 1.0}, "model": "m"})
    )]);
    let mut trace = trace(number, 0, 1, members);
    trace["spans"] = spans;
    trace
}

#[test]
fn a_deleted_trace_is_nowhere() {
    let server = TestServer::start();
    let both = json!({"session_id": "s", "user_id": "u", "tags": ["t"]});
    sent(
        &server,
        "default",
        &[with_span(1, both.clone()), with_span(2, both)],
    );
    let score = json!({"trace_id": id(1), "name": "n", "value": "1"});
    server
        .post("/evaluations/trace-scores")
        .json(&score)
        .expect(201);
    let answer = server.call("DELETE", &path(1)).send();
    assert_eq!((answer.status, answer.text().as_str()), (204, ""));
    server.get(&path(1)).expect(404);
    server.call("DELETE", &path(1)).expect(404);
    assert_eq!(
        column(&server.get("/traces").expect(200), "trace_id"),
        [id(2)]
    );
    let session = server.get("/sessions/s").expect(200);
    assert_eq!(
        (
            &session["trace_count"],
            &session["total_cost"],
            &session["total_tokens"]
        ),
        (&json!(1), &json!(1.0), &json!(5))
    );
    let users = server.get("/traces/users").expect(200);
    assert_eq!(column(&users, "trace_count"), [1]);
    let scores = server.get("/evaluations/trace-scores").expect(200);
    assert_eq!(scores["total"], 0, "its scores went with it");
    let tagged = server.get("/traces?tags=t").expect(200);
    assert_eq!(tagged["total"], 1);
}

#[test]
fn a_session_goes_with_its_last_trace() {
    let server = TestServer::start();
    sent(
        &server,
        "default",
        &[with_span(1, json!({"session_id": "s", "user_id": "u"}))],
    );
    server.call("DELETE", &path(1)).expect(204);
    server.get("/sessions/s").expect(404);
    assert_eq!(server.get("/sessions").expect(200)["total"], 0);
    assert_eq!(server.get("/traces/users").expect(200)["total"], 0);
}

#[test]
fn what_arrives_later_makes_the_trace_anew() {
    let server = TestServer::start();
    sent(
        &server,
        "default",
        &[with_span(
            1,
            json!({"input": "old", "tags": ["old"], "metadata": {"old": 1}, "session_id": "s"}),
        )],
    );
    server.call("DELETE", &path(1)).expect(204);
    sent(
        &server,
        "default",
        &[trace(1, 5, 6, json!({"metadata": {"new": 1}}))],
    );
    let trace = server.get(&path(1)).expect(200);
    assert_eq!(
        (&trace["input"], &trace["tags"], &trace["metadata"]),
        (&Value::Null, &json!([]), &json!({"new": 1}))
    );
    assert_eq!(
        (&trace["spans"], &trace["session_id"]),
        (&json!([]), &Value::Null)
    );
    let scores = server.get("/evaluations/trace-scores").expect(200);
    assert_eq!(scores["total"], 0);
}

#[test]
fn only_in_its_own_project() {
    let server = TestServer::start();
    sent(&server, "default", &[with_span(1, json!({}))]);
    server.call("DELETE", &path(1)).project("other").expect(404);
    server.call("DELETE", "/traces/x").expect(422);
    server.get(&path(1)).expect(200);
}
