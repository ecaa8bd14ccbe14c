//! How often, and how slowly, somebody may ask.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::num::NonZeroU32;
use std::time::Duration;

use pandaprobe_engine::keys::KeyRequest;
use pandaprobe_model::project::Access;
use pandaprobe_testkit::server::{Builder, TestServer};
use serde_json::json;

use crate::given::trace;

fn twice_a_minute() -> Builder {
    TestServer::builder().rate_limit(NonZeroU32::new(2).unwrap())
}

#[test]
fn nothing_is_limited_unless_the_settings_say_so() {
    let server = TestServer::start();
    for _ in 0..300 {
        server.get("/traces").expect(200);
    }
}

#[test]
fn too_many_requests_are_told_when_to_come_back() {
    let server = twice_a_minute().start();
    for number in 0..2 {
        let trace = trace(number, 0, 1, json!({}));
        server.post("/traces").json(&trace).expect(202);
    }
    let refused = server.post("/traces").json(&trace(9, 0, 1, json!({})));
    let refused = refused.header("X-Request-ID", "mine").send();
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("content-type"), "application/problem+json");
    assert_eq!(refused.header("x-request-id"), "mine");
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=30).contains(&seconds), "{seconds}");
    let problem = refused.json();
    let text = "Rate limit exceeded: 2 per 1 minute";
    assert_eq!(problem["code"], "too_many_requests");
    assert_eq!(
        (&problem["detail"], &problem["error"]),
        (&json!(text), &json!(text))
    );
    // The method does not matter, other paths do, and nothing was stored.
    server.get("/traces").expect(429);
    assert_eq!(server.get("/traces?limit=1").send().status, 429);
    assert_eq!(server.get("/traces/users").expect(200)["total"], 0);
    assert_eq!(server.get("/sessions").expect(200)["total"], 0);
}

#[test]
fn health_may_always_be_asked() {
    let server = twice_a_minute().start();
    for _ in 0..10 {
        server.get("/health").expect(200);
    }
}

#[test]
fn each_key_has_its_own_count() {
    let server = twice_a_minute().require_key("k").start();
    let other = server.make_key(KeyRequest {
        name: "other".to_owned(),
        expires_at: None,
        project: None,
        access: Access::Full,
    });
    let ask = |name: &str, value: &str| {
        let call = server.get("/traces").project("p").header(name, value);
        call.send().status
    };
    assert_eq!(ask("X-API-Key", "k"), 200);
    // However it travels it is the same key.
    assert_eq!(ask("Authorization", "Bearer k"), 200);
    assert_eq!(ask("Authorization", "Basic dXNlcjpr"), 429);
    assert_eq!(ask("X-API-Key", "k"), 429);
    assert_eq!(ask("X-API-Key", other.raw.reveal()), 200);
}

#[test]
fn made_up_keys_share_one_count() {
    let server = twice_a_minute().require_key("k").start();
    let ask = |key: &str| {
        let call = server.get("/traces").project("p").header("X-API-Key", key);
        call.send().status
    };
    let statuses = ["a", "b", "c", "d"].map(ask);
    assert_eq!(statuses, [401, 401, 429, 429]);
    assert_eq!(server.get("/traces").send().status, 429);
    assert_eq!(ask("k"), 200);
}

/// Begins a request, sends less of its body than announced, and waits.
fn stalled(server: &TestServer, path: &str, headers: &str, sent: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n",
        server.address()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(sent.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_body_that_stops_coming_is_not_waited_for() {
    let server = TestServer::builder()
        .upload_timeout(Duration::from_millis(50))
        .start();
    for (headers, sent) in [
        ("Content-Length: 100\r\n", ""),
        ("Content-Length: 100\r\n", "{\"name\":"),
        ("Transfer-Encoding: chunked\r\n", "4\r\n    \r\n"),
    ] {
        for path in ["/traces", "/traces/batch", "/login"] {
            // The connection ends, else there was no end to the answer.
            let answer = stalled(&server, path, headers, sent);
            assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
            for part in ["x-request-id: ", "request_timeout", "0.05 seconds"] {
                assert!(answer.contains(part), "{answer}");
            }
        }
    }
    assert_eq!(server.engine().in_flight_bytes(), 0);
    server
        .post("/traces")
        .json(&trace(1, 0, 1, json!({})))
        .expect(202);
}

#[test]
fn a_slow_body_is_waited_for_while_it_comes() {
    let server = TestServer::builder()
        .upload_timeout(Duration::from_secs(3))
        .start();
    let body = trace(1, 0, 1, json!({})).to_string();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let head = format!(
        "POST /traces HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        server.address(),
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // Longer in all than anything may rest.
    for part in body.as_bytes().chunks(body.len().div_ceil(7)) {
        std::thread::sleep(Duration::from_millis(500));
        stream.write_all(part).unwrap();
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
}

#[test]
fn who_is_refused_hears_why_after_sending_much() {
    let server = TestServer::builder().require_key("k").start();
    let much = vec![b' '; 20 << 20];
    for _ in 0..3 {
        let call = server.post("/traces").project("p");
        let refused = call.body(much.clone()).send();
        assert_eq!(refused.status, 401);
        // It was read, so the connection serves on.
        assert_eq!(refused.header("connection"), "");
    }
    let foreign = server.post("/traces").header("Host", "evil.example");
    assert_eq!(foreign.body(much.clone()).send().status, 403);
    assert_eq!(
        server.post("/nowhere").body(much.clone()).send().status,
        404
    );
    let wrong = server.call("PUT", "/traces").body(much);
    assert_eq!(wrong.send().status, 405);
}

#[test]
fn who_asks_before_sending_is_told_at_once() {
    let server = TestServer::builder().require_key("k").start();
    let headers = "Expect: 100-continue\r\nContent-Length: 100\r\nX-Project-Name: p\r\n";
    let answer = stalled(&server, "/traces", headers, "");
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
}
