//! Opening, closing, and what a directory may hold.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use pandaprobe_model::TraceId;
use pandaprobe_model::filter::{Entity, Filter, Test};
use pandaprobe_model::project::{Access, NewKey};
use pandaprobe_model::query::TraceQuery;
use pandaprobe_store::sqlite::{Options, SqliteStore};
use pandaprobe_store::{Commands, Ingest, Projects, StoreError, TraceQueries};

use crate::support::{TraceBuilder as _, all_traces, span, trace};

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
        .add_api_key(NewKey {
            hash: [7; 32],
            prefix: "sk_pp_ab12".into(),
            name: "first".into(),
            expires_at: None,
            project: None,
            access: Access::Full,
        })
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

/// What version 1 left on disk, with a trace in a session.
fn write_version_1(dir: &std::path::Path) {
    let connection = rusqlite::Connection::open(dir.join("pandaprobe.db")).unwrap();
    connection
        .execute_batch(include_str!("../../src/sqlite/schema_v1.sql"))
        .unwrap();
    connection
        .execute_batch(
            "PRAGMA user_version = 1;
             INSERT INTO organisation VALUES (1, x'01010101010101010101010101010101', 'My Organization', 5);
             INSERT INTO project VALUES (1, 1, x'02020202020202020202020202020202', 'default', '', 5, 1, 1, 0);
             INSERT INTO project VALUES (7, 1, x'03030303030303030303030303030303', 'seven', 'd', 6, 0, 0, 0);
             INSERT INTO meta VALUES ('hash_seed', 42);
             INSERT INTO api_key VALUES (1, 1, x'04040404040404040404040404040404', zeroblob(32), 'sk_pp_old0', 'old', 5, NULL, 0);
             INSERT INTO dim VALUES (1, 1, 1, 'old trace');
             INSERT INTO session(id, project, sid) VALUES (1, 1, 'old');
             INSERT INTO session_num VALUES (1, 1, 5, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, NULL, NULL, NULL, NULL);
             INSERT INTO trace VALUES (1, 1, zeroblob(16), 1, NULL, 1, 2, 5, NULL, NULL, NULL, NULL, NULL, 5, 5,
                0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0, 5);",
        )
        .unwrap();
}

/// Everything that defines tables and indexes.
fn definitions(dir: &std::path::Path) -> Vec<(String, String)> {
    let connection = rusqlite::Connection::open(dir.join("pandaprobe.db")).unwrap();
    let sql = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name";
    let mut select = connection.prepare(sql).unwrap();
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

#[tokio::test]
async fn data_of_an_older_version_is_upgraded() {
    let (old, fresh) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_version_1(old.path());
    open(fresh.path()).unwrap().close();
    let store = open(old.path()).unwrap();
    let project = store.project("default".into()).await.unwrap().unwrap().key;
    let query = TraceQuery {
        filter: Filter::is(Entity::Trace, "session", Test::equals("old")),
        ..all_traces()
    };
    assert_eq!(store.traces(project, query).await.unwrap().total, 1);
    let key = store.api_key([0; 32]).await.unwrap().unwrap();
    assert_eq!((key.access, key.project), (Access::Full, None));
    // Deleted, its id does not come back.
    let seven = store.project("seven".into()).await.unwrap().unwrap();
    assert!(store.delete_project(seven.id).await.unwrap());
    let made = store.ensure_project("seven".into()).await.unwrap();
    assert!(made.key.0 > 7, "{made:?}");
    assert!(
        store
            .delete_traces(project, vec![TraceId(0)])
            .await
            .unwrap()
            == 1
    );
    store.close();
    assert_eq!(definitions(old.path()), definitions(fresh.path()));
}

#[tokio::test]
async fn a_deleted_project_is_out_of_sight_and_goes_over_restarts() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let made = store.ensure_project("p".into()).await.unwrap();
    let traces: Vec<_> = (0..300_u128)
        .map(|id| {
            trace(id)
                .session("s")
                .user("u")
                .spans(vec![span(1, None, 5)])
        })
        .collect();
    store.ingest(made.key, traces.clone()).await.unwrap();
    assert!(store.delete_project(made.id).await.unwrap());
    assert!(!store.delete_project(made.id).await.unwrap());
    assert_eq!(store.project("p".into()).await.unwrap(), None);
    // Who still has the project in mind is told.
    let late = store.ingest(made.key, traces[..1].to_vec()).await;
    assert!(matches!(late, Err(StoreError::NoProject)));
    let again = store.ensure_project("p".into()).await.unwrap();
    assert_ne!(again.key, made.key);
    assert_eq!(
        store.traces(again.key, all_traces()).await.unwrap().total,
        0
    );
    store.ingest(again.key, traces[..2].to_vec()).await.unwrap();
    store.close();

    let store = open(dir.path()).unwrap();
    let file = rusqlite::Connection::open(dir.path().join("pandaprobe.db")).unwrap();
    let count = |sql: &str| file.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    while count("SELECT count(*) FROM project WHERE deleted") > 0 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert_eq!(
        store.traces(again.key, all_traces()).await.unwrap().total,
        2
    );
    for (table, left) in [("trace", 2), ("span", 2), ("session", 1), ("user", 1)] {
        assert_eq!(
            count(&format!("SELECT count(*) FROM {table}")),
            left,
            "{table}"
        );
    }
    assert_eq!(
        count(&format!(
            "SELECT count(*) FROM dim WHERE project = {}",
            made.key.0
        )),
        0
    );
}
