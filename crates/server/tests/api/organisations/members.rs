use serde_json::json;

use super::{KEY, Organisation, guarded, text};
use crate::given::{id, names};

#[test]
fn the_owner_is_the_only_one() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let answer = organisation.get("/members").send();
    let members = answer.json();
    assert_eq!(members.as_array().unwrap().len(), 1);
    let raw = answer.text();
    assert_eq!(
        names(raw.trim_matches(['[', ']'])),
        [
            "id",
            "user_id",
            "org_id",
            "role",
            "display_name",
            "email",
            "created_at"
        ]
    );
    let me = server.get("/me").header("X-API-Key", KEY).expect(200);
    assert_eq!(members[0]["user_id"], me["id"]);
    assert_eq!(members[0]["org_id"], organisation.id.as_str());
    assert_eq!(members[0]["role"], "OWNER");
}

#[test]
fn the_owner_stays_as_it_is() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let members = organisation.get("/members").expect(200);
    let owner = format!("/members/{}", text(&members[0]["user_id"]));
    organisation
        .patch(&owner, &json!({"role": "MEMBER"}))
        .expect(403);
    organisation.delete(&owner).expect(403);
    let nobody = format!("/members/{}", id(1));
    organisation
        .patch(&nobody, &json!({"role": "ADMIN"}))
        .expect(404);
    organisation.delete(&nobody).expect(404);
    let problem = organisation.delete("/members/x").expect(422);
    assert_eq!(problem["errors"][0]["field"], "path -> user_id");
    assert_eq!(organisation.get("/members").expect(200), members);
}
