use pandaprobe_testkit::server::TestServer;
use serde_json::json;

use crate::given::{column, id, sent, trace};

#[test]
fn projects_newest_first() {
    let server = TestServer::start();
    let organisation = server.get("/organizations").expect(200)[0]["id"].clone();
    let organisation = organisation.as_str().unwrap();
    let path = format!("/organizations/{organisation}/projects");
    let projects = server.get(&path).expect(200);
    assert_eq!(column(&json!({"items": projects}), "name"), ["default"]);
    for name in ["first", "second"] {
        sent(&server, name, &[trace(1, 0, 1, json!({}))]);
    }
    let projects = server.get(&path).expect(200);
    assert_eq!(
        column(&json!({"items": projects}), "name"),
        ["second", "first", "default"]
    );
    assert_eq!(projects[0]["org_id"], organisation);
    assert_eq!(projects[0]["description"], "");
}

#[test]
fn other_organisations_are_not_ours() {
    let server = TestServer::start();
    server
        .get(&format!("/organizations/{}/projects", id(1)))
        .expect(403);
    let problem = server.get("/organizations/x/projects").expect(422);
    assert_eq!(problem["errors"][0]["field"], "path -> org_id");
}
