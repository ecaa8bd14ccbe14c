use pandaprobe_testkit::server::TestServer;
use serde_json::{Value, json};

use crate::given::{id, names, sent, trace};

const PATH: &str = "/evaluations/trace-scores";

fn server() -> TestServer {
    let server = TestServer::start();
    sent(&server, "default", &[trace(1, 0, 1, json!({}))]);
    server
}

fn score(members: Value) -> Value {
    let mut score = json!({"trace_id": id(1), "name": "relevance", "value": "0.9"});
    for (name, value) in members.as_object().unwrap() {
        score[name] = value.clone();
    }
    score
}

#[test]
fn a_score_comes_back_as_it_is_stored() {
    let server = server();
    let full = score(json!({
        "data_type": "CATEGORICAL", "source": "PROGRAMMATIC", "value": "good",
        "reason": "thumbs\u{0} up", "metadata": {"rater": "ann"}, "unknown": 1,
    }));
    let answer = server.post(PATH).json(&full).send();
    assert_eq!(answer.status, 201);
    assert_eq!(
        names(&answer.text()),
        [
            "id",
            "trace_id",
            "name",
            "value",
            "status",
            "source",
            "created_at",
            "project_id",
            "data_type",
            "eval_run_id",
            "author_user_id",
            "reason",
            "environment",
            "config_id",
            "metadata",
            "updated_at",
        ]
    );
    let stored = answer.json();
    let want = json!({
        "trace_id": id(1), "name": "relevance", "value": "good", "status": "SUCCESS",
        "source": "PROGRAMMATIC", "data_type": "CATEGORICAL", "reason": "thumbs\u{0} up",
        "metadata": {"rater": "ann"}, "eval_run_id": null, "author_user_id": null,
        "environment": null, "config_id": null,
    });
    for (name, value) in want.as_object().unwrap() {
        assert_eq!(&stored[name], value, "{name}");
    }
    assert_eq!(stored["created_at"], stored["updated_at"]);
    let trace = server.get(&format!("/traces/{}", id(1))).expect(200);
    assert_eq!(stored["project_id"], trace["project_id"]);
    let page = server.get(PATH).expect(200);
    assert_eq!(page["items"], json!([stored]));
}

#[test]
fn what_is_left_out_has_the_contracts_values() {
    let server = server();
    let stored = server.post(PATH).json(&score(json!({}))).expect(201);
    let want = json!({
        "data_type": "NUMERIC", "source": "ANNOTATION", "reason": null, "metadata": {},
    });
    for (name, value) in want.as_object().unwrap() {
        assert_eq!(&stored[name], value, "{name}");
    }
}

#[test]
fn every_post_adds_a_score() {
    let server = server();
    let one = server.post(PATH).json(&score(json!({}))).expect(201);
    let two = server.post(PATH).json(&score(json!({}))).expect(201);
    assert_ne!(one["id"], two["id"]);
    assert_eq!(server.get(PATH).expect(200)["total"], 2);
}

#[test]
fn values_must_fit_their_type() {
    let server = server();
    for (data_type, value, good) in [
        ("NUMERIC", "0", true),
        ("NUMERIC", "1", true),
        ("NUMERIC", "1e-3", true),
        ("NUMERIC", "1.1", false),
        ("NUMERIC", "-0.1", false),
        ("NUMERIC", "nan", false),
        ("NUMERIC", "good", false),
        ("BOOLEAN", "TRUE", true),
        ("BOOLEAN", "false", true),
        ("BOOLEAN", "1", false),
        ("CATEGORICAL", "", true),
        ("CATEGORICAL", "anything", true),
    ] {
        let body = score(json!({"data_type": data_type, "value": value}));
        let answer = server.post(PATH).json(&body).send();
        assert_eq!(answer.status == 201, good, "{body}");
        if !good {
            assert_eq!(answer.status, 422);
            assert_eq!(answer.json()["errors"][0]["field"], "value");
        }
    }
}

#[test]
fn wrong_bodies_are_told_and_nothing_is_stored() {
    let server = server();
    for (members, field) in [
        (json!({"trace_id": "x"}), "trace_id"),
        (json!({"name": ""}), "name"),
        (json!({"name": "x".repeat(256)}), "name"),
        (json!({"name": "\u{0}"}), "name"),
        (json!({"value": 1}), "value"),
        (json!({"value": null}), "value"),
        (
            json!({"value": "x".repeat(256), "data_type": "CATEGORICAL"}),
            "value",
        ),
        (json!({"data_type": "numeric"}), "data_type"),
        (json!({"source": "ME"}), "source"),
        (json!({"reason": 1}), "reason"),
        (json!({"metadata": null}), "metadata"),
    ] {
        let problem = server.post(PATH).json(&score(members)).expect(422);
        assert_eq!(problem["errors"][0]["field"], field);
        assert_eq!(problem["errors"].as_array().unwrap().len(), 1, "{problem}");
    }
    server.post(PATH).body("[]").expect(422);
    assert_eq!(server.get(PATH).expect(200)["total"], 0);
}

#[test]
fn unknown_traces() {
    let server = server();
    let unknown = score(json!({"trace_id": id(9)}));
    server.post(PATH).json(&unknown).expect(404);
    let foreign = server.post(PATH).project("other");
    foreign.json(&score(json!({}))).expect(404);
    assert_eq!(server.get(PATH).expect(200)["total"], 0);
}
