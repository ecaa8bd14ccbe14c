//! Bodies of the management plane: names, keys, logins.

use pandaprobe_engine::cli_login::CliLogin;
use pandaprobe_engine::keys::{KeyRequest, in_90_days};
use pandaprobe_model::Timestamp;
use pandaprobe_model::project::Access;
use uuid::Uuid;

use super::super::manage::{NewProject, ProjectPatch};
use super::super::{cli, manage};
use super::*;

const NOW: Timestamp = Timestamp(1_000);

fn wrong<T: std::fmt::Debug>(read: Result<T, Rejected>) -> Vec<String> {
    shown(read.unwrap_err())
}

#[test]
fn names_are_trimmed_and_follow_the_rule() {
    let read = manage::project(&body(r#"{"name":" it's ok ","unknown":1}"#)).unwrap();
    let want = NewProject {
        name: "it's ok".to_owned(),
        description: String::new(),
    };
    assert_eq!(read, want);
    for name in [
        r#""""#,
        r#"" ""#,
        r#""a/b""#,
        r#""-a""#,
        &format!("{:?}", "x".repeat(256)),
    ] {
        let text = body(&format!(r#"{{"name":{name}}}"#));
        for errors in [
            wrong(manage::project(&text)),
            wrong(manage::organisation(&text)),
        ] {
            assert!(errors[0].starts_with("name: A name must be"), "{errors:?}");
        }
    }
    assert_eq!(
        wrong(manage::project(&body("{}"))),
        ["name: Field required"]
    );
    assert_eq!(
        wrong(manage::project(&body(r#"{"name":5,"description":null}"#))),
        [
            "name: Input should be a valid string",
            "description: Input should be a valid string",
        ]
    );
    let long = format!(r#"{{"name":"p","description":"{}"}}"#, "x".repeat(2_001));
    assert_eq!(
        wrong(manage::project(&body(&long))),
        ["description: String should have at most 2000 characters"]
    );
}

#[test]
fn null_changes_nothing() {
    let nothing = ProjectPatch {
        name: None,
        description: None,
    };
    for text in ["{}", r#"{"name":null,"description":null}"#] {
        assert_eq!(manage::project_patch(&body(text)).unwrap(), nothing);
        assert_eq!(manage::organisation(&body(text)).unwrap(), None);
    }
    assert_eq!(
        manage::project_patch(&body(r#"{"description":""}"#)).unwrap(),
        ProjectPatch {
            description: Some(String::new()),
            ..nothing
        }
    );
}

#[test]
fn keys() {
    let plain = KeyRequest {
        name: "ci".to_owned(),
        expires_at: None,
        project: None,
        access: Access::Full,
    };
    for text in [
        r#"{"name":"ci"}"#,
        r#"{"name":"ci","expiration":"never","project_id":null,"access":"full"}"#,
    ] {
        assert_eq!(manage::key(&body(text), NOW).unwrap(), plain);
    }
    let narrow = r#"{"name":"ci","expiration":"90d","access":"read",
        "project_id":"00000000000000000000000000000007"}"#;
    assert_eq!(
        manage::key(&body(narrow), NOW).unwrap(),
        KeyRequest {
            expires_at: Some(in_90_days(NOW)),
            project: Some(Uuid::from_u128(7)),
            access: Access::Read,
            ..plain
        }
    );
    let bad = r#"{"name":"","expiration":"30d","project_id":"x","access":"write"}"#;
    assert_eq!(
        wrong(manage::key(&body(bad), NOW)),
        [
            "name: String should have at least 1 character",
            "expiration: Input should be 'never' or '90d'",
            "project_id: Input should be a valid UUID",
            "access: Input should be 'full' or 'read'",
        ]
    );
    // What narrows a key must never be passed over.
    for member in [
        r#""access":null"#,
        r#""project_id":"""#,
        r#""project_id":7"#,
    ] {
        let text = body(&format!(r#"{{"name":"ci",{member}}}"#));
        assert_eq!(wrong(manage::key(&text, NOW)).len(), 1, "{member}");
    }
}

/// The challenge of RFC 7636, appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[test]
fn logins() {
    let org = "00000000-0000-0000-0000-000000000001";
    let project = "00000000-0000-0000-0000-000000000002";
    let given = format!(
        r#""org_id":"{org}","project_id":"{project}","code_challenge":"{CHALLENGE}","label":"l""#
    );
    let (org_id, login) = cli::code(&body(&format!("{{{given}}}"))).unwrap();
    assert_eq!(org_id, Uuid::from_u128(1));
    let CliLogin {
        project,
        challenge,
        label,
    } = login;
    assert_eq!((project, label.as_str()), (Uuid::from_u128(2), "l"));
    assert_eq!(challenge[..3], [0x13, 0xd3, 0x1e]);
    for (member, error) in [
        (
            r#""code_challenge_method":"plain""#,
            "code_challenge_method: Input should be 'S256'",
        ),
        (r#""expires_days":30"#, "expires_days: Input should be 90"),
        (r#""expires_days":null"#, "expires_days: Input should be 90"),
        (
            r#""code_challenge":"short""#,
            "code_challenge: Input should be a SHA-256 hash in base64url without padding",
        ),
    ] {
        let text = body(&format!("{{{given},{member}}}"));
        assert_eq!(wrong(cli::code(&text)), [error], "{member}");
    }
    let good = format!(r#"{{{given},"code_challenge_method":"S256","expires_days":90}}"#);
    assert!(cli::code(&body(&good)).is_ok());
    let missing = wrong(cli::code(&body("{}")));
    assert_eq!(missing.len(), 4, "{missing:?}");
}

#[test]
fn exchanges() {
    let read = cli::exchange(&body(r#"{"code":"c","code_verifier":"v"}"#)).unwrap();
    assert_eq!(read, ("c".to_owned(), "v".to_owned()));
    assert_eq!(
        wrong(cli::exchange(&body(r#"{"code":""}"#))),
        [
            "code: String should have at least 1 character",
            "code_verifier: Field required",
        ]
    );
}
