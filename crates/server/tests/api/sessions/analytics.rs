use pandaprobe_testkit::server::TestServer;
use serde_json::{Value, json};

use crate::given::{id, names, sent};

const JANUARY: &str = "started_after=2026-01-01&started_before=2026-02-01";

fn trace(number: u32, session: &str, start: &str, end: Option<&str>) -> Value {
    json!({"trace_id": id(number), "name": "t", "session_id": session, "started_at": start,
        "ended_at": end})
}

fn server() -> TestServer {
    let server = TestServer::start();
    sent(
        &server,
        "default",
        &[
            trace(1, "a", "2026-01-05T10:00:00Z", Some("2026-01-05T10:00:02Z")),
            trace(2, "a", "2026-01-06T10:00:00Z", Some("2026-01-06T10:00:04Z")),
            trace(3, "b", "2026-01-05T11:00:00Z", Some("2026-01-05T11:00:02Z")),
            trace(4, "c", "2026-01-13T00:00:00Z", None),
            json!({"trace_id": id(5), "name": "t", "started_at": "2026-01-05"}),
        ],
    );
    server
}

#[test]
fn sessions_by_their_first_trace_in_the_range() {
    let server = server();
    let rows = |query: &str| {
        server
            .get(&format!("/sessions/analytics?{query}"))
            .expect(200)
    };
    assert_eq!(
        rows(JANUARY),
        json!([
            {"bucket": "2026-01-05T00:00:00+00:00", "session_count": 2,
                "avg_traces_per_session": 1.5, "avg_session_duration_ms": 4000.0},
            {"bucket": "2026-01-13T00:00:00+00:00", "session_count": 1,
                "avg_traces_per_session": 1.0, "avg_session_duration_ms": null},
        ])
    );
    assert_eq!(
        rows("started_after=2026-01-06&started_before=2026-01-13"),
        json!([
            {"bucket": "2026-01-06T00:00:00+00:00", "session_count": 1,
                "avg_traces_per_session": 1.0, "avg_session_duration_ms": 4000.0},
        ]),
        "only traces in the range count"
    );
    let week = rows(&format!("granularity=week&{JANUARY}"));
    assert_eq!(week[0]["bucket"], "2026-01-05T00:00:00+00:00");
    assert_eq!(week[1]["bucket"], "2026-01-12T00:00:00+00:00");
    let hour = rows(&format!("granularity=hour&{JANUARY}"));
    assert_eq!(hour.as_array().unwrap().len(), 3);
    let text = server
        .get(&format!("/sessions/analytics?{JANUARY}"))
        .send()
        .text();
    let first = text.strip_prefix('[').unwrap();
    assert_eq!(
        names(&first[..=first.find('}').unwrap()]),
        [
            "bucket",
            "session_count",
            "avg_traces_per_session",
            "avg_session_duration_ms"
        ]
    );
}

#[test]
fn of_the_own_project_only() {
    let server = server();
    let path = format!("/sessions/analytics?{JANUARY}");
    assert_eq!(server.get(&path).project("other").expect(200), json!([]));
}

#[test]
fn wrong_parameters_are_told() {
    let server = TestServer::start();
    for (query, field) in [
        ("started_before=2026-01-01", "query -> started_after"),
        ("started_after=2026-01-01", "query -> started_before"),
        (
            "started_after=2026-01-01&started_before=never",
            "query -> started_before",
        ),
        (
            "started_after=0&started_before=1&granularity=month",
            "query -> granularity",
        ),
    ] {
        let problem = server
            .get(&format!("/sessions/analytics?{query}"))
            .expect(422);
        assert_eq!(problem["errors"][0]["field"], field, "{query}");
    }
}
