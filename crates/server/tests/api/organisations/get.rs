use super::{KEY, Organisation, guarded};

#[test]
fn it_is_the_one_in_the_list() {
    let server = guarded();
    let organisation = Organisation::of(&server);
    let list = server.get("/organizations").header("X-API-Key", KEY);
    assert_eq!(organisation.get("").expect(200), list.expect(200)[0]);
}
