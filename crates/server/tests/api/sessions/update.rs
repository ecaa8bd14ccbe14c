use pandaprobe_testkit::server::TestServer;
use serde_json::{Value, json};

use crate::given::{id, names, sent, trace};

fn server() -> TestServer {
    let server = TestServer::start();
    let session = json!({
        "session_id": "s", "session_name": "from trace", "session_metadata": {"a": 1, "b": 2},
        "tags": ["t"], "input": {"messages": [{"role": "user", "content": "hello"}]},
    });
    sent(&server, "default", &[trace(1, 0, 1, session)]);
    server
}

#[track_caller]
fn patched(server: &TestServer, patch: Value) -> Value {
    let answer = server.call("PATCH", "/sessions/s").json(&patch).expect(200);
    let listed = server.get("/sessions").expect(200)["items"][0].clone();
    assert_eq!(answer, listed, "the answer is what reading gives");
    answer
}

#[test]
fn a_name_set_on_the_session_stands_before_those_of_its_traces() {
    let server = server();
    assert_eq!(patched(&server, json!({}))["session_name"], "from trace");
    let named = patched(&server, json!({"name": "mine"}));
    assert_eq!(named["session_name"], "mine");
    let later = trace(
        2,
        9,
        10,
        json!({"session_id": "s", "session_name": "later"}),
    );
    sent(&server, "default", &[later]);
    assert_eq!(patched(&server, json!({}))["session_name"], "mine");
    assert_eq!(server.get("/sessions?query=mine").expect(200)["total"], 1);
    for none in [json!(null), json!(" "), json!("")] {
        patched(&server, json!({"name": "mine"}));
        let cleared = patched(&server, json!({"name": none}));
        assert_eq!(cleared["session_name"], "later");
    }
}

#[test]
fn own_tags_replace_own_tags_only() {
    let server = server();
    let tagged = patched(&server, json!({"tags": ["vip", "a", "vip"]}));
    assert_eq!(
        (&tagged["own_tags"], &tagged["tags"]),
        (&json!(["a", "vip"]), &json!(["a", "t", "vip"]))
    );
    assert_eq!(server.get("/sessions?tags=vip").expect(200)["total"], 1);
    let same = patched(&server, json!({"tags": null}));
    assert_eq!(same, tagged);
    let tagged = patched(&server, json!({"tags": ["t"]}));
    assert_eq!(
        (&tagged["own_tags"], &tagged["tags"]),
        (&json!(["t"]), &json!(["t"]))
    );
    let none = patched(&server, json!({"tags": []}));
    assert_eq!(
        (&none["own_tags"], &none["tags"]),
        (&json!([]), &json!(["t"]))
    );
    let traces = server.get("/traces?tags=vip").expect(200);
    assert_eq!(traces["total"], 0, "traces are not touched");
    assert_eq!(server.get("/sessions?tags=vip").expect(200)["total"], 0);
}

#[test]
fn metadata_merges_by_key() {
    let server = server();
    let merged = patched(&server, json!({"metadata": {"b": 3, "c": {"d": 4}}}));
    assert_eq!(merged["metadata"], json!({"a": 1, "b": 3, "c": {"d": 4}}));
    let same = patched(&server, json!({"metadata": null}));
    assert_eq!(same["metadata"], merged["metadata"]);
}

#[test]
fn the_answer_is_a_summary() {
    let server = server();
    let text = server.call("PATCH", "/sessions/s").body("{}").send().text();
    let names = names(&text);
    assert_eq!(names[0], "session_id");
    assert!(names.contains(&"own_tags".to_owned()));
    assert!(!names.contains(&"traces".to_owned()));
}

#[test]
fn what_was_set_goes_with_the_session() {
    let server = server();
    patched(
        &server,
        json!({"name": "mine", "tags": ["x"], "metadata": {"m": 1}}),
    );
    server.call("DELETE", "/sessions/s").expect(200);
    sent(
        &server,
        "default",
        &[trace(1, 0, 1, json!({"session_id": "s"}))],
    );
    let fresh = patched(&server, json!({}));
    assert_eq!(
        (
            &fresh["session_name"],
            &fresh["own_tags"],
            &fresh["metadata"]
        ),
        (&Value::Null, &json!([]), &json!({}))
    );
}

#[test]
fn wrong_values_are_told_and_change_nothing() {
    let server = server();
    let before = patched(&server, json!({}));
    let patch = json!({"name": "x".repeat(256), "metadata": [], "tags": [1], "extra": 1});
    let problem = server.call("PATCH", "/sessions/s").json(&patch).expect(422);
    let fields = crate::given::column(&json!({"items": problem["errors"]}), "field");
    assert_eq!(fields, ["name", "metadata", "tags -> 0"]);
    let nul = server.call("PATCH", "/sessions/s");
    nul.json(&json!({"name": "a\u{0}"})).expect(422);
    server.call("PATCH", "/sessions/s").body("[]").expect(422);
    assert_eq!(patched(&server, json!({})), before);
}

#[test]
fn unknown_sessions() {
    let server = server();
    server
        .call("PATCH", "/sessions/S")
        .body(r#"{"name":"x"}"#)
        .expect(404);
    let other = server.call("PATCH", "/sessions/s").project("other");
    other.body(r#"{"name":"x"}"#).expect(404);
    assert_eq!(server.get("/sessions").expect(200)["total"], 1);
    let trace = server.get(&format!("/traces/{}", id(1))).expect(200);
    assert_eq!(trace["session_name"], "from trace");
}
