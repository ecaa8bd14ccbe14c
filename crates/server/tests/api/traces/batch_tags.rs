use pandaprobe_testkit::server::TestServer;
use serde_json::{Value, json};

use crate::given::{column, id, sent, trace};

const PATH: &str = "/traces/batch/tags";

#[track_caller]
fn tagged(server: &TestServer, body: Value, updated: u32) {
    let answer = server.post(PATH).json(&body).send();
    assert_eq!(answer.text(), format!(r#"{{"updated":{updated}}}"#));
}

fn tags(server: &TestServer) -> Vec<Value> {
    let page = server.get("/traces?sort_order=asc").expect(200);
    column(&page, "tags")
}

#[test]
fn tags_are_removed_first_and_then_added() {
    let server = TestServer::start();
    sent(
        &server,
        "default",
        &[
            trace(1, 1, 2, json!({"tags": ["a", "b"]})),
            trace(2, 2, 3, json!({"tags": ["c"]})),
            trace(3, 3, 4, json!({"tags": ["a"]})),
        ],
    );
    let ids = json!([id(1), id(2), id(2), id(99)]);
    tagged(
        &server,
        json!({"trace_ids": ids, "add_tags": ["new", "a", "new"], "remove_tags": ["a", "b"]}),
        2,
    );
    assert_eq!(
        tags(&server),
        [json!(["a", "new"]), json!(["a", "c", "new"]), json!(["a"]),]
    );
    tagged(&server, json!({"trace_ids": ids, "add_tags": ["new"]}), 2);
    tagged(
        &server,
        json!({"trace_ids": ids, "remove_tags": ["never"]}),
        2,
    );
    tagged(&server, json!({"trace_ids": ids}), 0);
    tagged(
        &server,
        json!({"trace_ids": [id(99)], "add_tags": ["x"]}),
        0,
    );
    tagged(
        &server,
        json!({"trace_ids": ids, "remove_tags": ["new"]}),
        2,
    );
    assert_eq!(tags(&server)[1], json!(["a", "c"]));
    let found = server.get("/traces?tags=new").expect(200);
    assert_eq!(found["total"], 0, "filters follow");
}

#[test]
fn the_tags_of_sessions_follow() {
    let server = TestServer::start();
    sent(
        &server,
        "default",
        &[trace(1, 1, 2, json!({"session_id": "s", "tags": ["a"]}))],
    );
    tagged(
        &server,
        json!({"trace_ids": [id(1)], "add_tags": ["b"], "remove_tags": ["a"]}),
        1,
    );
    let session = server.get("/sessions/s").expect(200);
    assert_eq!(
        (&session["tags"], &session["own_tags"]),
        (&json!(["b"]), &json!([]))
    );
    assert_eq!(server.get("/sessions?tags=a").expect(200)["total"], 0);
    assert_eq!(server.get("/sessions?tags=b").expect(200)["total"], 1);
}

#[test]
fn only_in_the_own_project() {
    let server = TestServer::start();
    sent(&server, "one", &[trace(1, 1, 2, json!({}))]);
    let body = json!({"trace_ids": [id(1)], "add_tags": ["x"]});
    let other = server.post(PATH).project("two").json(&body).expect(200);
    assert_eq!(other["updated"], 0);
    let page = server.get("/traces").project("one").expect(200);
    assert_eq!(column(&page, "tags"), [json!([])]);
}

#[test]
fn wrong_bodies_are_told() {
    let server = TestServer::start();
    for (body, field) in [
        (json!({"add_tags": ["x"]}), "trace_ids"),
        (json!({"trace_ids": []}), "trace_ids"),
        (json!({"trace_ids": [id(1)], "add_tags": "x"}), "add_tags"),
        (
            json!({"trace_ids": [id(1)], "remove_tags": null}),
            "remove_tags",
        ),
        (
            json!({"trace_ids": [id(1)], "add_tags": ["a", "\u{0}"]}),
            "add_tags -> 1",
        ),
    ] {
        let problem = server.post(PATH).json(&body).expect(422);
        assert_eq!(problem["errors"][0]["field"], field, "{body}");
    }
}
