//! Two projects that use the same ids.

use pandaprobe_testkit::server::TestServer;
use serde_json::{Value, json};

use crate::given::{at, id, sent, span, trace};

/// The same ids in both projects, and everything else different.
fn server() -> TestServer {
    let server = TestServer::start();
    for (project, name, tokens, cost) in [("one", "alpha", 5, 1.0), ("two", "omega", 50, 2.0)] {
        let spans = json!([span(
            1,
            0,
            1,
            json!({"name": name, "input": name, "model": name,
                "usage": {"input": tokens}, "cost": {"total": cost}})
        )]);
        let members = json!({
            "name": name, "session_id": "s", "user_id": "u", "session_name": name,
            "tags": [name], "input": name, "metadata": {"of": name}, "spans": spans,
        });
        sent(&server, project, &[trace(1, 0, 1, members)]);
        let score = json!({"trace_id": id(1), "name": name, "value": "1"});
        server
            .post("/evaluations/trace-scores")
            .project(project)
            .json(&score)
            .expect(201);
    }
    server
}

/// Everything that can be read of a project.
fn everything(server: &TestServer, project: &str) -> Vec<Value> {
    let range = format!(
        "started_after={}&started_before={}",
        at(0).replace('+', "%2B"),
        at(100).replace('+', "%2B")
    );
    [
        "/traces".to_owned(),
        format!("/traces/{}", id(1)),
        "/traces/users".to_owned(),
        "/sessions".to_owned(),
        "/sessions/s".to_owned(),
        "/sessions/by-id?id=s".to_owned(),
        "/evaluations/trace-scores".to_owned(),
        format!("/traces/analytics?{range}"),
        format!("/traces/analytics?metric=tokens&{range}"),
        format!("/traces/analytics?metric=models&{range}"),
        format!("/sessions/analytics?{range}"),
    ]
    .iter()
    .map(|path| server.get(path).project(project).expect(200))
    .collect()
}

#[test]
fn they_never_see_each_other() {
    let server = server();
    for (project, own, foreign) in [("one", "alpha", "omega"), ("two", "omega", "alpha")] {
        for answer in everything(&server, project) {
            let text = answer.to_string();
            assert!(!text.contains(foreign), "{text}");
        }
        let trace = server
            .get(&format!("/traces/{}", id(1)))
            .project(project)
            .expect(200);
        assert_eq!(
            (&trace["name"], &trace["spans"][0]["input"]),
            (&json!(own), &json!(own))
        );
    }
}

#[test]
fn they_never_change_each_other() {
    let server = server();
    let before = everything(&server, "one");
    let (trace_path, spans_path) = (
        format!("/traces/{}", id(1)),
        format!("/traces/{}/spans", id(1)),
    );
    let span_path = format!("{spans_path}/{}", id(1));
    let steps = [
        (
            "PATCH",
            trace_path.as_str(),
            json!({"name": "x", "tags": []}),
            200,
        ),
        (
            "PATCH",
            &span_path,
            json!({"name": "x", "input": null, "usage": null}),
            200,
        ),
        ("POST", &spans_path, json!([span(2, 0, 1, json!({}))]), 201),
        (
            "PATCH",
            "/sessions/s",
            json!({"name": "x", "tags": ["x"]}),
            200,
        ),
        (
            "POST",
            "/traces/batch/tags",
            json!({"trace_ids": [id(1)], "add_tags": ["x"]}),
            200,
        ),
        (
            "POST",
            "/sessions/batch/tags",
            json!({"session_ids": ["s"], "add_tags": ["y"]}),
            200,
        ),
        (
            "POST",
            "/traces",
            trace(1, 0, 9, json!({"output": "x", "session_id": "t"})),
            202,
        ),
        (
            "POST",
            "/sessions/batch/delete",
            json!({"session_ids": ["t"]}),
            200,
        ),
        (
            "POST",
            "/traces",
            trace(1, 0, 9, json!({"session_id": "s"})),
            202,
        ),
        ("DELETE", "/sessions/s", Value::Null, 200),
        (
            "POST",
            "/traces",
            trace(1, 0, 9, json!({"session_id": "s"})),
            202,
        ),
        ("DELETE", "/sessions/by-id?id=s", Value::Null, 200),
        ("POST", "/traces", trace(1, 0, 9, json!({})), 202),
        (
            "POST",
            "/traces/batch/delete",
            json!({"trace_ids": [id(1)]}),
            200,
        ),
        ("POST", "/traces", trace(1, 0, 9, json!({})), 202),
        ("DELETE", &trace_path, Value::Null, 204),
    ];
    for (method, path, body, status) in steps {
        let call = server.call(method, path).project("two");
        let call = if body.is_null() {
            call
        } else {
            call.json(&body)
        };
        let answer = call.send();
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        assert_eq!(everything(&server, "one"), before, "{method} {path}");
    }
}
