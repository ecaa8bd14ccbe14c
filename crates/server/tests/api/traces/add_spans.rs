use pandaprobe_testkit::server::TestServer;
use serde_json::{Value, json};

use crate::given::{at, column, id, sent, span, trace};

fn path(number: u32) -> String {
    format!("/traces/{}/spans", id(number))
}

#[test]
fn spans_are_added_in_any_order_and_ids_come_back_in_the_order_sent() {
    let server = TestServer::start();
    sent(
        &server,
        "default",
        &[trace(
            1,
            0,
            9,
            json!({"session_id": "s", "spans": [span(1, 0, 1, json!({}))]}),
        )],
    );
    let spans = json!([
        span(3, 5, 6, json!({"parent_span_id": id(2), "usage": {"input": 7}, "cost": {"total": 0.5}})),
        span(2, 2, 8, json!({"kind": "AGENT"})),
        {"name": "made", "started_at": at(3)},
    ]);
    let answer = server.post(&path(1)).json(&spans).send();
    assert_eq!(answer.status, 201);
    let ids = answer.json()["span_ids"].as_array().unwrap().clone();
    assert_eq!(ids[..2], [json!(id(3)), json!(id(2))]);
    assert_eq!(ids.len(), 3);
    let trace = server.get(&format!("/traces/{}", id(1))).expect(200);
    let stored = column(&json!({"items": trace["spans"]}), "span_id");
    assert_eq!(
        stored,
        [json!(id(1)), json!(id(2)), ids[2].clone(), json!(id(3))]
    );
    assert_eq!(
        (&trace["total_tokens"], &trace["total_cost"]),
        (&json!(7), &json!(0.5))
    );
    let session = server.get("/sessions/s").expect(200);
    assert_eq!(
        (&session["total_span_count"], &session["total_cost"]),
        (&json!(4), &json!(0.5))
    );
}

#[test]
fn spans_that_are_there_are_merged() {
    let server = TestServer::start();
    sent(
        &server,
        "default",
        &[trace(
            1,
            0,
            1,
            json!({"spans": [span(1, 0, 1, json!({"input": "i", "metadata": {"a": 1}}))]}),
        )],
    );
    let part = json!([span(1, 0, 1, json!({"output": "o", "metadata": {"b": 2}}))]);
    for _ in 0..2 {
        server.post(&path(1)).json(&part).expect(201);
    }
    let trace = server.get(&format!("/traces/{}", id(1))).expect(200);
    assert_eq!(trace["span_count"], 1);
    let span = &trace["spans"][0];
    assert_eq!(
        (&span["input"], &span["output"], &span["metadata"]),
        (&json!("i"), &json!("o"), &json!({"a": 1, "b": 2}))
    );
}

#[test]
fn the_trace_itself_stays_as_it_is() {
    let server = TestServer::start();
    sent(
        &server,
        "default",
        &[trace(
            1,
            0,
            1,
            json!({"status": "ERROR", "tags": ["t"], "metadata": {"a": 1}}),
        )],
    );
    let before = server.get("/traces").expect(200)["items"][0].clone();
    let spans = json!([span(1, 0, 1, json!({}))]);
    server.post(&path(1)).json(&spans).expect(201);
    let after = server.get("/traces").expect(200)["items"][0].clone();
    for name in [
        "name",
        "status",
        "started_at",
        "ended_at",
        "tags",
        "session_id",
    ] {
        assert_eq!(before[name], after[name], "{name}");
    }
    assert_eq!(after["span_count"], 1);
}

#[test]
fn there_is_no_limit_on_spans() {
    let server = TestServer::start();
    sent(&server, "default", &[trace(1, 0, 1, json!({}))]);
    let spans: Vec<_> = (0..2_000).map(|n| span(n, 0, 1, json!({}))).collect();
    let added = server.post(&path(1)).json(&json!(spans)).expect(201);
    assert_eq!(added["span_ids"].as_array().unwrap().len(), 2_000);
    let page = server.get("/traces").expect(200);
    assert_eq!(column(&page, "span_count"), [2_000]);
}

#[test]
fn wrong_lists_are_told_and_nothing_of_them_is_stored() {
    let server = TestServer::start();
    sent(&server, "default", &[trace(1, 0, 1, json!({}))]);
    for (body, field) in [
        (json!([]), ""),
        (json!({}), ""),
        (
            json!([span(1, 0, 1, json!({})), {"name": "x"}]),
            "1 -> started_at",
        ),
        (json!([{"name": "", "started_at": 0}]), "0 -> name"),
        (
            json!([span(1, 0, 1, json!({"span_id": "x"}))]),
            "0 -> span_id",
        ),
        (
            json!([span(1, 0, 1, json!({"cost": {"total": null}}))]),
            "0 -> cost -> total",
        ),
        (json!([7]), "0"),
    ] {
        let problem = server.post(&path(1)).json(&body).expect(422);
        assert_eq!(problem["errors"][0]["field"], field, "{body}");
    }
    server.post(&path(1)).body("").expect(422);
    server.post(&path(1)).body("[").expect(422);
    let trace = server.get(&format!("/traces/{}", id(1))).expect(200);
    assert_eq!(trace["spans"], Value::Array(Vec::new()));
}

#[test]
fn unknown_traces() {
    let server = TestServer::start();
    let spans = json!([span(1, 0, 1, json!({}))]);
    server.post(&path(1)).json(&spans).expect(404);
    sent(&server, "default", &[trace(1, 0, 1, json!({}))]);
    let other = server.post(&path(1)).project("other");
    other.json(&spans).expect(404);
    server.post("/traces/x/spans").json(&spans).expect(422);
    let trace = server.get(&format!("/traces/{}", id(1))).expect(200);
    assert_eq!(trace["span_count"], 0);
}
