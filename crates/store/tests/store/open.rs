//! Opening, closing, and what a directory may hold.

use pandaprobe_store::sqlite::{Options, SqliteStore};
use pandaprobe_store::{Projects, StoreError};

fn open(dir: &std::path::Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(Options::new(dir))
}

#[test]
fn a_directory_belongs_to_one_store_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path()).unwrap();
    assert!(matches!(open(dir.path()), Err(StoreError::InUse(_))));
    first.close();
    open(dir.path()).unwrap();
}

#[test]
fn data_of_a_newer_version_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).unwrap().close();
    let connection = rusqlite::Connection::open(dir.path().join("pandaprobe.db")).unwrap();
    connection
        .pragma_update(None, "user_version", 1000)
        .unwrap();
    assert!(matches!(
        open(dir.path()),
        Err(StoreError::TooNew { found: 1000, .. })
    ));
}

#[test]
fn a_file_in_the_way_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    std::fs::write(&path, "x").unwrap();
    assert!(matches!(open(&path), Err(StoreError::Backend(_))));
    std::fs::write(
        dir.path().join("pandaprobe.db"),
        "no database ".repeat(1000),
    )
    .unwrap();
    assert!(matches!(open(dir.path()), Err(StoreError::Backend(_))));
}

#[tokio::test]
async fn projects_and_keys_last() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let made = store.ensure_project("demo".into()).await.unwrap();
    assert_eq!(store.ensure_project("demo".into()).await.unwrap(), made);
    store
        .add_api_key([7; 32], "first".into(), "sk_pp_ab12".into(), None)
        .await
        .unwrap();
    store.close();
    assert!(matches!(store.projects().await, Err(StoreError::Closed)));

    let store = open(dir.path()).unwrap();
    let names: Vec<_> = store
        .projects()
        .await
        .unwrap()
        .into_iter()
        .map(|project| project.name)
        .collect();
    assert_eq!(names, ["demo", "default"]);
    assert_eq!(store.project("demo".into()).await.unwrap(), Some(made));
    assert_eq!(store.project("nobody".into()).await.unwrap(), None);
    assert!(store.has_api_key().await.unwrap());
    assert_eq!(store.api_key([7; 32]).await.unwrap().unwrap().name, "first");
    assert_eq!(store.api_key([8; 32]).await.unwrap(), None);
}
