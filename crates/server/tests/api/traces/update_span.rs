use pandaprobe_testkit::server::TestServer;
use serde_json::{Value, json};

use crate::given::{at, id, sent, span, trace};

fn path(span: &str) -> String {
    format!("/traces/{}/spans/{span}", id(1))
}

/// A trace with an agent span over a full one.
fn server() -> TestServer {
    let server = TestServer::start();
    let full = span(
        2,
        1,
        3,
        json!({
            "parent_span_id": id(1), "kind": "LLM", "status": "OK", "model": "m",
            "input": {"q": 1}, "output": "a", "metadata": {"a": 1, "b": 2}, "error": "late",
            "token_usage": {"prompt_tokens": 10, "completion_tokens": 5},
            "completion_start_time": at(2), "model_parameters": {"t": 0.7}, "cost": {"total": 0.5},
        }),
    );
    let agent = span(1, 0, 4, json!({"kind": "AGENT"}));
    sent(
        &server,
        "default",
        &[trace(
            1,
            0,
            4,
            json!({"session_id": "s", "spans": [agent, full]}),
        )],
    );
    server
}

#[track_caller]
fn patched(server: &TestServer, patch: Value) -> Value {
    let answer = server.call("PATCH", &path(&id(2))).json(&patch).expect(200);
    let trace = server.get(&format!("/traces/{}", id(1))).expect(200);
    let read = trace["spans"].as_array().unwrap().iter();
    let read = read.clone().find(|span| span["span_id"] == id(2)).unwrap();
    assert_eq!(&answer, read, "the answer is what reading gives");
    answer
}

#[test]
fn only_members_that_are_there_are_touched() {
    let server = server();
    let before = patched(&server, json!({}));
    let after = patched(
        &server,
        json!({"output": "b", "started_at": at(9), "parent_span_id": null, "span_id": id(7)}),
    );
    let mut want = before;
    want["output"] = json!("b");
    assert_eq!(after, want, "start, parent and id cannot be patched");
}

#[test]
fn everything_can_be_set() {
    let server = server();
    let patch = json!({
        "name": "renamed", "kind": "TOOL", "status": "ERROR", "input": [1], "output": {"x": 1},
        "model": "n", "token_usage": {"prompt_tokens": 1, "completion_tokens": 1},
        "ended_at": at(4), "error": "boom", "completion_start_time": at(3),
        "model_parameters": {"t": 1}, "cost": {"total": 0.25},
    });
    let after = patched(&server, patch.clone());
    for (name, value) in patch.as_object().unwrap() {
        assert_eq!(&after[name], value, "{name}");
    }
    assert_eq!(
        (&after["latency_ms"], &after["time_to_first_token_ms"]),
        (&json!(3000.0), &json!(2000.0))
    );
    assert_eq!(after["total_cost"], 0.25);
    let trace = server.get(&format!("/traces/{}", id(1))).expect(200);
    assert_eq!(
        (
            &trace["total_tokens"],
            &trace["total_cost"],
            &trace["span_error_count"]
        ),
        (&json!(2), &json!(0.25), &json!(1))
    );
    let session = server.get("/sessions/s").expect(200);
    assert_eq!(
        (
            &session["total_tokens"],
            &session["total_cost"],
            &session["span_error_count"]
        ),
        (&json!(2), &json!(0.25), &json!(1))
    );
}

#[test]
fn null_clears_what_may_be_missing() {
    let server = server();
    let before = patched(&server, json!({}));
    let same = patched(
        &server,
        json!({"name": null, "kind": null, "status": null, "metadata": null}),
    );
    assert_eq!(same, before, "null says nothing about these");
    for name in [
        "input",
        "output",
        "model",
        "error",
        "completion_start_time",
        "model_parameters",
        "cost",
        "token_usage",
        "ended_at",
    ] {
        let after = patched(&server, json!({name: null}));
        assert_eq!(after[name], Value::Null, "{name}");
    }
    let after = patched(&server, json!({}));
    assert_eq!(
        (&after["latency_ms"], &after["usage"], &after["total_cost"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let trace = server.get(&format!("/traces/{}", id(1))).expect(200);
    assert_eq!(
        (&trace["total_tokens"], &trace["total_cost"]),
        (&json!(0), &json!(0.0))
    );
}

#[test]
fn usage_moves_to_the_span_above_when_it_is_cleared_below() {
    let server = server();
    let agent = json!([span(1, 0, 4, json!({"usage": {"input": 100}}))]);
    let spans = format!("/traces/{}/spans", id(1));
    server.post(&spans).json(&agent).expect(201);
    let tokens = || server.get("/traces").expect(200)["items"][0]["total_tokens"].clone();
    assert_eq!(tokens(), 15, "the agent repeats its child's tokens");
    patched(&server, json!({"token_usage": null, "cost": null}));
    assert_eq!(tokens(), 100);
}

#[test]
fn metadata_merges_and_an_outcome_can_be_taken_back() {
    let server = server();
    let after = patched(
        &server,
        json!({"metadata": {"b": 3, "c": 4}, "status": "UNSET"}),
    );
    assert_eq!(after["metadata"], json!({"a": 1, "b": 3, "c": 4}));
    assert_eq!(after["status"], "UNSET");
}

#[test]
fn ids_of_opentelemetry_will_do() {
    let server = TestServer::start();
    let spans = json!([{"span_id": "00f067aa0ba902b7", "name": "s", "started_at": at(0)}]);
    sent(
        &server,
        "default",
        &[trace(1, 0, 1, json!({"spans": spans}))],
    );
    let span = server
        .call("PATCH", &path("00f067aa0ba902b7"))
        .json(&json!({"name": "t"}))
        .expect(200);
    assert_eq!(span["span_id"], "00000000-0000-0000-00f0-67aa0ba902b7");
}

#[test]
fn wrong_values_are_told_and_change_nothing() {
    let server = server();
    let before = patched(&server, json!({}));
    let patch = json!({"name": "", "kind": "llm", "model": "\u{0}", "cost": [], "output": "kept?"});
    let problem = server.call("PATCH", &path(&id(2))).json(&patch).expect(422);
    let fields = crate::given::column(&json!({"items": problem["errors"]}), "field");
    assert_eq!(fields, ["name", "kind", "model", "cost"]);
    assert_eq!(patched(&server, json!({})), before);
    let problem = server.call("PATCH", &path("x")).body("{}").expect(422);
    assert_eq!(problem["errors"][0]["field"], "path -> span_id");
    let call = server.call("PATCH", &format!("/traces/x/spans/{}", id(1)));
    assert_eq!(
        call.body("{}").expect(422)["errors"][0]["field"],
        "path -> trace_id"
    );
    server.call("PATCH", &path("%ff")).body("{}").expect(422);
}

#[test]
fn unknown_spans_and_traces() {
    let server = server();
    server.call("PATCH", &path(&id(9))).body("{}").expect(404);
    let elsewhere = format!("/traces/{}/spans/{}", id(9), id(2));
    server.call("PATCH", &elsewhere).body("{}").expect(404);
    let other = server.call("PATCH", &path(&id(2))).project("other");
    other.body(r#"{"name":"x"}"#).expect(404);
    assert_eq!(patched(&server, json!({}))["name"], "span 2");
}
