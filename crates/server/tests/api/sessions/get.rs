use pandaprobe_testkit::server::TestServer;
use serde_json::{Value, json};

use crate::given::{id, sent, span, trace};

#[test]
fn a_session_with_its_traces_by_start() {
    let server = TestServer::start();
    let spans = json!([span(1, 0, 1, json!({"input": "deep"}))]);
    sent(
        &server,
        "default",
        &[
            trace(
                2,
                20,
                21,
                json!({"session_id": "s", "session_metadata": {"b": 2}}),
            ),
            trace(
                1,
                0,
                1,
                json!({"session_id": "s", "session_metadata": {"a": 1}, "spans": spans}),
            ),
            trace(3, 40, 41, json!({"session_id": "other"})),
        ],
    );
    let session = server.get("/sessions/s").expect(200);
    assert_eq!(session["trace_count"], 2);
    assert_eq!(session["metadata"], json!({"a": 1, "b": 2}));
    assert_eq!((session.get("input"), session.get("output")), (None, None));
    let traces = session["traces"].as_array().unwrap();
    let ids: Vec<_> = traces
        .iter()
        .map(|trace| trace["trace_id"].clone())
        .collect();
    assert_eq!(ids, [id(1), id(2)]);
    assert_eq!(traces[0]["spans"][0]["input"], "deep");
    let alone = server.get(&format!("/traces/{}", id(1))).expect(200);
    assert_eq!(traces[0], alone, "the same as when asked for alone");
}

#[test]
fn a_part_of_the_traces_and_the_whole_totals() {
    let server = TestServer::start();
    let traces: Vec<_> = (0..5)
        .map(|n| trace(n, n * 10, n * 10 + 1, json!({"session_id": "s"})))
        .collect();
    sent(&server, "default", &traces);
    let part = |query: &str| {
        let session = server.get(&format!("/sessions/s?{query}")).expect(200);
        assert_eq!(session["trace_count"], 5, "{query}");
        let traces = session["traces"].as_array().unwrap();
        traces
            .iter()
            .map(|trace| trace["name"].clone())
            .collect::<Vec<Value>>()
    };
    assert_eq!(part("limit=2"), ["trace 0", "trace 1"]);
    assert_eq!(part("limit=2&offset=4"), ["trace 4"]);
    assert_eq!(part("limit=1000").len(), 5);
    assert_eq!(part("offset=9").len(), 0);
    server.get("/sessions/s?limit=1001").expect(422);
    server.get("/sessions/s?limit=0").expect(422);
}

#[test]
fn ids_are_percent_decoded() {
    let server = TestServer::start();
    for (number, session, path) in [
        (1, "a/b", "a%2Fb"),
        (2, "a b?c#d%", "a%20b%3Fc%23d%25"),
        (3, "会話", "%E4%BC%9A%E8%A9%B1"),
        (4, " padded ", "%20padded%20"),
    ] {
        sent(
            &server,
            "default",
            &[trace(number, 0, 1, json!({"session_id": session}))],
        );
        let found = server.get(&format!("/sessions/{path}")).expect(200);
        assert_eq!(found["session_id"], session);
    }
}

#[test]
fn unknown_sessions() {
    let server = TestServer::start();
    sent(
        &server,
        "default",
        &[trace(1, 0, 1, json!({"session_id": "s"}))],
    );
    assert_eq!(server.get("/sessions/S").expect(404)["code"], "not_found");
    server.get("/sessions/%ff").expect(422);
    server.get("/sessions/s").project("other").expect(404);
}
