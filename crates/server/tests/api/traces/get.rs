use pandaprobe_testkit::server::TestServer;
use serde_json::{Value, json};

use crate::given::{at, id, names, sent, span, trace};

#[test]
fn a_trace_with_everything() {
    let server = TestServer::start();
    let spans = json!([
        span(
            2,
            1,
            3,
            json!({
                "parent_span_id": id(1), "kind": "LLM", "status": "OK", "model": "gpt-5.4",
                "input": {"q": 1}, "output": "a", "metadata": {"m": 1}, "error": "late",
                "token_usage": {"prompt_tokens": 150, "completion_tokens": 80},
                "completion_start_time": at(2), "model_parameters": {"temperature": 0.7},
                "cost": {"total": "0.002"},
            })
        ),
        span(
            1,
            0,
            4,
            json!({"kind": "AGENT", "token_usage": {"prompt_tokens": 150, "completion_tokens": 80}})
        ),
    ]);
    let body = trace(
        9,
        0,
        4,
        json!({
            "session_id": "s", "session_name": "S", "user_id": "u", "tags": ["b", "a", "b"],
            "environment": "ci", "release": "v1", "metadata": {"k": "v"}, "input": [1], "spans": spans,
        }),
    );
    sent(&server, "default", &[body]);
    let answer = server
        .get(&format!("/traces/{}", id(9).replace('-', "")))
        .send();
    assert_eq!(answer.status, 200);
    assert_eq!(
        names(&answer.text()),
        [
            "trace_id",
            "project_id",
            "name",
            "status",
            "input",
            "output",
            "metadata",
            "started_at",
            "ended_at",
            "session_id",
            "user_id",
            "tags",
            "environment",
            "release",
            "spans",
            "total_tokens",
            "total_cost",
            "session_name",
            "duration_ms",
            "span_count",
            "span_error_count",
            "usage",
            "unpriced_span_count",
        ]
    );
    let trace = answer.json();
    assert_eq!(trace["status"], "COMPLETED");
    assert_eq!(trace["tags"], json!(["a", "b"]));
    assert_eq!(
        (&trace["input"], &trace["output"]),
        (&json!([1]), &Value::Null)
    );
    assert_eq!(
        (&trace["total_tokens"], &trace["total_cost"]),
        (&json!(230), &json!(0.002))
    );
    assert_eq!(
        (&trace["span_count"], &trace["unpriced_span_count"]),
        (&json!(2), &json!(0))
    );
    assert_eq!(trace["duration_ms"], 4000.0);
    assert_eq!(trace["spans"][0]["span_id"], id(1), "by start");
    assert_eq!(
        trace["spans"][0]["counted"], false,
        "its child has the tokens"
    );
    assert_eq!(
        trace["spans"][1],
        json!({
            "span_id": id(2), "parent_span_id": id(1), "trace_id": id(9), "name": "span 2",
            "kind": "LLM", "status": "OK", "input": {"q": 1}, "output": "a", "model": "gpt-5.4",
            "token_usage": {"prompt_tokens": 150, "completion_tokens": 80}, "metadata": {"m": 1},
            "started_at": at(1), "ended_at": at(3), "error": "late",
            "completion_start_time": at(2), "model_parameters": {"temperature": 0.7},
            "cost": {"total": 0.002}, "latency_ms": 2000.0, "time_to_first_token_ms": 1000.0,
            "usage": {"input": 150, "cache_read": 0, "cache_write": 0, "output": 80,
                "reasoning": 0, "audio_input": 0, "audio_output": 0, "total": 230},
            "counted": true, "total_cost": 0.002,
        })
    );
}

#[test]
fn an_almost_empty_trace_has_every_member() {
    let server = TestServer::start();
    let body = json!({"trace_id": id(1), "name": "t", "started_at": at(0),
        "spans": [{"span_id": id(2), "name": "s", "started_at": at(0)}]});
    sent(&server, "default", &[body]);
    let trace = server.get(&format!("/traces/{}", id(1))).expect(200);
    let none = [
        "input",
        "output",
        "ended_at",
        "session_id",
        "user_id",
        "environment",
        "release",
        "session_name",
        "duration_ms",
    ];
    for name in none {
        assert_eq!(trace.get(name), Some(&Value::Null), "{name}");
    }
    assert_eq!(
        (&trace["metadata"], &trace["tags"]),
        (&json!({}), &json!([]))
    );
    let span = &trace["spans"][0];
    assert_eq!(
        (&span["kind"], &span["status"]),
        (&json!("OTHER"), &json!("UNSET"))
    );
    let none = [
        "parent_span_id",
        "input",
        "output",
        "model",
        "token_usage",
        "ended_at",
        "error",
        "completion_start_time",
        "model_parameters",
        "cost",
        "latency_ms",
        "time_to_first_token_ms",
        "usage",
        "total_cost",
    ];
    for name in none {
        assert_eq!(span.get(name), Some(&Value::Null), "{name}");
    }
    assert_eq!(span["metadata"], json!({}));
}

#[test]
fn tokens_without_a_price_are_unpriced() {
    let server = TestServer::start();
    let spans = json!([span(1, 0, 1, json!({"token_usage": {"prompt_tokens": 5}}))]);
    sent(
        &server,
        "default",
        &[trace(1, 0, 1, json!({"spans": spans}))],
    );
    let trace = server.get(&format!("/traces/{}", id(1))).expect(200);
    assert_eq!(
        (&trace["total_cost"], &trace["unpriced_span_count"]),
        (&json!(0.0), &json!(1))
    );
}

#[test]
fn unknown_and_impossible_ids() {
    let server = TestServer::start();
    assert_eq!(
        server.get(&format!("/traces/{}", id(1))).expect(404)["code"],
        "not_found"
    );
    let problem = server.get("/traces/x").expect(422);
    assert_eq!(problem["errors"][0]["field"], "path -> trace_id");
    server.get("/traces/%ff").expect(422);
}
