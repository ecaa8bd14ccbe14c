use pandaprobe_testkit::server::TestServer;
use serde_json::{Value, json};

use crate::given::{at, column, id, names, sent, span, trace};

/// Five traces that differ in everything that can be asked for.
fn server() -> TestServer {
    let server = TestServer::start();
    let llm = |number, tokens: u32, cost: f64| {
        span(
            number,
            0,
            1,
            json!({
                "kind": "LLM", "usage": {"input": tokens, "output": 1}, "cost": {"total": cost},
            }),
        )
    };
    sent(
        &server,
        "default",
        &[
            trace(
                1,
                0,
                9,
                json!({"name": "Alpha", "session_id": "s1", "user_id": "u1", "tags": ["a"],
            "spans": [llm(1, 10, 0.5), span(2, 0, 1, json!({"status": "ERROR"}))]}),
            ),
            trace(
                2,
                10,
                12,
                json!({"name": "beta", "session_id": "s1", "user_id": "u2", "tags": ["b"],
            "status": "ERROR", "spans": [llm(1, 30, 0.25)]}),
            ),
            trace(
                3,
                20,
                25,
                json!({"name": "Alphabet", "session_id": "s2", "tags": ["a", "b"]}),
            ),
            trace(4, 30, 31, json!({"name": "100%_sure", "user_id": "u1"})),
            trace(
                5,
                40,
                40,
                json!({"name": "zeta", "status": "RUNNING", "ended_at": null}),
            ),
        ],
    );
    server
}

#[track_caller]
fn check(server: &TestServer, query: &str, want: &[u32]) {
    let page = server.get(&format!("/traces?{query}")).expect(200);
    let want: Vec<_> = want.iter().map(|&n| Value::from(id(n))).collect();
    assert_eq!(column(&page, "trace_id"), want, "{query}");
}

#[test]
fn filters() {
    let server = server();
    check(&server, "", &[5, 4, 3, 2, 1]);
    check(&server, "session_id=s1", &[2, 1]);
    check(&server, "has_session=true", &[3, 2, 1]);
    check(&server, "has_session=no", &[5, 4]);
    check(&server, "user_id=u1", &[4, 1]);
    check(&server, "user_id=U1", &[]);
    check(&server, "status=ERROR", &[2]);
    check(&server, "status=RUNNING", &[5]);
    check(&server, "tags=a", &[3, 1]);
    check(&server, "tags=a&tags=b", &[3, 2, 1]);
    check(&server, "name=ALPHA", &[3, 1]);
    check(&server, "name=%25_", &[4]);
    check(&server, "name=", &[5, 4, 3, 2, 1]);
    let time = |second| at(second).replace('+', "%2B");
    check(&server, &format!("started_after={}", time(30)), &[5, 4]);
    check(&server, &format!("started_before={}", time(30)), &[3, 2, 1]);
    check(&server, "user_id=u1&tags=a&has_session=1", &[1]);
}

#[test]
fn sorts() {
    let server = server();
    check(
        &server,
        "sort_by=started_at&sort_order=asc",
        &[1, 2, 3, 4, 5],
    );
    check(&server, "sort_by=name&sort_order=asc", &[4, 1, 3, 2, 5]);
    check(&server, "sort_by=latency&has_session=true", &[1, 3, 2]);
    check(&server, "sort_by=tokens&session_id=s1", &[2, 1]);
    check(&server, "sort_by=cost&session_id=s1", &[1, 2]);
    check(
        &server,
        "sort_by=span_count&session_id=s1&sort_order=asc",
        &[2, 1],
    );
    check(&server, "sort_by=ended_at", &[5, 4, 3, 2, 1]);
    check(
        &server,
        "sort_by=status&sort_order=asc&session_id=s1",
        &[1, 2],
    );
}

#[test]
fn pages() {
    let server = server();
    check(&server, "limit=2", &[5, 4]);
    check(&server, "limit=2&offset=2", &[3, 2]);
    check(&server, "offset=99", &[]);
    let page = server.get("/traces?limit=2&offset=4&session_id=s1").send();
    assert_eq!(names(&page.text()), ["items", "total", "limit", "offset"]);
    let page = page.json();
    assert_eq!(
        (&page["total"], &page["limit"], &page["offset"]),
        (&json!(2), &json!(2), &json!(4))
    );
}

#[test]
fn an_item_has_the_contracts_members_first_and_every_one_always() {
    let server = server();
    let page = server
        .get("/traces?session_id=s1&sort_order=asc&limit=1")
        .send();
    let text = page.text();
    let item = text.strip_prefix(r#"{"items":["#).unwrap();
    assert_eq!(
        names(&item[..=item.find("}]").unwrap()]),
        [
            "trace_id",
            "name",
            "status",
            "started_at",
            "ended_at",
            "session_id",
            "user_id",
            "tags",
            "environment",
            "release",
            "latency_ms",
            "span_count",
            "total_tokens",
            "total_cost",
            "session_name",
            "duration_ms",
            "span_error_count",
            "usage",
            "unpriced_span_count",
        ]
    );
    assert!(
        text.contains(r#""latency_ms":9000.0,"span_count":2,"total_tokens":11,"total_cost":0.5,"#),
        "{text}"
    );
    let item = &page.json()["items"][0];
    assert_eq!(
        item["usage"],
        json!({"input": 10, "cache_read": 0, "cache_write": 0, "output": 1,
        "reasoning": 0, "audio_input": 0, "audio_output": 0, "total": 11})
    );
    assert_eq!(item["environment"], Value::Null);
    assert_eq!(item["span_error_count"], 1);
}
