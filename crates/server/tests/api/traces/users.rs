use pandaprobe_testkit::server::TestServer;
use serde_json::json;

use crate::given::{at, column, names, sent, span, trace};

#[test]
fn users_with_what_they_did_last_seen_first() {
    let server = TestServer::start();
    let spans = |number, tokens: u32, cost: f64| {
        let members = json!({"usage": {"input": tokens, "reasoning": 1}, "cost": {"total": cost}});
        json!([span(number, 0, 1, members)])
    };
    sent(
        &server,
        "default",
        &[
            trace(
                1,
                10,
                11,
                json!({"user_id": "ann", "session_id": "s1", "spans": spans(1, 5, 0.5)}),
            ),
            trace(
                2,
                30,
                31,
                json!({"user_id": "ann", "session_id": "s2", "status": "ERROR"}),
            ),
            trace(
                3,
                20,
                21,
                json!({"user_id": "ann", "session_id": "s1", "spans": spans(2, 7, 0.25)}),
            ),
            trace(4, 40, 41, json!({"user_id": "bob"})),
            trace(5, 90, 91, json!({"session_id": "s1"})),
        ],
    );
    let page = server.get("/traces/users").send();
    let text = page.text();
    let first = text.strip_prefix(r#"{"items":["#).unwrap();
    assert_eq!(
        names(&first[..=first.find('}').unwrap()]),
        [
            "user_id",
            "trace_count",
            "first_seen",
            "last_seen",
            "error_count",
            "session_count",
            "total_tokens",
            "total_cost",
        ]
    );
    let page = page.json();
    assert_eq!(
        page["items"],
        json!([
            {"user_id": "bob", "trace_count": 1, "first_seen": at(40), "last_seen": at(40),
                "error_count": 0, "session_count": 0, "total_tokens": 0, "total_cost": 0.0},
            {"user_id": "ann", "trace_count": 3, "first_seen": at(10), "last_seen": at(30),
                "error_count": 1, "session_count": 2, "total_tokens": 14, "total_cost": 0.75},
        ])
    );
    assert_eq!(
        (&page["total"], &page["limit"], &page["offset"]),
        (&json!(2), &json!(50), &json!(0))
    );
    let second = server.get("/traces/users?limit=1&offset=1").expect(200);
    assert_eq!(column(&second, "user_id"), ["ann"]);
    assert_eq!(second["total"], 2);
}

#[test]
fn of_the_own_project_only() {
    let server = TestServer::start();
    sent(&server, "one", &[trace(1, 0, 1, json!({"user_id": "u"}))]);
    let users = |project: &str| server.get("/traces/users").project(project).expect(200);
    assert_eq!(users("one")["total"], 1);
    assert_eq!(
        users("two"),
        json!({"items": [], "total": 0, "limit": 50, "offset": 0})
    );
}

#[test]
fn wrong_windows_are_told() {
    let server = TestServer::start();
    for query in ["limit=0", "limit=201", "offset=-1", "limit=x"] {
        let problem = server.get(&format!("/traces/users?{query}")).expect(422);
        let field = problem["errors"][0]["field"].as_str().unwrap();
        assert!(field.starts_with("query -> "), "{field}");
    }
}
