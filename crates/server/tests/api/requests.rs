//! What holds for every request.

use pandaprobe_testkit::server::TestServer;
use serde_json::json;

use crate::given::{sent, trace};

#[test]
fn request_ids_come_back_or_are_made() {
    let server = TestServer::start();
    for path in ["/health", "/nowhere", "/traces?limit=x"] {
        let answer = server.get(path).header("X-Request-ID", "mine 1").send();
        assert_eq!(answer.header("x-request-id"), "mine 1", "{path}");
        let made = server.get(path).send();
        assert_eq!(made.header("x-request-id").len(), 36, "{path}");
    }
    let server = TestServer::builder().body_limit(10).start();
    for (method, status) in [("PUT", 405), ("POST", 413)] {
        let call = server.call(method, "/traces").body("x".repeat(11));
        let answer = call.header("X-Request-ID", "mine").send();
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("x-request-id"), "mine");
    }
    let long = "x".repeat(1000);
    let answer = server.get("/health").header("X-Request-ID", &long).send();
    assert_eq!(answer.header("x-request-id").len(), 36);
}

#[test]
fn unknown_paths_and_methods_are_problems() {
    let server = TestServer::start();
    let answer = server.get("/nowhere").send();
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(
        answer.json(),
        json!({"type": "about:blank", "title": "Not Found", "status": 404,
            "detail": "Not Found", "code": "not_found"})
    );
    let answer = server.call("PUT", "/traces").body("{}").send();
    assert_eq!(
        (answer.status, answer.header("allow")),
        (405, "GET,HEAD,POST")
    );
    assert_eq!(answer.json()["detail"], "Method Not Allowed");
}

#[test]
fn large_answers_are_compressed_for_who_can_read_them() {
    let server = TestServer::start();
    let traces: Vec<_> = (0..20).map(|n| trace(n, 0, 1, json!({}))).collect();
    sent(&server, "default", &traces);
    let compressed = server
        .get("/traces")
        .header("Accept-Encoding", "gzip")
        .send();
    assert_eq!(compressed.header("content-encoding"), "gzip");
    let plain = server
        .get("/traces")
        .header("Accept-Encoding", "identity")
        .send();
    assert_eq!(plain.header("content-encoding"), "");
    assert_eq!(plain.json()["total"], 20);
    let small = server
        .get("/health")
        .header("Accept-Encoding", "gzip")
        .send();
    assert_eq!(small.header("content-encoding"), "");
}

#[test]
fn bad_queries_are_told_in_full() {
    let server = TestServer::start();
    let path = "/traces?limit=0&offset=-1&status=ok&has_session=maybe&started_after=soon\
        &sort_by=luck&sort_order=up&unknown=x";
    let problem = server.get(path).expect(422);
    let errors = problem["errors"].as_array().unwrap();
    let fields: Vec<_> = errors
        .iter()
        .map(|e| e["field"].as_str().unwrap())
        .collect();
    assert_eq!(
        fields,
        [
            "query -> limit",
            "query -> offset",
            "query -> has_session",
            "query -> status",
            "query -> started_after",
            "query -> sort_by",
            "query -> sort_order",
        ]
    );
    assert_eq!(problem["detail"], "Validation error");
    let problem = server.get("/sessions?sort_by=luck&has_error=7").expect(422);
    assert_eq!(problem["errors"].as_array().unwrap().len(), 2);
    for path in [
        "/traces?x=%ff",
        "/traces?name=%00",
        "/sessions?query=%00%ff",
        "/traces?&&=&",
    ] {
        server.get(path).expect(200);
    }
}

#[test]
fn a_stopped_server_has_kept_everything() {
    let dir = tempfile::tempdir().unwrap();
    let server = TestServer::builder().data(dir.path()).start();
    sent(&server, "default", &[trace(1, 0, 1, json!({}))]);
    server.stop();
    let again = TestServer::builder().data(dir.path()).start();
    assert_eq!(again.get("/traces").expect(200)["total"], 1);
}
