use pandaprobe_testkit::server::TestServer;
use serde_json::json;

use crate::given::{column, id, sent, trace};

const PATH: &str = "/traces/batch/delete";

#[test]
fn known_traces_go_and_unknown_ids_are_passed_over() {
    let server = TestServer::start();
    let traces: Vec<_> = (1..=4).map(|n| trace(n, n, n, json!({}))).collect();
    sent(&server, "default", &traces);
    sent(&server, "other", &traces);
    let ids = json!({"trace_ids": [id(1), id(3), id(1), id(99)]});
    let answer = server.post(PATH).json(&ids).send();
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (200, r#"{"deleted":2}"#)
    );
    assert_eq!(
        column(&server.get("/traces").expect(200), "trace_id"),
        [id(4), id(2)]
    );
    assert_eq!(server.post(PATH).json(&ids).expect(200)["deleted"], 0);
    let other = server.get("/traces").project("other").expect(200);
    assert_eq!(other["total"], 4, "another project has its own");
    let none = server.post(PATH).project("new").json(&ids).expect(200);
    assert_eq!(none["deleted"], 0);
}

#[test]
fn wrong_lists_are_told() {
    let server = TestServer::start();
    let many = |count| json!({"trace_ids": vec![id(1); count]});
    server.post(PATH).json(&many(500)).expect(200);
    for (body, field) in [
        (many(0), "trace_ids"),
        (many(501), "trace_ids"),
        (json!({}), "trace_ids"),
        (json!({"trace_ids": id(1)}), "trace_ids"),
        (json!({"trace_ids": [id(1), "x"]}), "trace_ids -> 1"),
        (json!([id(1)]), ""),
    ] {
        let problem = server.post(PATH).json(&body).expect(422);
        assert_eq!(problem["errors"][0]["field"], field);
    }
}
