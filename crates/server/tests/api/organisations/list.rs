use pandaprobe_testkit::server::TestServer;

use crate::given::names;

#[test]
fn there_is_one_organisation() {
    let server = TestServer::start();
    let answer = server.get("/organizations").send();
    let list = answer.json();
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0]["role"], "OWNER");
    let text = answer.text();
    let organisation = text.trim_matches(['[', ']']);
    assert_eq!(names(organisation), ["id", "name", "created_at", "role"]);
    // It stays the same.
    assert_eq!(server.get("/organizations").expect(200), list);
}
