//! The filter language over HTTP.

use pandaprobe_testkit::server::TestServer;
use serde_json::{Value, json};

use crate::given::{column, sent, span, trace};

fn filled() -> TestServer {
    let server = TestServer::start();
    let tool = span(
        1,
        0,
        1,
        json!({"kind": "TOOL", "status": "ERROR", "cost": {"total": 0.75}, "usage": {"input": 5}}),
    );
    sent(
        &server,
        "p",
        &[
            trace(
                1,
                0,
                9,
                json!({"session_id": "one", "user_id": "alice", "tags": ["prod"], "spans": [tool],
                       "metadata": {"plan": "pro", "seats": 7}, "session_name": "Refund for 4711"}),
            ),
            trace(
                2,
                10,
                11,
                json!({"session_id": "two", "user_id": "bob", "status": "ERROR"}),
            ),
            trace(3, 20, 21, json!({"name": "lonely"})),
        ],
    );
    server
}

fn get(server: &TestServer, path: &str, filter: &str) -> Value {
    let filter: String = form_urlencoded::byte_serialize(filter.as_bytes()).collect();
    let path = format!("{path}?filter={filter}");
    server.get(&path).project("p").expect(200)
}

#[test]
fn sessions_and_traces_are_selected() {
    let server = filled();
    for (filter, want) in [
        ("", vec!["two", "one"]),
        ("status:error", vec!["two"]),
        ("cost:>0.5 user:alice", vec!["one"]),
        ("refund", vec!["one"]),
        ("any(span: kind:TOOL status:error)", vec!["one"]),
        ("count(trace: metadata.seats:>=7)=1", vec!["one"]),
        ("-tag:prod", vec!["two"]),
        ("duration:<5s OR tokens:5", vec!["two", "one"]),
    ] {
        let page = get(&server, "/sessions", filter);
        assert_eq!(column(&page, "session_id"), want, "{filter}");
        assert_eq!(page["total"], want.len(), "{filter}");
    }
    for (filter, want) in [
        ("metadata.plan:pro", vec!["trace 1"]),
        ("-session:*", vec!["lonely"]),
        ("name:LONE*", vec!["lonely"]),
        ("started:>=2026-01-02T12:00:10Z", vec!["lonely", "trace 2"]),
    ] {
        let page = get(&server, "/traces", filter);
        assert_eq!(column(&page, "name"), want, "{filter}");
    }
}

#[test]
fn parameters_narrow_a_filter_further() {
    let server = filled();
    let page = server.get("/sessions?filter=cost:%3E0&user_id=bob");
    assert_eq!(page.project("p").expect(200)["total"], 0);
}

#[test]
fn users_and_figures_are_selected() {
    let server = filled();
    let page = get(&server, "/traces/users", "cost:>0.5");
    assert_eq!(column(&page, "user_id"), ["alice"]);
    let range = "started_after=2026-01-01&started_before=2026-01-03";
    for (path, filter, member, want) in [
        ("/traces/analytics", "user:bob", "trace_count", 1),
        ("/traces/analytics", "", "trace_count", 3),
        ("/sessions/analytics", "tag:prod", "session_count", 1),
    ] {
        let rows = server.get(&format!("{path}?{range}&filter={filter}"));
        assert_eq!(
            rows.project("p").expect(200)[0][member],
            want,
            "{path} {filter}"
        );
    }
}

#[test]
fn a_mistake_is_placed_and_explained() {
    let server = filled();
    let problem = server.get("/sessions?filter=user:a+costs:%3E1").expect(422);
    assert_eq!(problem["detail"], "Validation error");
    let error = &problem["errors"][0];
    assert_eq!(error["field"], "query -> filter");
    assert_eq!(
        (&error["position"], &error["length"]),
        (&json!(7), &json!(5))
    );
    assert_eq!(error["nearest"], "cost");
    assert!(error["message"].as_str().unwrap().contains("did you mean"));
    let problem = server.get("/traces?limit=0&filter=(").expect(422);
    assert_eq!(problem["errors"].as_array().unwrap().len(), 2);
}

#[test]
fn the_schema_names_every_field() {
    let schema = TestServer::start().get("/filter-schema").expect(200);
    for (entity, field, kind) in [
        ("sessions", "cost", "money"),
        ("traces", "metadata", "metadata"),
        ("spans", "kind", "word"),
    ] {
        let fields = schema[entity]["fields"].as_array().unwrap();
        let found = fields.iter().find(|known| known["name"] == field).unwrap();
        assert_eq!(found["type"], kind);
    }
    assert_eq!(schema["sessions"]["inside"], json!(["trace", "span"]));
}
