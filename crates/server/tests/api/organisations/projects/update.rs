use pandaprobe_testkit::server::TestServer;
use serde_json::json;

use crate::given::{id, sent, trace};
use crate::organisations::{Organisation, guarded, text, traces_with};

#[test]
fn data_stays_with_the_project_and_the_old_name_is_free() {
    let server = TestServer::start();
    let organisation = Organisation::of(&server);
    let path = format!("/projects/{}", organisation.project("old"));
    sent(&server, "old", &[trace(1, 0, 1, json!({}))]);
    let renamed = organisation
        .patch(&path, &json!({"name": "new"}))
        .expect(200);
    assert_eq!(renamed["name"], "new");
    let total = |project: &str| server.get("/traces").project(project).expect(200)["total"].clone();
    assert_eq!((total("new"), total("old")), (json!(1), json!(0)));
    sent(
        &server,
        "old",
        &[trace(2, 0, 1, json!({})), trace(3, 0, 1, json!({}))],
    );
    assert_eq!((total("new"), total("old")), (json!(1), json!(2)));
}

#[test]
fn only_what_is_there_changes() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let path = format!("/projects/{}", organisation.project("p"));
    let described = organisation.patch(&path, &json!({"description": "d"}));
    let described = described.expect(200);
    assert_eq!(
        (&described["name"], &described["description"]),
        (&json!("p"), &json!("d"))
    );
    for nothing in [
        json!({}),
        json!({"name": null, "description": null}),
        json!({"name": "p"}),
    ] {
        assert_eq!(organisation.patch(&path, &nothing).expect(200), described);
    }
    assert_eq!(organisation.get(&path).expect(200), described);
}

#[test]
fn what_cannot_be() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let path = format!("/projects/{}", organisation.project("p"));
    let taken = json!({"name": "default", "description": "d"});
    organisation.patch(&path, &taken).expect(409);
    let bad = organisation.patch(&path, &json!({"name": ""})).expect(422);
    assert_eq!(bad["errors"][0]["field"], "name");
    let project = organisation.get(&path).expect(200);
    assert_eq!(project["name"], "p");
    assert_eq!(project["description"], "", "nothing is done by halves");
    let missing = format!("/projects/{}", id(1));
    organisation
        .patch(&missing, &json!({"name": "x"}))
        .expect(404);
}

#[test]
fn a_key_follows_its_project() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let project = organisation.project("old");
    let key = organisation.key(&json!({"name": "k", "project_id": project}));
    assert_eq!(traces_with(&server, &key["raw_key"], "old"), 200);
    let renamed = json!({"name": "new"});
    organisation
        .patch(&format!("/projects/{project}"), &renamed)
        .expect(200);
    assert_eq!(traces_with(&server, &key["raw_key"], "new"), 200);
    assert_eq!(traces_with(&server, &key["raw_key"], "old"), 403);
    assert_eq!(text(&key["project_id"]), project);
}
