use pandaprobe_testkit::server::TestServer;
use serde_json::json;

#[test]
fn a_browser_logs_in_and_out() {
    let server = TestServer::builder().require_key("sk_pp_good").start();
    let login = |key: &str| server.post("/login").json(&json!({"api_key": key})).send();
    assert_eq!(login("sk_pp_wrong").status, 401);
    let answer = login("sk_pp_good");
    assert_eq!(answer.status, 204);
    let cookie = answer.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let pair = cookie.split(';').next().unwrap();
    let traces = |pair: &str| {
        server
            .get("/traces")
            .project("p")
            .header("Cookie", pair)
            .send()
            .status
    };
    assert_eq!(traces(pair), 200);
    assert_eq!(traces("pandaprobe_key=x"), 401);
    let answer = server.post("/logout").send();
    assert!(answer.header("set-cookie").contains("Max-Age=0"));
}

#[test]
fn without_keys_there_is_nothing_to_log_in_to() {
    let server = TestServer::start();
    let answer = server.post("/login").json(&json!({"api_key": "x"})).send();
    assert_eq!((answer.status, answer.header("set-cookie")), (204, ""));
}

#[test]
fn bad_bodies() {
    let server = TestServer::builder().require_key("k").start();
    for body in ["", "{", "{}", "[]", r#"{"api_key":5}"#] {
        let answer = server.post("/login").body(body).expect(422);
        assert_eq!(answer["code"], "validation_error", "{body}");
    }
}
