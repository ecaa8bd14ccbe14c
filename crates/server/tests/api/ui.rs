use pandaprobe_testkit::server::TestServer;

#[test]
fn the_app_lives_under_ui() {
    let server = TestServer::start();
    let answer = server.get("/ui").send();
    assert_eq!((answer.status, answer.header("location")), (308, "/ui/"));
    // Whether the app is part of this build or not, a page answers.
    let start = server.get("/ui/").send();
    let place = server.get("/ui/p/default/sessions").send();
    assert_eq!((start.status, start.body), (place.status, place.body));
    assert!(
        start.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    assert_eq!(server.get("/ui/assets/gone.js").send().status, 404);
}

#[test]
fn nothing_outside_of_the_app_is_served() {
    let server = TestServer::start();
    let start = server.get("/ui/").send().body;
    for path in [
        "/ui/../Cargo.toml",
        "/ui/%2e%2e/%2e%2e/Cargo.toml",
        "/ui/..%2f..%2fCargo.toml",
        "/ui//etc/passwd",
    ] {
        let answer = server.get(path).send();
        assert!(answer.status == 404 || answer.body == start, "{path}");
    }
}
