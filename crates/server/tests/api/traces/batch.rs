use pandaprobe_testkit::server::TestServer;
use serde_json::{Value, json};

use crate::given::{column, id, trace};

fn statuses(result: &Value) -> Vec<Value> {
    column(result, "status")
}

#[test]
fn a_bad_item_fails_alone() {
    let server = TestServer::start();
    let batch = json!([
        trace(1, 0, 1, json!({})),
        {"trace_id": id(2), "name": "no start"},
        5,
        trace(3, 0, 1, json!({})),
    ]);
    let result = server.post("/traces/batch").json(&batch).expect(202);
    assert_eq!(
        result,
        json!({"items": [
            {"trace_id": id(1), "status": "accepted"},
            {"trace_id": id(2), "status": "rejected", "error": {"detail": "Validation error",
                "errors": [{"field": "started_at", "message": "Field required"}]}},
            {"trace_id": null, "status": "rejected", "error": {"detail": "Validation error",
                "errors": [{"field": "", "message":
                    "Input should be a valid dictionary or object to extract fields from"}]}},
            {"trace_id": id(3), "status": "accepted"},
        ]})
    );
    assert_eq!(server.get("/traces").expect(200)["total"], 2);
}

#[test]
fn one_trace_a_line() {
    let server = TestServer::start();
    let lines = [
        trace(1, 0, 1, json!({})).to_string(),
        "{broken".to_owned(),
        String::new(),
        trace(2, 0, 1, json!({})).to_string(),
    ];
    let call = server
        .post("/traces/batch")
        .header("Content-Type", "application/x-ndjson");
    let result = call.body(lines.join("\n")).expect(202);
    assert_eq!(statuses(&result), ["accepted", "rejected", "accepted"]);
    assert_eq!(server.get("/traces").expect(200)["total"], 2);
}

#[test]
fn parts_of_one_trace_in_one_batch() {
    let server = TestServer::start();
    let batch = json!([
        {"trace_id": id(1), "name": "t", "started_at": 0, "status": "RUNNING", "tags": ["a"]},
        {"trace_id": id(1), "name": "t", "started_at": 0, "status": "ERROR", "tags": ["b"]},
    ]);
    let result = server.post("/traces/batch").json(&batch).expect(202);
    assert_eq!(statuses(&result), ["accepted", "accepted"]);
    let page = server.get("/traces").expect(200);
    assert_eq!(page["total"], 1);
    assert_eq!(page["items"][0]["status"], "ERROR");
    assert_eq!(page["items"][0]["tags"], json!(["a", "b"]));
}

#[test]
fn all_bad_is_still_an_answer_for_each_and_makes_no_project() {
    let server = TestServer::start();
    let call = server.post("/traces/batch").project("new");
    let result = call.json(&json!([{}, {}])).expect(202);
    assert_eq!(statuses(&result), ["rejected", "rejected"]);
    let organisation = server.get("/organizations").expect(200)[0]["id"].clone();
    let path = format!("/organizations/{}/projects", organisation.as_str().unwrap());
    let projects = server.get(&path).expect(200);
    assert_eq!(column(&json!({"items": projects}), "name"), ["default"]);
}

#[test]
fn bodies_without_items_are_refused() {
    let server = TestServer::start();
    for body in ["", "[]", "5", "null", "[", "\"x\""] {
        let problem = server.post("/traces/batch").body(body).expect(422);
        assert_eq!(problem["code"], "validation_error", "{body}");
    }
}

#[test]
fn a_large_batch() {
    let server = TestServer::start();
    let payload = "x".repeat(1_000);
    let batch: Vec<_> = (0..500)
        .map(|n| {
            trace(
                n,
                0,
                1,
                json!({"session_id": format!("s{}", n % 7), "input": payload}),
            )
        })
        .collect();
    let result = server
        .post("/traces/batch")
        .json(&Value::from(batch))
        .expect(202);
    assert_eq!(statuses(&result).len(), 500);
    assert!(statuses(&result).iter().all(|status| status == "accepted"));
    assert_eq!(server.get("/traces").expect(200)["total"], 500);
    assert_eq!(server.get("/sessions").expect(200)["total"], 7);
}
