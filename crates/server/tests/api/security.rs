//! Keys, projects, hosts and origins.

use pandaprobe_testkit::server::TestServer;
use serde_json::json;

use crate::given::{column, sent, trace};

#[test]
fn on_loopback_no_key_or_any_will_do() {
    let server = TestServer::start();
    server.get("/traces").expect(200);
    server
        .get("/traces")
        .header("X-API-Key", "nonsense")
        .expect(200);
    server
        .get("/traces")
        .header("Authorization", "Bearer nonsense")
        .expect(200);
}

#[test]
fn keys_travel_in_many_ways() {
    let server = TestServer::builder().require_key("k").start();
    for (name, value) in [
        ("X-API-Key", "k"),
        ("Authorization", "Bearer k"),
        ("Authorization", "k"),
        ("Authorization", "Basic azo="),
        ("Authorization", "Basic dXNlcjpr"),
        ("Cookie", "pandaprobe_key=k"),
    ] {
        server
            .get("/traces")
            .project("p")
            .header(name, value)
            .expect(200);
    }
    let problem = server.get("/traces").project("p").expect(401);
    assert_eq!(problem["code"], "unauthorized");
    // The header decides when both are there.
    let wrong = server
        .get("/traces")
        .project("p")
        .header("X-API-Key", "wrong");
    wrong.header("Authorization", "Bearer k").expect(401);
}

#[test]
fn a_project_must_be_named_where_keys_are_required() {
    let server = TestServer::builder().require_key("k").start();
    let problem = server.get("/traces").header("X-API-Key", "k").expect(422);
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .starts_with("Project scope required")
    );
}

#[test]
fn project_names_follow_the_rule() {
    let server = TestServer::start();
    let long = "x".repeat(256);
    for name in ["-x", "a/b", "", long.as_str()] {
        let problem = server.get("/traces").project(name).expect(422);
        assert!(
            problem["detail"]
                .as_str()
                .unwrap()
                .contains("X-Project-Name"),
            "{problem}"
        );
    }
    server.get("/traces").project(" it's-ok_1.2 ").expect(200);
}

#[test]
fn projects_are_apart_and_made_by_writing_only() {
    let server = TestServer::start();
    sent(
        &server,
        "one",
        &[trace(1, 0, 1, json!({"session_id": "s"}))],
    );
    assert_eq!(server.get("/traces").project("one").expect(200)["total"], 1);
    assert_eq!(server.get("/traces").project("two").expect(200)["total"], 0);
    server.get("/sessions/s").project("two").expect(404);
    let id = crate::given::id(1);
    server
        .get(&format!("/traces/{id}"))
        .project("two")
        .expect(404);
    let organisation = server.get("/organizations").expect(200)[0]["id"].clone();
    let path = format!("/organizations/{}/projects", organisation.as_str().unwrap());
    let projects = server.get(&path).expect(200);
    let names = column(&json!({"items": projects}), "name");
    assert_eq!(names, ["one", "default"]);

    // The same project by its id.
    let project = projects[0]["id"].as_str().unwrap();
    let by_id = |value: &str| server.get("/traces").header("X-Project-ID", value);
    assert_eq!(by_id(project).expect(200)["total"], 1);
    by_id("nonsense").expect(422);
    by_id(&id).expect(422);
}

#[test]
fn foreign_hosts_and_origins_are_refused() {
    let server = TestServer::builder()
        .allowed_host("probe.example.com")
        .start();
    let own = server.address().to_string();
    for host in ["evil.example", "127.0.0.1.evil.example"] {
        let problem = server.get("/health").header("Host", host).expect(403);
        assert_eq!(problem["code"], "forbidden");
        assert!(
            problem["detail"]
                .as_str()
                .unwrap()
                .contains("--allowed-host"),
            "{problem}"
        );
    }
    for host in [own.as_str(), "localhost:1", "probe.example.com"] {
        server.get("/health").header("Host", host).expect(200);
    }
    let post = |origin: &str| {
        let call = server.post("/traces").header("Origin", origin);
        call.json(&trace(1, 0, 1, json!({}))).send().status
    };
    for origin in ["https://evil.example", "null", "http://localhost:3000"] {
        assert_eq!(post(origin), 403, "{origin}");
    }
    assert_eq!(server.get("/traces").expect(200)["total"], 0);
    assert_eq!(post(&format!("http://{own}")), 202);
    assert_eq!(post("https://probe.example.com"), 202);
}

#[test]
fn other_sites_get_no_permission() {
    let server = TestServer::start();
    let answer = server.get("/traces").send();
    assert_eq!(answer.header("access-control-allow-origin"), "");
    let preflight = server
        .call("OPTIONS", "/traces")
        .header("Origin", &server.url())
        .header("Access-Control-Request-Method", "POST")
        .send();
    assert_eq!(preflight.header("access-control-allow-origin"), "");
}
