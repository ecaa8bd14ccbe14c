//! Web pages of other origins.

use std::num::NonZeroU32;

use pandaprobe_testkit::server::{Answer, Call, TestServer};
use serde_json::json;

use crate::given::trace;
use crate::openapi::{operations, specification};

const PAGE: &str = "http://localhost:3000";

fn server() -> TestServer {
    TestServer::builder().cors_origin(PAGE).start()
}

fn preflight<'s>(server: &'s TestServer, path: &str, method: &str) -> Call<'s> {
    let call = server.call("OPTIONS", path);
    call.header("Access-Control-Request-Method", method)
}

/// The values of a list header, in lower case and order.
fn listed(answer: &Answer, name: &str) -> Vec<String> {
    let value = answer.header(name).to_ascii_lowercase();
    let mut items: Vec<_> = value
        .split(',')
        .map(|item| item.trim().to_owned())
        .collect();
    items.sort();
    items
}

#[test]
fn a_page_that_is_let_in_may_do_everything() {
    let server = server();
    for (method, path, _) in operations(&specification()) {
        let answer = preflight(&server, &path, &method)
            .header("Origin", PAGE)
            .header("Access-Control-Request-Headers", "x-api-key,x-project-name")
            .send();
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), PAGE);
        assert_eq!(answer.header("access-control-allow-credentials"), "true");
        assert_eq!(answer.header("x-request-id").len(), 36);
        assert_eq!(
            listed(&answer, "access-control-allow-methods"),
            ["delete", "get", "options", "patch", "post", "put"]
        );
        assert_eq!(
            listed(&answer, "access-control-allow-headers"),
            [
                "accept",
                "authorization",
                "content-type",
                "x-api-key",
                "x-organization-id",
                "x-project-id",
                "x-project-name",
                "x-request-id",
            ]
        );
    }
    let call = server.post("/traces").header("Origin", PAGE);
    let stored = call.json(&trace(1, 0, 1, json!({}))).send();
    assert_eq!(stored.status, 202);
    assert_eq!(stored.header("access-control-allow-origin"), PAGE);
    assert!(listed(&stored, "vary").contains(&"origin".to_owned()));
    let exposed = listed(&stored, "access-control-expose-headers");
    assert_eq!(exposed, ["retry-after", "x-request-id"]);
}

#[test]
fn a_page_that_is_let_in_may_read_errors() {
    let server = TestServer::builder()
        .cors_origin(PAGE)
        .require_key("k")
        .rate_limit(NonZeroU32::MIN)
        .start();
    let ask = |path: &str| server.get(path).header("Origin", PAGE).send();
    for (path, status) in [("/traces", 401), ("/traces", 429), ("/nowhere", 404)] {
        let answer = ask(path);
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), PAGE, "{path}");
    }
    // What browsers ask before asking does not count.
    for _ in 0..5 {
        let call = preflight(&server, "/sessions", "GET").header("Origin", PAGE);
        assert_eq!(call.send().status, 200);
    }
}

#[test]
fn other_pages_stay_out() {
    let server = server();
    for origin in [
        "http://localhost:3001",
        "https://localhost:3000",
        "http://localhost",
        "http://localhost:3000.evil.example",
        "https://evil.example",
        "null",
    ] {
        for answer in [
            preflight(&server, "/traces", "POST")
                .header("Origin", origin)
                .send(),
            server.get("/traces").header("Origin", origin).send(),
        ] {
            assert_eq!(answer.status, 403, "{origin}");
            assert_eq!(answer.header("access-control-allow-origin"), "", "{origin}");
        }
    }
    // Letting a page in lets no foreign host in.
    let rebound = preflight(&server, "/traces", "POST").header("Origin", PAGE);
    assert_eq!(rebound.header("Host", "evil.example").send().status, 403);
}

#[test]
fn without_the_setting_there_is_no_permission_for_anybody() {
    let server = TestServer::start();
    let own = server.url();
    for origin in [PAGE, "https://evil.example"] {
        let answer = preflight(&server, "/traces", "POST").header("Origin", origin);
        assert_eq!(answer.send().status, 403);
    }
    let call = preflight(&server, "/traces", "POST").header("Origin", &own);
    let answer = call.send();
    assert_eq!(answer.header("access-control-allow-origin"), "");
    assert_eq!(answer.header("access-control-allow-credentials"), "");
}
