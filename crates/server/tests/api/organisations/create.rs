use pandaprobe_testkit::server::TestServer;
use serde_json::json;

#[test]
fn there_is_no_second_one() {
    let server = TestServer::start();
    let call = server.post("/organizations").json(&json!({"name": "x"}));
    let problem = call.expect(403);
    assert!(problem["detail"].as_str().unwrap().contains("exactly one"));
    let list = server.get("/organizations").expect(200);
    assert_eq!(list.as_array().unwrap().len(), 1);
}
