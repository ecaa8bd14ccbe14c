use serde_json::json;

use super::{Organisation, guarded};

#[test]
fn it_gets_another_name() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let before = organisation.get("").expect(200);
    let problem = organisation.patch("", &json!({"name": "Acme & Söhne"}));
    assert_eq!(problem.expect(422)["errors"][0]["field"], "name");
    assert_eq!(organisation.get("").expect(200), before);
    let renamed = organisation.patch("", &json!({"name": "  Söhne's 2 "}));
    let renamed = renamed.expect(200);
    assert_eq!(renamed["name"], "Söhne's 2");
    assert_eq!(renamed["id"], before["id"]);
    assert_eq!(organisation.get("").expect(200), renamed);
    for nothing in [json!({}), json!({"name": null})] {
        assert_eq!(organisation.patch("", &nothing).expect(200), renamed);
    }
    let problem = organisation.patch("", &json!([])).expect(422);
    assert_eq!(problem["errors"][0]["field"], "");
}
