use pandaprobe_testkit::server::TestServer;
use serde_json::json;

#[test]
fn programs_get_a_greeting() {
    let server = TestServer::start();
    assert_eq!(
        server.get("/").expect(200),
        json!({
            "name": "PandaProbe", "version": env!("CARGO_PKG_VERSION"), "status": "healthy",
            "docs": "/docs", "scalar": "/scalar",
        })
    );
}

#[test]
fn browsers_are_sent_to_the_app() {
    let server = TestServer::start();
    let accept = "text/html,application/xhtml+xml,*/*;q=0.8";
    let answer = server.get("/").header("Accept", accept).send();
    assert_eq!((answer.status, answer.header("location")), (303, "/ui/"));
}

#[test]
fn the_greeting_points_to_something() {
    let server = TestServer::start();
    for path in ["/docs", "/scalar", "/redoc"] {
        let answer = server.get(path).send();
        assert_eq!(
            (answer.status, answer.header("location")),
            (307, "/openapi.json")
        );
    }
}
