use super::{Organisation, guarded};

#[test]
fn it_stays() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let problem = organisation.delete("").expect(403);
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("cannot be deleted")
    );
    organisation.get("").expect(200);
}
