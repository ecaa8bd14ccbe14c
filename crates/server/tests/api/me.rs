use pandaprobe_testkit::server::TestServer;
use serde_json::{Value, json};

use crate::given::{id, names};

#[test]
fn there_is_one_user() {
    let server = TestServer::start();
    let answer = server.get("/me").send();
    assert_eq!(
        names(&answer.text()),
        [
            "id",
            "email",
            "display_name",
            "created_at",
            "last_sign_in_at"
        ]
    );
    let me = answer.json();
    assert_eq!(me["email"], "dev@localhost");
    assert_eq!(me["last_sign_in_at"], Value::Null);
    assert_eq!(server.get("/me").expect(200), me, "it stays the same");
}

#[test]
fn it_is_the_same_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let me = || {
        let server = TestServer::builder().data(dir.path()).start();
        let me = server.get("/me").expect(200);
        server.stop();
        me
    };
    assert_eq!(me(), me());
}

#[test]
fn nobody_has_invited_it() {
    let server = TestServer::start();
    assert_eq!(server.get("/me/invitations").expect(200), json!([]));
    for verb in ["accept", "decline"] {
        let path = |id: &str| format!("/me/invitations/{id}/{verb}");
        let problem = server.post(&path(&id(1))).expect(404);
        assert_eq!(problem["code"], "not_found");
        let problem = server.post(&path("x")).expect(422);
        assert_eq!(problem["errors"][0]["field"], "path -> invitation_id");
    }
}
