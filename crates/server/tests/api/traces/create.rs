use pandaprobe_testkit::server::TestServer;
use serde_json::json;

use crate::given::{id, names, span, trace};

#[test]
fn a_trace_is_there_as_soon_as_it_is_acknowledged() {
    let server = TestServer::start();
    let answer = server
        .post("/traces")
        .json(&trace(1, 0, 1, json!({})))
        .send();
    assert_eq!(answer.status, 202);
    assert_eq!(names(&answer.text()), ["trace_id", "task_id"]);
    assert_eq!(answer.json()["trace_id"], id(1));
    server.get(&format!("/traces/{}", id(1))).expect(200);
    assert_eq!(server.get("/traces").expect(200)["total"], 1);
}

#[test]
fn the_content_type_does_not_matter() {
    let server = TestServer::start();
    let body = trace(1, 0, 1, json!({})).to_string();
    server
        .post("/traces")
        .header("Content-Type", "text/plain")
        .body(body)
        .expect(202);
}

#[test]
fn ids_are_made_where_none_are_given() {
    let server = TestServer::start();
    let body = json!({"name": "t", "started_at": 0, "spans": [{"name": "s", "started_at": 0}]});
    let made = server.post("/traces").json(&body).expect(202)["trace_id"].clone();
    let path = format!("/traces/{}", made.as_str().unwrap());
    let span = server.get(&path).expect(200)["spans"][0]["span_id"].clone();
    assert_eq!(span.as_str().unwrap().len(), 36);
}

#[test]
fn parts_of_a_trace_are_merged() {
    let server = TestServer::start();
    let open = json!({
        "trace_id": id(1), "name": "t", "started_at": 1, "status": "RUNNING",
        "metadata": {"a": 1}, "input": "i", "spans": [{"span_id": id(7), "name": "s", "started_at": 1}],
    });
    let done = json!({
        "trace_id": id(1), "name": "t", "started_at": 1, "ended_at": 3, "status": "COMPLETED",
        "metadata": {"b": 2}, "output": "o",
        "spans": [{"span_id": id(7), "name": "s", "started_at": 1, "ended_at": 2, "status": "OK"}],
    });
    for order in [[&open, &done], [&done, &open]] {
        for part in order {
            server.post("/traces").project("p").json(part).expect(202);
        }
        let trace = server
            .get(&format!("/traces/{}", id(1)))
            .project("p")
            .expect(200);
        assert_eq!(trace["status"], "COMPLETED");
        assert_eq!(trace["metadata"], json!({"a": 1, "b": 2}));
        assert_eq!(
            (&trace["input"], &trace["output"]),
            (&json!("i"), &json!("o"))
        );
        assert_eq!(trace["spans"].as_array().unwrap().len(), 1);
        assert_eq!(trace["spans"][0]["latency_ms"], 1000.0);
    }
}

#[test]
fn nothing_of_a_bad_trace_is_stored_and_every_mistake_is_told() {
    let server = TestServer::start();
    let body = json!({
        "trace_id": id(1), "started_at": "soon",
        "spans": [span(1, 0, 1, json!({})), {"name": "", "started_at": 0, "kind": "llm"}],
    });
    let answer = server.post("/traces").project("new").json(&body).send();
    assert_eq!(answer.status, 422);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(
        answer.json()["errors"],
        json!([
            {"field": "name", "message": "Field required"},
            {"field": "started_at", "message":
                "Input should be a valid datetime, as ISO 8601 or seconds since the epoch"},
            {"field": "spans -> 1 -> name", "message": "String should have at least 1 character"},
            {"field": "spans -> 1 -> kind", "message":
                "Input should be 'AGENT', 'TOOL', 'LLM', 'RETRIEVER', 'CHAIN', 'EMBEDDING' or 'OTHER'"},
        ])
    );
    assert_eq!(server.get("/traces").project("new").expect(200)["total"], 0);
}

#[test]
fn bad_bodies_are_never_a_failure_of_the_server() {
    let server = TestServer::start();
    let deep = "[".repeat(500_000);
    let bodies: &[&[u8]] = &[
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{\"name\":\"\xff\"}",
        deep.as_bytes(),
        br#"{"name":"\u0000","started_at":0}"#,
        br#"{"name":"x","started_at":1e400}"#,
        br#"{"name":"x","started_at":"9999-99-99"}"#,
        br#"{"name":"x","started_at":0,"session_id":"\ud800"}"#,
        br#"{"name":"x","started_at":0,"tags":["\u0000"]}"#,
        br#"{"name":"x","started_at":0,"spans":[[[]]]}"#,
    ];
    for body in bodies {
        let problem = server.post("/traces").body(*body).expect(422);
        assert_eq!(problem["code"], "validation_error");
    }
}

#[test]
fn what_json_can_carry_comes_back_to_the_byte() {
    let server = TestServer::start();
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let payloads = [
        r#"{ "b" : 1.0, "a": [ ] }"#,
        r#""\ud800 \u0000""#,
        "1180591620717411303424",
        "-0.0",
        &deep,
    ];
    for (number, payload) in (1..).zip(payloads) {
        let body = format!(
            r#"{{"trace_id":"{}","name":"t","started_at":0,"input":{payload},
                "spans":[{{"name":"s","started_at":0,"output":{payload},"error":"\ud800"}}]}}"#,
            id(number)
        );
        server.post("/traces").body(body).expect(202);
        let text = server.get(&format!("/traces/{}", id(number))).send().text();
        assert!(
            text.contains(&format!(r#""input":{payload},"#)),
            "{}",
            &text[..text.len().min(500)]
        );
        assert!(text.contains(&format!(r#""output":{payload},"#)));
        assert!(text.contains(r#""error":"\ud800""#));
    }
}

#[test]
fn there_is_no_limit_on_spans() {
    let server = TestServer::start();
    let spans: Vec<_> = (0..3_000).map(|n| span(n, 0, 1, json!({}))).collect();
    server
        .post("/traces")
        .json(&trace(1, 0, 1, json!({"spans": spans})))
        .expect(202);
    let trace = server.get(&format!("/traces/{}", id(1))).expect(200);
    assert_eq!(trace["spans"].as_array().unwrap().len(), 3_000);
}
