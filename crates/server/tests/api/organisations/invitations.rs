use serde_json::json;

use super::{Organisation, guarded};
use crate::given::id;

#[test]
fn nobody_can_be_invited() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let invitation = json!({"email": "a@example.com"});
    let problem = organisation.post("/invitations", &invitation).expect(403);
    assert!(problem["detail"].as_str().unwrap().contains("one user"));
    assert_eq!(organisation.get("/invitations").expect(200), json!([]));
    let path = format!("/invitations/{}", id(1));
    organisation.delete(&path).expect(404);
    organisation.delete("/invitations/x").expect(422);
}
