use pandaprobe_testkit::server::TestServer;
use serde_json::json;

use crate::given::{column, sent, trace};
use crate::organisations::Organisation;

#[test]
fn projects_newest_first() {
    let server = TestServer::start();
    let organisation = Organisation::of(&server);
    let projects = || organisation.get("/projects").expect(200);
    let shown = || column(&json!({"items": projects()}), "name");
    assert_eq!(shown(), ["default"]);
    sent(&server, "first", &[trace(1, 0, 1, json!({}))]);
    organisation.project("second");
    assert_eq!(shown(), ["second", "first", "default"]);
    assert_eq!(projects()[0]["org_id"], organisation.id.as_str());
    assert_eq!(projects()[1]["description"], "");
}
