//! Logging a command line in, with the example of RFC 7636, appendix B.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pandaprobe_engine::cli_login::CliLogin;
use pandaprobe_model::Timestamp;
use pandaprobe_testkit::server::{Call, TestServer};
use serde_json::{Value, json};

use crate::given::{id, names};
use crate::organisations::{KEY, Organisation, guarded, text, traces_with};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A login to the project with `members` put over it.
fn login(organisation: &str, project: &str, members: &Value) -> Value {
    let mut login = json!({
        "org_id": organisation, "project_id": project, "code_challenge": CHALLENGE,
        "code_challenge_method": "S256", "label": "laptop", "expires_days": 90,
    });
    let given = members.as_object().unwrap().clone();
    login.as_object_mut().unwrap().extend(given);
    login
}

fn codes<'s>(server: &'s TestServer, key: &str, login: &Value) -> Call<'s> {
    let call = server.post("/cli/auth/codes").header("X-API-Key", key);
    call.json(login)
}

fn exchange<'s>(server: &'s TestServer, code: &str, verifier: &str) -> Call<'s> {
    // Command lines that have no key yet send an empty one.
    let call = server.post("/cli/auth/exchange").header("X-API-Key", "");
    call.json(&json!({"code": code, "code_verifier": verifier}))
}

#[test]
fn a_command_line_logs_in() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let project = organisation.project("chosen");
    let login = login(&organisation.id, &project, &json!({}));
    let answer = codes(&server, KEY, &login).send();
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(names(&answer.text()), ["code", "expires_in"]);
    assert_eq!(answer.json()["expires_in"], 120);
    let code = text(&answer.json()["code"]);

    // Who does not know the verifier gets nothing, and burns nothing.
    let wrong = exchange(&server, &code, CHALLENGE).expect(401);
    let answer = exchange(&server, &code, VERIFIER).send();
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(
        names(&answer.text()),
        [
            "api_key",
            "project_name",
            "org_id",
            "key_id",
            "key_prefix",
            "expires_at"
        ]
    );
    let made = answer.json();
    assert_eq!(made["project_name"], "chosen");
    assert_eq!(made["org_id"], organisation.id.as_str());
    assert_eq!(traces_with(&server, &made["api_key"], "chosen"), 200);
    let key = organisation.get(&format!("/api-keys/{}", text(&made["key_id"])));
    let key = key.expect(200);
    assert_eq!(key["name"], "laptop");
    assert_eq!(key["expires_at"], made["expires_at"]);
    assert_ne!(key["expires_at"], Value::Null);
    assert_eq!(key["key_prefix"], made["key_prefix"]);

    // It is good once, and all refusals look the same.
    assert_eq!(exchange(&server, &code, VERIFIER).expect(401), wrong);
    assert_eq!(exchange(&server, "unknown", VERIFIER).expect(401), wrong);
}

/// Begins a login behind the API so many seconds ago.
fn begun(server: &TestServer, project: &str, seconds: i64) -> String {
    let challenge = URL_SAFE_NO_PAD.decode(CHALLENGE).unwrap();
    let login = CliLogin {
        project: project.parse().unwrap(),
        challenge: challenge.try_into().unwrap(),
        label: "laptop".to_owned(),
    };
    let then = Timestamp(Timestamp::now().0 - seconds * 1_000_000_000);
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let begun = server.engine().start_cli_login(login, then);
    runtime.unwrap().block_on(begun).unwrap()
}

#[test]
fn codes_run_out() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let project = organisation.project("p");
    let old = begun(&server, &project, 120);
    exchange(&server, &old, VERIFIER).expect(401);
    let young = begun(&server, &project, 0);
    exchange(&server, &young, VERIFIER).expect(200);
}

#[test]
fn a_project_that_was_deleted_meanwhile() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let project = organisation.project("p");
    let code = begun(&server, &project, 0);
    organisation
        .delete(&format!("/projects/{project}"))
        .expect(204);
    exchange(&server, &code, VERIFIER).expect(409);
    let keys = organisation.get("/api-keys").expect(200);
    assert_eq!(keys.as_array().unwrap().len(), 1, "no key was made");
}

#[test]
fn bad_logins_get_no_code() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let project = organisation.project("p");
    let with = |members: Value| codes(&server, KEY, &login(&organisation.id, &project, &members));
    for (members, field) in [
        (json!({"org_id": "x"}), "org_id"),
        (json!({"project_id": null}), "project_id"),
        (json!({"code_challenge": "plain"}), "code_challenge"),
        (
            json!({"code_challenge_method": "plain"}),
            "code_challenge_method",
        ),
        (json!({"label": ""}), "label"),
        (json!({"label": "configured"}), "label"),
        (json!({"expires_days": 30}), "expires_days"),
    ] {
        let problem = with(members.clone()).expect(422);
        assert_eq!(problem["errors"][0]["field"], field, "{members}");
    }
    with(json!({"org_id": id(1)})).expect(403);
    with(json!({"project_id": id(1)})).expect(404);
    for body in ["", "[]", r#"{"code":"c"}"#] {
        server.post("/cli/auth/exchange").body(body).expect(422);
    }
}

#[test]
fn a_narrow_key_cannot_make_a_wider_one() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let project = organisation.project("p");
    let login = login(&organisation.id, &project, &json!({}));
    for wanted in [
        json!({"name": "n", "project_id": project}),
        json!({"name": "r", "access": "read"}),
    ] {
        let key = organisation.key(&wanted);
        codes(&server, &text(&key["raw_key"]), &login).expect(403);
    }
    server.post("/cli/auth/codes").json(&login).expect(401);
}
