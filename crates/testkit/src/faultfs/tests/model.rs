//! The layer as a whole, seen from SQLite.

use rusqlite::{Connection, OpenFlags};

use super::harness::{ALL_MODES, Subject, Verdict, body};
use crate::faultfs::log::Operation;
use crate::faultfs::{FaultFs, LogPosition, TearMode};

const WAL_FULL: &str = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;";

#[test]
fn a_commit_is_on_the_disk_from_its_sync_on_and_not_before() {
    let subject = Subject::new(WAL_FULL);
    let db = subject.connect();
    subject.write(&db, 1, [1]);
    let begun = subject.disk.position();
    db.execute("INSERT INTO entry VALUES (1, 2, ?1)", [body(1, 2)])
        .unwrap();
    let done = subject.disk.position();
    assert!(done > begun, "the commit went through the layer");

    // A server that answers before the sync would note one of the earlier positions.
    subject.acknowledge(1, 2, begun);
    for index in begun.index()..done.index() {
        let verdict = subject.judge(LogPosition::from_index(index), 0, TearMode::DropPending);
        assert_eq!(verdict, Verdict::Lost { missing: 1 }, "at {index}");
    }
    assert_eq!(
        subject.judge(done, 0, TearMode::DropPending),
        Verdict::Intact
    );
}

#[test]
fn a_kill_without_a_power_cut_keeps_what_was_written_without_sync() {
    let subject = Subject::new("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;");
    subject.write(&subject.connect(), 1, 1..=20);
    let now = subject.disk.position();
    assert_eq!(subject.judge(now, 0, TearMode::KeepAll), Verdict::Intact);
    assert_ne!(
        subject.judge(now, 0, TearMode::DropPending),
        Verdict::Intact
    );
}

#[test]
fn the_same_seed_gives_the_same_disk() {
    let subject = Subject::new("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;");
    let db = subject.connect();
    subject.write(&db, 1, 1..=30);
    let now = subject.disk.position();
    let files = |seed, mode| {
        let dir = tempfile::tempdir().unwrap();
        let names = subject
            .disk
            .snapshot_at(now, seed, mode, dir.path())
            .unwrap();
        names
            .into_iter()
            .map(|name| (name.clone(), std::fs::read(dir.path().join(name)).unwrap()))
            .collect::<Vec<_>>()
    };
    for mode in ALL_MODES {
        assert_eq!(files(5, mode), files(5, mode), "{mode:?}");
    }
    let torn = TearMode::Torn { sector_bytes: 512 };
    assert_ne!(files(5, torn), files(6, torn), "the seed must matter");
}

#[test]
fn keeping_everything_gives_the_files_as_they_are() {
    let subject = Subject::new(WAL_FULL);
    let db = subject.connect();
    subject.write(&db, 1, 1..=40);
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    subject.write(&db, 1, 41..=50);
    let dir = tempfile::tempdir().unwrap();
    let names = subject
        .disk
        .snapshot_at(subject.disk.position(), 0, TearMode::KeepAll, dir.path())
        .unwrap();
    assert_eq!(names.len(), 2, "database and write-ahead log: {names:?}");
    let root = subject.database().parent().unwrap().to_path_buf();
    for name in names {
        let (kept, real) = (dir.path().join(&name), root.join(&name));
        assert!(
            std::fs::read(kept).unwrap() == std::fs::read(real).unwrap(),
            "{name:?}"
        );
    }
}

#[test]
fn a_synced_database_has_no_durable_name_before_a_journal_synced_the_directory() {
    let subject = Subject::new("PRAGMA journal_mode=MEMORY; PRAGMA synchronous=FULL;");
    let files = || {
        let dir = tempfile::tempdir().unwrap();
        let now = subject.disk.position();
        subject
            .disk
            .snapshot_at(now, 0, TearMode::DropPending, dir.path())
            .unwrap()
    };
    let db = subject.connect();
    subject.write(&db, 1, 1..=3);
    assert!(files().is_empty());
    db.execute_batch("PRAGMA journal_mode=DELETE").unwrap();
    subject.write(&db, 1, 4..=4);
    assert!(files().contains(&"subject.db".into()));
}

#[test]
fn a_database_from_before_is_part_of_every_snapshot() {
    let (root, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = root.path().join("old.db");
    let db = Connection::open(&path).unwrap();
    db.execute_batch("CREATE TABLE t(x); INSERT INTO t VALUES (7)")
        .unwrap();
    drop(db);
    let disk = FaultFs::new(root.path()).unwrap();
    let db =
        Connection::open_with_flags_and_vfs(&path, OpenFlags::default(), disk.vfs_name()).unwrap();
    db.execute_batch("PRAGMA synchronous=OFF; INSERT INTO t VALUES (8)")
        .unwrap();
    disk.snapshot_at(LogPosition::from_index(0), 0, TearMode::KeepAll, dir.path())
        .unwrap();
    let survivor = Connection::open(dir.path().join("old.db")).unwrap();
    let rows: i64 = survivor
        .query_row("SELECT sum(x) FROM t", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 7);
}

#[test]
fn a_write_ahead_log_from_before_counts_even_if_nothing_read_it_yet() {
    let (old, root) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let db = Connection::open(old.path().join("old.db")).unwrap();
    db.execute_batch("PRAGMA journal_mode=WAL; CREATE TABLE t(x)")
        .unwrap();
    for name in ["old.db", "old.db-wal"] {
        std::fs::copy(old.path().join(name), root.path().join(name)).unwrap();
    }
    let disk = FaultFs::new(root.path()).unwrap();
    let _opened = Connection::open_with_flags_and_vfs(
        root.path().join("old.db"),
        OpenFlags::default(),
        disk.vfs_name(),
    )
    .unwrap();
    let dir = tempfile::tempdir().unwrap();
    let start = LogPosition::from_index(0);
    disk.snapshot_at(start, 0, TearMode::DropPending, dir.path())
        .unwrap();
    let survivor = Connection::open(dir.path().join("old.db")).unwrap();
    survivor.execute("INSERT INTO t VALUES (1)", []).unwrap();
}

#[test]
fn a_file_that_grows_without_a_write_is_logged() {
    let subject = Subject::new("PRAGMA journal_mode=DELETE; PRAGMA mmap_size=268435456;");
    subject.write(&subject.connect(), 1, 1..=30);
    let history = subject.disk.recorder.history_until(subject.disk.position());
    let grown = history
        .operations
        .iter()
        .any(|operation| matches!(operation, Operation::SetLength { length, .. } if *length > 0));
    assert!(grown, "SQLite sets the length of a mapped file in advance");
}

#[test]
fn files_in_folders_keep_their_place_and_files_outside_are_refused() {
    let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::create_dir(root.path().join("deep")).unwrap();
    let disk = FaultFs::new(root.path()).unwrap();
    let open = |path| {
        Connection::open_with_flags_and_vfs(path, OpenFlags::default(), disk.vfs_name())
            .and_then(|db| db.execute_batch("PRAGMA synchronous=EXTRA; CREATE TABLE t(x)"))
    };
    open(root.path().join("deep/a.db")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let files = disk
        .snapshot_at(disk.position(), 0, TearMode::DropPending, dir.path())
        .unwrap();
    assert_eq!(files, [std::path::PathBuf::from("deep/a.db")]);
    assert!(dir.path().join("deep/a.db").is_file());
    open(outside.path().join("b.db")).unwrap_err();
    assert!(!outside.path().join("b.db").exists());
}

#[test]
fn disks_in_one_process_know_nothing_of_each_other() {
    let subjects: Vec<Subject> = (0..3).map(|_| Subject::new(WAL_FULL)).collect();
    let idle = Subject::new(WAL_FULL);
    let before = idle.disk.position();
    std::thread::scope(|scope| {
        for (subject, rows) in subjects.iter().zip([20, 40, 60]) {
            scope.spawn(move || subject.write(&subject.connect(), 1, 1..=rows));
        }
    });
    let snapshot_of_idle = idle.disk.position();
    assert_eq!(before, snapshot_of_idle, "nobody wrote there");
    let mut names: Vec<_> = subjects.iter().map(|s| s.disk.vfs_name()).collect();
    names.dedup();
    assert_eq!(names.len(), 3);
    for (subject, seed) in subjects.iter().zip(20..) {
        subject.cut_at_random(60, seed).assert_durable();
    }
}
