use pandaprobe_testkit::server::TestServer;
use serde_json::{Value, json};

use crate::given::{at, id, names, sent, span, trace};

fn path(number: u32) -> String {
    format!("/traces/{}", id(number))
}

#[track_caller]
fn patched(server: &TestServer, number: u32, patch: Value) -> Value {
    let answer = server.call("PATCH", &path(number)).json(&patch).expect(200);
    let read = server.get(&path(number)).expect(200);
    assert_eq!(answer, read, "the answer is what reading gives");
    answer
}

/// A trace with everything that can be patched.
fn full() -> Value {
    trace(
        1,
        0,
        4,
        json!({
            "status": "COMPLETED", "input": {"q": 1}, "output": "o", "metadata": {"a": 1, "b": 2},
            "session_id": "s", "user_id": "u", "tags": ["x", "y"], "environment": "ci",
            "release": "v1", "spans": [span(1, 0, 1, json!({}))],
        }),
    )
}

#[test]
fn only_members_that_are_there_are_touched() {
    let server = TestServer::start();
    sent(&server, "default", &[full()]);
    let before = server.get(&path(1)).expect(200);
    assert_eq!(patched(&server, 1, json!({})), before);
    let after = patched(
        &server,
        1,
        json!({"output": ["new"], "started_at": at(9), "unknown": 1, "spans": []}),
    );
    let mut want = before;
    want["output"] = json!(["new"]);
    assert_eq!(after, want);
    let text = server
        .call("PATCH", &path(1))
        .json(&json!({}))
        .send()
        .text();
    assert_eq!(names(&text)[..3], ["trace_id", "project_id", "name"]);
}

#[test]
fn everything_can_be_set() {
    let server = TestServer::start();
    sent(&server, "default", &[full()]);
    let patch = json!({
        "name": "renamed", "status": "ERROR", "input": 0, "output": false, "ended_at": at(9),
        "session_id": "s2", "user_id": "u2", "environment": "prod", "release": "v2",
    });
    let after = patched(&server, 1, patch.clone());
    for (name, value) in patch.as_object().unwrap() {
        assert_eq!(&after[name], value, "{name}");
    }
    assert_eq!(after["spans"][0]["span_id"], id(1));
}

#[test]
fn null_clears_what_may_be_missing() {
    let server = TestServer::start();
    sent(&server, "default", &[full()]);
    let before = server.get(&path(1)).expect(200);
    let same = patched(
        &server,
        1,
        json!({"name": null, "status": null, "tags": null, "metadata": null}),
    );
    assert_eq!(same, before, "null says nothing about these");
    let clearable = [
        "input",
        "output",
        "ended_at",
        "session_id",
        "user_id",
        "environment",
        "release",
    ];
    for name in clearable {
        let after = patched(&server, 1, json!({name: null}));
        assert_eq!(after[name], Value::Null, "{name}");
    }
    let after = server.get(&path(1)).expect(200);
    assert_eq!(
        (&after["name"], &after["status"]),
        (&json!("trace 1"), &json!("COMPLETED"))
    );
    server.get("/sessions/s").expect(404);
    assert_eq!(server.get("/traces/users").expect(200)["total"], 0);
}

#[test]
fn blank_ids_clear_too() {
    let server = TestServer::start();
    sent(&server, "default", &[full()]);
    let after = patched(&server, 1, json!({"session_id": " ", "user_id": ""}));
    assert_eq!(
        (&after["session_id"], &after["user_id"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn tags_replace_and_metadata_merges() {
    let server = TestServer::start();
    sent(&server, "default", &[full()]);
    let after = patched(
        &server,
        1,
        json!({"tags": ["z", "y", "z"], "metadata": {"b": null, "c": [3]}}),
    );
    assert_eq!(after["tags"], json!(["y", "z"]));
    assert_eq!(after["metadata"], json!({"a": 1, "b": null, "c": [3]}));
    let found = |tag: &str| server.get(&format!("/traces?tags={tag}")).expect(200)["total"].clone();
    assert_eq!((found("x"), found("z")), (json!(0), json!(1)));
    assert_eq!(
        patched(&server, 1, json!({"tags": []}))["tags"],
        json!([]),
        "an empty list replaces as well"
    );
    let same = patched(&server, 1, json!({"metadata": {}}));
    assert_eq!(same["metadata"], json!({"a": 1, "b": null, "c": [3]}));
}

#[test]
fn commands_stand_before_what_parts_said() {
    let server = TestServer::start();
    sent(&server, "default", &[full()]);
    // Parts never reopen a trace; a command may.
    let after = patched(&server, 1, json!({"status": "RUNNING", "ended_at": null}));
    assert_eq!(
        (&after["status"], &after["ended_at"]),
        (&json!("RUNNING"), &Value::Null)
    );
    // A part that comes later counts as ever.
    sent(&server, "default", &[trace(1, 0, 7, json!({}))]);
    let after = server.get(&path(1)).expect(200);
    assert_eq!(after["ended_at"], at(7));
}

#[test]
fn lists_and_totals_follow() {
    let server = TestServer::start();
    let members = json!({"session_id": "old", "user_id": "u", "spans": [
        span(1, 0, 1, json!({"usage": {"input": 5}, "cost": {"total": 2.0}}))]});
    sent(
        &server,
        "default",
        &[
            trace(1, 0, 4, members),
            trace(2, 10, 11, json!({"session_id": "old"})),
        ],
    );
    patched(
        &server,
        1,
        json!({"session_id": "new", "status": "ERROR", "user_id": "v"}),
    );
    let old = server.get("/sessions/old").expect(200);
    assert_eq!(
        (&old["trace_count"], &old["total_cost"], &old["has_error"]),
        (&json!(1), &json!(0.0), &json!(false))
    );
    let new = server.get("/sessions/new").expect(200);
    assert_eq!(
        (&new["trace_count"], &new["total_cost"], &new["has_error"]),
        (&json!(1), &json!(2.0), &json!(true))
    );
    assert_eq!(new["user_id"], "v");
    let by_user = |user: &str| server.get(&format!("/traces?user_id={user}")).expect(200);
    assert_eq!(by_user("u")["total"], 0);
    assert_eq!(by_user("v")["total"], 1);
    assert_eq!(server.get("/traces?status=ERROR").expect(200)["total"], 1);
}

#[test]
fn wrong_values_are_told_and_change_nothing() {
    let server = TestServer::start();
    sent(&server, "default", &[full()]);
    let before = server.get(&path(1)).expect(200);
    let patch = json!({
        "name": "", "status": "done", "tags": ["a\u{0}"], "session_id": "x".repeat(256),
        "metadata": [], "ended_at": "soon", "output": "kept?",
    });
    let problem = server.call("PATCH", &path(1)).json(&patch).expect(422);
    let errors = json!({"items": problem["errors"]});
    let fields = crate::given::column(&errors, "field");
    assert_eq!(
        fields,
        [
            "name",
            "status",
            "metadata",
            "ended_at",
            "session_id",
            "tags -> 0"
        ]
    );
    for body in ["", "[]", "null", "{", "\"x\""] {
        server.call("PATCH", &path(1)).body(body).expect(422);
    }
    server.call("PATCH", "/traces/x").body("{}").expect(422);
    assert_eq!(server.get(&path(1)).expect(200), before);
}

#[test]
fn unknown_traces() {
    let server = TestServer::start();
    server.call("PATCH", &path(1)).body("{}").expect(404);
    sent(&server, "default", &[full()]);
    let other = server.call("PATCH", &path(1)).project("other");
    other.body(r#"{"name":"x"}"#).expect(404);
    assert_eq!(server.get(&path(1)).expect(200)["name"], "trace 1");
    let projects = server.get("/traces").project("other").expect(200);
    assert_eq!(projects["total"], 0);
}

#[test]
fn large_payloads_can_be_set() {
    let server = TestServer::start();
    sent(&server, "default", &[full()]);
    let large = "long ".repeat(100_000);
    let after = patched(&server, 1, json!({"input": large, "output": null}));
    assert_eq!(after["input"], large);
    assert_eq!(after["output"], Value::Null);
}
