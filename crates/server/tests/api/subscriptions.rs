use pandaprobe_testkit::server::TestServer;

#[test]
fn there_is_one_plan() {
    let server = TestServer::start();
    let plans = server.get("/subscriptions/plans").expect(200);
    assert_eq!(plans.as_array().unwrap().len(), 1);
    assert_eq!(plans[0]["plan"], "DEVELOPMENT");
    assert_eq!(plans[0]["limits"]["monitoring_allowed"], true);
}
