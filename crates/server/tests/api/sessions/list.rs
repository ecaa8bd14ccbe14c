use pandaprobe_testkit::server::TestServer;
use serde_json::{Value, json};

use crate::given::{at, column, names, sent, span, trace};

/// Three sessions that differ in everything that can be asked for.
fn server() -> TestServer {
    let server = TestServer::start();
    let llm = |start, tokens: u32, cost: f64| {
        let members = json!({"usage": {"input": tokens}, "cost": {"total": cost}});
        json!([span(1, start, start + 1, members)])
    };
    sent(
        &server,
        "default",
        &[
            trace(
                1,
                0,
                10,
                json!({"session_id": "s1", "user_id": "u1", "tags": ["a"],
            "session_name": "Refund", "spans": llm(0, 5, 3.0)}),
            ),
            trace(2, 100, 110, json!({"session_id": "s1", "status": "ERROR"})),
            trace(
                3,
                50,
                51,
                json!({"session_id": "s2", "user_id": "u2", "tags": ["b"],
            "session_name": "weather", "spans": llm(50, 50, 1.0)}),
            ),
            trace(
                4,
                20,
                220,
                json!({"session_id": "s3/ü", "user_id": "u1",
            "session_name": "REFUND again", "spans": llm(20, 1, 2.0)}),
            ),
        ],
    );
    server
}

#[track_caller]
fn check(server: &TestServer, query: &str, want: &[&str]) {
    let page = server.get(&format!("/sessions?{query}")).expect(200);
    assert_eq!(column(&page, "session_id"), want, "{query}");
}

#[test]
fn filters_select_whole_sessions() {
    let server = server();
    check(&server, "", &["s3/ü", "s1", "s2"]);
    check(&server, "user_id=u1", &["s3/ü", "s1"]);
    check(&server, "has_error=true", &["s1"]);
    check(&server, "has_error=false", &["s3/ü", "s2"]);
    check(&server, "tags=a&tags=b", &["s1", "s2"]);
    check(&server, "query=refund", &["s3/ü", "s1"]);
    check(&server, "query=S2", &["s2"]);
    check(&server, "query=%C3%9C", &["s3/ü"]);
    check(&server, "query=", &["s3/ü", "s1", "s2"]);
    let time = |second| at(second).replace('+', "%2B");
    // By overlap: s1 goes from 0 to 110, s2 from 50 to 51, s3 from 20 to 220.
    check(
        &server,
        &format!("started_after={}", time(60)),
        &["s3/ü", "s1"],
    );
    check(&server, &format!("started_before={}", time(20)), &["s1"]);
    let range = format!("started_after={}&started_before={}", time(40), time(50));
    check(&server, &range, &["s3/ü", "s1"]);
    let page = server.get("/sessions?tags=a").expect(200);
    assert_eq!(
        page["items"][0]["trace_count"], 2,
        "totals are the session's own"
    );
}

#[test]
fn sorts() {
    let server = server();
    for (sort, want) in [
        ("recent", ["s3/ü", "s1", "s2"]),
        ("duration", ["s3/ü", "s1", "s2"]),
        ("latency", ["s3/ü", "s1", "s2"]),
        ("cost", ["s1", "s3/ü", "s2"]),
        ("tokens", ["s2", "s1", "s3/ü"]),
        ("session_id", ["s3/ü", "s2", "s1"]),
        ("name", ["weather", "Refund", "REFUND again"]),
        ("user", ["s2", "s3/ü", "s1"]),
    ] {
        let page = server.get(&format!("/sessions?sort_by={sort}")).expect(200);
        let member = if sort == "name" {
            "session_name"
        } else {
            "session_id"
        };
        assert_eq!(column(&page, member), want, "{sort}");
    }
    let first = |sort: &str| {
        let page = server
            .get(&format!("/sessions?limit=1&sort_by={sort}"))
            .expect(200);
        page["items"][0]["session_id"].clone()
    };
    assert_eq!(first("trace_count"), "s1");
    assert_eq!(first("errors"), "s1");
    assert_eq!(first("first"), "s2");
    check(
        &server,
        "sort_by=cost&sort_order=asc",
        &["s2", "s3/ü", "s1"],
    );
}

#[test]
fn a_summary_has_the_contracts_members_first_and_true_numbers() {
    let server = server();
    let page = server.get("/sessions?query=s1").send();
    let text = page.text();
    let item = text.strip_prefix(r#"{"items":["#).unwrap();
    assert_eq!(
        names(&item[..=item.find("}]").unwrap()]),
        [
            "session_id",
            "trace_count",
            "first_trace_at",
            "last_trace_at",
            "total_latency_ms",
            "has_error",
            "user_id",
            "tags",
            "total_span_count",
            "total_tokens",
            "total_cost",
            "session_name",
            "duration_ms",
            "first_activity_at",
            "last_activity_at",
            "error_count",
            "span_error_count",
            "usage",
            "unpriced_span_count",
            "metadata",
            "own_tags",
        ]
    );
    let page = page.json();
    let session = &page["items"][0];
    let want = json!({
        "session_id": "s1", "trace_count": 2, "first_trace_at": at(0), "last_trace_at": at(110),
        "total_latency_ms": 20_000.0, "has_error": true, "user_id": "u1", "tags": ["a"],
        "total_span_count": 1, "total_tokens": 5, "total_cost": 3.0, "session_name": "Refund",
        "duration_ms": 110_000.0, "first_activity_at": at(0), "last_activity_at": at(110),
        "error_count": 1, "span_error_count": 0, "unpriced_span_count": 0, "metadata": {},
        "own_tags": [],
    });
    for (name, value) in want.as_object().unwrap() {
        assert_eq!(&session[name], value, "{name}");
    }
    assert_eq!(
        (&page["total"], &page["limit"], &page["offset"]),
        (&json!(1), &json!(50), &json!(0))
    );
}

#[test]
fn an_unknown_project_has_no_sessions() {
    let server = TestServer::start();
    let page = server.get("/sessions").project("new").expect(200);
    assert_eq!(
        page,
        json!({"items": Value::Array(Vec::new()), "total": 0, "limit": 50, "offset": 0})
    );
}
