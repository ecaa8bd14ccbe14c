use crate::given::id;
use crate::organisations::{Organisation, guarded};

#[test]
fn one_project() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let project = organisation.project("p");
    let read = organisation
        .get(&format!("/projects/{project}"))
        .expect(200);
    assert_eq!(read, organisation.get("/projects").expect(200)[0]);
    let bare = project.replace('-', "").to_uppercase();
    let again = organisation.get(&format!("/projects/{bare}")).expect(200);
    assert_eq!(again, read);
    let missing = organisation.get(&format!("/projects/{}", id(1)));
    assert_eq!(missing.expect(404)["code"], "not_found");
    let problem = organisation.get("/projects/x").expect(422);
    assert_eq!(problem["errors"][0]["field"], "path -> project_id");
}
