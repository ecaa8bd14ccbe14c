use pandaprobe_testkit::server::TestServer;
use serde_json::{Value, json};

use crate::given::{column, sent, trace};

const PATH: &str = "/sessions/batch/tags";

#[track_caller]
fn tagged(server: &TestServer, body: Value, updated: u32) {
    let answer = server.post(PATH).json(&body).send();
    assert_eq!(answer.text(), format!(r#"{{"updated":{updated}}}"#));
}

#[test]
fn own_tags_are_removed_first_and_then_added() {
    let server = TestServer::start();
    sent(
        &server,
        "default",
        &[
            trace(1, 0, 1, json!({"session_id": "a", "tags": ["t"]})),
            trace(2, 1, 2, json!({"session_id": "b"})),
            trace(3, 2, 3, json!({"session_id": "c"})),
        ],
    );
    let ids = json!(["a", "b", "a", "unknown"]);
    tagged(
        &server,
        json!({"session_ids": ids, "add_tags": ["x", "y", "x"], "remove_tags": ["x"]}),
        2,
    );
    let page = || {
        server
            .get("/sessions?sort_by=session_id&sort_order=asc")
            .expect(200)
    };
    assert_eq!(
        column(&page(), "own_tags"),
        [json!(["x", "y"]), json!(["x", "y"]), json!([])]
    );
    assert_eq!(
        column(&page(), "tags"),
        [json!(["t", "x", "y"]), json!(["x", "y"]), json!([])]
    );
    // A trace's tag is not the session's own and so cannot be removed there.
    tagged(
        &server,
        json!({"session_ids": ids, "remove_tags": ["t", "y"]}),
        2,
    );
    assert_eq!(column(&page(), "tags")[0], json!(["t", "x"]));
    tagged(&server, json!({"session_ids": ids}), 0);
    tagged(
        &server,
        json!({"session_ids": ["unknown"], "add_tags": ["z"]}),
        0,
    );
    assert_eq!(server.get("/sessions?tags=x").expect(200)["total"], 2);
    assert_eq!(server.get("/sessions?tags=y").expect(200)["total"], 0);
}

#[test]
fn only_in_the_own_project() {
    let server = TestServer::start();
    sent(
        &server,
        "one",
        &[trace(1, 0, 1, json!({"session_id": "a"}))],
    );
    let body = json!({"session_ids": ["a"], "add_tags": ["x"]});
    let other = server.post(PATH).project("two").json(&body).expect(200);
    assert_eq!(other["updated"], 0);
    let page = server.get("/sessions").project("one").expect(200);
    assert_eq!(column(&page, "own_tags"), [json!([])]);
}

#[test]
fn wrong_bodies_are_told() {
    let server = TestServer::start();
    for (body, field) in [
        (json!({"add_tags": ["x"]}), "session_ids"),
        (json!({"session_ids": []}), "session_ids"),
        (json!({"session_ids": ["s"], "add_tags": null}), "add_tags"),
        (
            json!({"session_ids": ["s"], "remove_tags": [1]}),
            "remove_tags -> 0",
        ),
    ] {
        let problem = server.post(PATH).json(&body).expect(422);
        assert_eq!(problem["errors"][0]["field"], field, "{body}");
    }
}
