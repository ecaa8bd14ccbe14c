use pandaprobe_testkit::server::TestServer;
use serde_json::json;

use crate::given::{id, sent, span, trace};
use crate::organisations::{Organisation, guarded, traces_with};

#[test]
fn its_data_is_gone_and_its_name_is_free() {
    let server = TestServer::start();
    let organisation = Organisation::of(&server);
    let project = organisation.project("p");
    let path = format!("/projects/{project}");
    let full = json!({"session_id": "s", "user_id": "u", "spans": [span(1, 0, 1, json!({}))]});
    sent(&server, "p", &[trace(1, 0, 1, full)]);
    sent(
        &server,
        "other",
        &[trace(1, 0, 1, json!({"session_id": "s"}))],
    );
    assert_eq!(organisation.delete(&path).send().status, 204);

    organisation.get(&path).expect(404);
    organisation.delete(&path).expect(404);
    let by_id = server.get("/traces").header("X-Project-ID", &project);
    by_id.expect(422);
    let there = |path: &str, project: &str| server.get(path).project(project).send().status;
    let one = format!("/traces/{}", id(1));
    for path in [one.as_str(), "/sessions/s"] {
        assert_eq!(there(path, "p"), 404, "{path}");
        assert_eq!(there(path, "other"), 200, "{path}");
    }

    // Made anew it is another one, and empty.
    assert_ne!(organisation.project("p"), project);
    for list in ["/traces", "/sessions", "/traces/users"] {
        assert_eq!(
            server.get(list).project("p").expect(200)["total"],
            0,
            "{list}"
        );
    }
    sent(&server, "p", &[trace(1, 5, 6, json!({}))]);
    let read = server.get(&one).project("p").expect(200);
    assert_eq!(read["spans"], json!([]));
    assert_eq!(read["session_id"], json!(null));
}

#[test]
fn a_name_comes_back_by_writing_too() {
    let server = TestServer::start();
    let organisation = Organisation::of(&server);
    let project = organisation.project("p");
    sent(&server, "p", &[trace(1, 0, 1, json!({}))]);
    organisation
        .delete(&format!("/projects/{project}"))
        .expect(204);
    sent(&server, "p", &[trace(2, 0, 1, json!({}))]);
    assert_eq!(server.get("/traces").project("p").expect(200)["total"], 1);
}

#[test]
fn its_keys_open_nothing_any_more() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let project = organisation.project("p");
    let key = organisation.key(&json!({"name": "k", "project_id": project}));
    let all = organisation.key(&json!({"name": "all"}));
    assert_eq!(traces_with(&server, &key["raw_key"], "p"), 200);
    organisation
        .delete(&format!("/projects/{project}"))
        .expect(204);
    organisation.project("p");
    for named in ["p", "default", "new"] {
        assert_eq!(traces_with(&server, &key["raw_key"], named), 401, "{named}");
        assert_eq!(traces_with(&server, &all["raw_key"], named), 200, "{named}");
    }
    let path = format!("/api-keys/{}", key["id"].as_str().unwrap());
    assert_eq!(organisation.get(&path).expect(200)["is_active"], false);
}
