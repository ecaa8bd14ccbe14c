use serde_json::json;

use crate::given::id;
use crate::organisations::{Organisation, guarded, text, traces_with};

#[test]
fn a_revoked_key_is_refused_at_once_and_stays_in_the_list() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let key = organisation.key(&json!({"name": "k"}));
    let path = format!("/api-keys/{}", text(&key["id"]));
    assert_eq!(traces_with(&server, &key["raw_key"], "p"), 200);
    assert_eq!(organisation.delete(&path).send().status, 204);
    let call = server.get("/traces").project("p");
    let problem = call.header("X-API-Key", key["raw_key"].as_str().unwrap());
    assert_eq!(problem.expect(401)["detail"], "Invalid API key");
    assert_eq!(organisation.get(&path).expect(200)["is_active"], false);
    // Once more changes nothing.
    organisation.delete(&path).expect(204);
    organisation.get(&path).expect(200);
}

#[test]
fn a_key_deleted_for_good_is_forgotten() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    for revoked in [false, true] {
        let key = organisation.key(&json!({"name": "k"}));
        let path = format!("/api-keys/{}", text(&key["id"]));
        assert_eq!(traces_with(&server, &key["raw_key"], "p"), 200);
        if revoked {
            organisation
                .delete(&format!("{path}?permanent=false"))
                .expect(204);
        }
        organisation
            .delete(&format!("{path}?permanent=true"))
            .expect(204);
        assert_eq!(traces_with(&server, &key["raw_key"], "p"), 401);
        organisation.get(&path).expect(404);
        organisation.delete(&path).expect(404);
    }
    let keys = organisation.get("/api-keys").expect(200);
    assert_eq!(keys.as_array().unwrap().len(), 1);
}

#[test]
fn what_cannot_be_deleted() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    organisation
        .delete(&format!("/api-keys/{}", id(1)))
        .expect(404);
    let key = organisation.key(&json!({"name": "k"}));
    let path = format!("/api-keys/{}", text(&key["id"]));
    let problem = organisation.delete(&format!("{path}?permanent=perhaps"));
    assert_eq!(
        problem.expect(422)["errors"][0]["field"],
        "query -> permanent"
    );
    assert_eq!(organisation.get(&path).expect(200)["is_active"], true);
}
