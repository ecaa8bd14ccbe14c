use pandaprobe_testkit::server::TestServer;
use serde_json::{Value, json};

use crate::given::{column, id, sent, trace};

const PATH: &str = "/evaluations/trace-scores";

/// Four scores of two traces.
fn server() -> TestServer {
    let server = TestServer::start();
    sent(
        &server,
        "default",
        &[trace(1, 0, 1, json!({})), trace(2, 1, 2, json!({}))],
    );
    for (trace, name, value, data_type, source) in [
        (1, "a", "0.1", "NUMERIC", "ANNOTATION"),
        (1, "b", "true", "BOOLEAN", "PROGRAMMATIC"),
        (2, "a", "0.3", "NUMERIC", "PROGRAMMATIC"),
        (2, "c", "good", "CATEGORICAL", "AUTOMATED"),
    ] {
        let score = json!({"trace_id": id(trace), "name": name, "value": value,
            "data_type": data_type, "source": source});
        server.post(PATH).json(&score).expect(201);
    }
    server
}

fn values(server: &TestServer, query: &str) -> Vec<Value> {
    column(&server.get(&format!("{PATH}?{query}")).expect(200), "value")
}

#[test]
fn newest_first() {
    let server = server();
    assert_eq!(values(&server, ""), ["good", "0.3", "true", "0.1"]);
    let page = server.get(&format!("{PATH}?limit=2&offset=1")).expect(200);
    assert_eq!(column(&page, "value"), ["0.3", "true"]);
    assert_eq!(
        (&page["total"], &page["limit"], &page["offset"]),
        (&json!(4), &json!(2), &json!(1))
    );
}

#[test]
fn filters() {
    let server = server();
    assert_eq!(
        values(&server, &format!("trace_id={}", id(1))),
        ["true", "0.1"]
    );
    assert_eq!(values(&server, &format!("trace_id={}", id(9))), [""; 0]);
    assert_eq!(values(&server, "name=a"), ["0.3", "0.1"]);
    assert_eq!(values(&server, "source=PROGRAMMATIC"), ["0.3", "true"]);
    assert_eq!(
        values(&server, "data_type=NUMERIC&source=ANNOTATION"),
        ["0.1"]
    );
    assert_eq!(values(&server, "status=SUCCESS").len(), 4);
    assert_eq!(values(&server, "status=FAILED").len(), 0);
    assert_eq!(values(&server, &format!("eval_run_id={}", id(1))).len(), 0);
    assert_eq!(values(&server, "environment=ci").len(), 0);
    assert_eq!(
        values(&server, "date_from=2020-01-01&date_to=2199-01-01").len(),
        4
    );
    assert_eq!(values(&server, "date_from=2199-01-01").len(), 0);
    assert_eq!(values(&server, "date_to=2020-01-01").len(), 0);
}

#[test]
fn times_select_from_and_before() {
    let server = server();
    let page = server.get(PATH).expect(200);
    let times = column(&page, "created_at");
    let third = times[1].as_str().unwrap().replace('+', "%2B");
    // Times are printed to the microsecond and kept to the nanosecond: what was
    // stored at this time is not before it.
    assert!(values(&server, &format!("date_from={third}")).contains(&json!("0.3")));
    assert!(!values(&server, &format!("date_to={third}")).contains(&json!("0.3")));
}

#[test]
fn of_the_own_project_only() {
    let server = server();
    assert_eq!(
        server.get(PATH).project("other").expect(200),
        json!({"items": [], "total": 0, "limit": 50, "offset": 0})
    );
}

#[test]
fn wrong_parameters_are_told() {
    let server = TestServer::start();
    for name in [
        "trace_id",
        "source",
        "status",
        "data_type",
        "eval_run_id",
        "date_from",
        "date_to",
        "limit",
        "offset",
    ] {
        let problem = server.get(&format!("{PATH}?{name}=x")).expect(422);
        assert_eq!(problem["errors"][0]["field"], format!("query -> {name}"));
    }
}
