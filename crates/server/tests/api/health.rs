use pandaprobe_testkit::server::TestServer;

#[test]
fn the_server_says_that_it_is_well() {
    let server = TestServer::builder().require_key("k").start();
    let health = server.get("/health").expect(200);
    assert_eq!(health["status"], "healthy");
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(health["environment"], "production");
    let time = health["timestamp"].as_str().unwrap();
    assert!(time.ends_with("+00:00"), "{time}");
}
