use pandaprobe_testkit::server::TestServer;
use serde_json::{Value, json};

use crate::given::{id, names, sent};

/// A trace on a day of January 2026 that takes so many seconds.
fn trace(number: u32, start: &str, seconds: f64, mut members: Value) -> Value {
    let started: f64 = epoch(start);
    members["trace_id"] = json!(id(number));
    members["name"] = json!("t");
    members["started_at"] = json!(start);
    if seconds > 0.0 {
        members["ended_at"] = json!(started + seconds);
    }
    members
}

/// Seconds since the epoch of `2026-01-<day>T<hour>:00:00Z`.
fn epoch(text: &str) -> f64 {
    let day: u32 = text[8..10].parse().unwrap();
    let hour: u32 = text[11..13].parse().unwrap();
    f64::from(1_767_225_600 + (day - 1) * 86_400 + hour * 3_600)
}

fn llm(number: u32, start: &str, model: &str, prompt: u32, completion: u32, cost: f64) -> Value {
    json!({
        "span_id": id(number), "name": "llm", "kind": "LLM", "started_at": start, "model": model,
        "token_usage": {"prompt_tokens": prompt, "completion_tokens": completion},
        "cost": {"total": cost},
    })
}

fn rows(server: &TestServer, query: &str) -> Value {
    server
        .get(&format!(
            "/traces/analytics?started_after=2026-01-01&started_before=2026-02-01&{query}"
        ))
        .expect(200)
}

/// Monday 5 January and the days around it.
fn server() -> TestServer {
    let server = TestServer::start();
    sent(
        &server,
        "default",
        &[
            trace(
                1,
                "2026-01-05T10:00:00Z",
                1.0,
                json!({"spans": [
                    llm(1, "2026-01-05T10:00:00Z", "m1", 10, 5, 0.5),
                    llm(2, "2026-01-06T00:00:00Z", "m2", 1, 1, 0.25),
                ]}),
            ),
            trace(2, "2026-01-05T10:00:00Z", 3.0, json!({"status": "ERROR"})),
            trace(3, "2026-01-05T12:00:00Z", 0.0, json!({"status": "RUNNING"})),
            trace(
                4,
                "2026-01-11T23:00:00Z",
                5.0,
                json!({"spans": [llm(3, "2026-01-11T23:00:00Z", "m1", 100, 0, 1.0)]}),
            ),
            trace(5, "2026-01-12T00:00:00Z", 7.0, json!({})),
        ],
    );
    server
}

#[test]
fn counts_errors_and_latencies() {
    let server = server();
    let volume = rows(&server, "");
    assert_eq!(
        volume,
        json!([
            {"bucket": "2026-01-05T00:00:00+00:00", "trace_count": 3, "error_count": 1,
                "avg_latency_ms": 2000.0, "p50_latency_ms": 2000.0, "p90_latency_ms": 2800.0,
                "p99_latency_ms": 2980.0},
            {"bucket": "2026-01-11T00:00:00+00:00", "trace_count": 1, "error_count": 0,
                "avg_latency_ms": 5000.0, "p50_latency_ms": 5000.0, "p90_latency_ms": 5000.0,
                "p99_latency_ms": 5000.0},
            {"bucket": "2026-01-12T00:00:00+00:00", "trace_count": 1, "error_count": 0,
                "avg_latency_ms": 7000.0, "p50_latency_ms": 7000.0, "p90_latency_ms": 7000.0,
                "p99_latency_ms": 7000.0},
        ])
    );
    for metric in ["volume", "errors", "latency"] {
        assert_eq!(rows(&server, &format!("metric={metric}")), volume);
    }
    let text = server
        .get("/traces/analytics?started_after=0&started_before=2000000000")
        .send()
        .text();
    let first = text.strip_prefix('[').unwrap();
    assert_eq!(
        names(&first[..=first.find('}').unwrap()]),
        [
            "bucket",
            "trace_count",
            "error_count",
            "avg_latency_ms",
            "p50_latency_ms",
            "p90_latency_ms",
            "p99_latency_ms",
        ]
    );
}

#[test]
fn buckets_of_hours_and_weeks() {
    let server = server();
    let buckets = |query: &str| {
        let rows = rows(&server, query);
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| (row["bucket"].clone(), row["trace_count"].clone()))
            .collect::<Vec<_>>()
    };
    let pair = |time: &str, count: u32| (json!(time), json!(count));
    assert_eq!(
        buckets("granularity=hour"),
        [
            pair("2026-01-05T10:00:00+00:00", 2),
            pair("2026-01-05T12:00:00+00:00", 1),
            pair("2026-01-11T23:00:00+00:00", 1),
            pair("2026-01-12T00:00:00+00:00", 1),
        ]
    );
    assert_eq!(
        buckets("granularity=week"),
        [
            pair("2026-01-05T00:00:00+00:00", 4),
            pair("2026-01-12T00:00:00+00:00", 1),
        ]
    );
    let rows = rows(&server, "granularity=hour");
    assert_eq!(
        (&rows[1]["avg_latency_ms"], &rows[1]["p99_latency_ms"]),
        (&Value::Null, &Value::Null),
        "none has ended"
    );
}

#[test]
fn tokens_and_cost_by_the_start_of_the_span() {
    let server = server();
    let want = json!([
        {"bucket": "2026-01-05T00:00:00+00:00", "total_tokens": 15, "prompt_tokens": 10,
            "completion_tokens": 5, "total_cost": 0.5},
        {"bucket": "2026-01-06T00:00:00+00:00", "total_tokens": 2, "prompt_tokens": 1,
            "completion_tokens": 1, "total_cost": 0.25},
        {"bucket": "2026-01-11T00:00:00+00:00", "total_tokens": 100, "prompt_tokens": 100,
            "completion_tokens": 0, "total_cost": 1.0},
    ]);
    assert_eq!(rows(&server, "metric=cost"), want);
    assert_eq!(rows(&server, "metric=tokens"), want);
}

#[test]
fn the_ten_models_that_were_called_most() {
    let server = server();
    assert_eq!(
        rows(&server, "metric=models&granularity=hour"),
        json!([
            {"model": "m1", "call_count": 2, "total_tokens": 115, "total_cost": 1.5},
            {"model": "m2", "call_count": 1, "total_tokens": 2, "total_cost": 0.25},
        ])
    );
    let spans: Vec<_> = (10..25)
        .map(|n| llm(n, "2026-01-20T00:00:00Z", &format!("x{n}"), 1, 1, 0.0))
        .collect();
    sent(
        &server,
        "default",
        &[trace(
            9,
            "2026-01-20T00:00:00Z",
            1.0,
            json!({"spans": spans}),
        )],
    );
    let models = rows(&server, "metric=models");
    assert_eq!(models.as_array().unwrap().len(), 10);
    assert_eq!(models[0]["model"], "m1");
}

#[test]
fn the_range_begins_with_its_first_moment_and_ends_before_its_last() {
    let server = server();
    let count = |from: &str, to: &str| {
        let path = format!("/traces/analytics?started_after={from}&started_before={to}");
        let rows = server.get(&path).expect(200);
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["trace_count"].as_i64().unwrap())
            .sum::<i64>()
    };
    assert_eq!(count("2026-01-05T10:00:00Z", "2026-01-11T23:00:00Z"), 3);
    assert_eq!(count("2026-01-05T10:00:01Z", "2026-01-12T00:00:01Z"), 3);
    assert_eq!(count("2026-01-12", "2026-01-05"), 0);
    assert_eq!(count("2030-01-01", "2031-01-01"), 0);
}

#[test]
fn of_the_own_project_only() {
    let server = server();
    for metric in ["volume", "tokens", "models"] {
        let path = format!(
            "/traces/analytics?metric={metric}&started_after=2026-01-01&started_before=2026-02-01"
        );
        assert_eq!(server.get(&path).project("other").expect(200), json!([]));
        sent(
            &server,
            "empty",
            &[trace(1, "2025-01-05T00:00:00Z", 1.0, json!({}))],
        );
        assert_eq!(server.get(&path).project("empty").expect(200), json!([]));
    }
}

#[test]
fn wrong_parameters_are_told() {
    let server = TestServer::start();
    let range = "started_after=2026-01-01&started_before=2026-02-01";
    for (query, field) in [
        (String::new(), "query -> started_after"),
        (
            "started_after=2026-01-01".to_owned(),
            "query -> started_before",
        ),
        (
            "started_after=x&started_before=2026-01-01".to_owned(),
            "query -> started_after",
        ),
        (format!("{range}&metric=money"), "query -> metric"),
        (
            format!("{range}&granularity=minute"),
            "query -> granularity",
        ),
    ] {
        let problem = server
            .get(&format!("/traces/analytics?{query}"))
            .expect(422);
        assert_eq!(problem["errors"][0]["field"], field, "{query}");
    }
}
