//! SQLite's own promises, on hundreds of power cuts each, and the settings that promise less.

use std::sync::atomic::{AtomicBool, Ordering};

use super::harness::Subject;

const WAL_FULL: &str =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=40;";

#[test]
fn wal_with_full_sync_keeps_every_acknowledged_commit() {
    let subject = Subject::new(WAL_FULL);
    subject.write(&subject.connect(), 1, 1..=250);
    subject.cut_at_random(400, 1).assert_durable();
    subject.cut_at_acknowledgements().assert_durable();
}

#[test]
fn a_memory_map_changes_nothing() {
    let subject = Subject::new(&format!("{WAL_FULL} PRAGMA mmap_size=268435456;"));
    subject.write(&subject.connect(), 1, 1..=120);
    subject.cut_at_random(150, 2).assert_durable();
}

#[test]
fn reopening_the_database_in_between_changes_nothing() {
    let subject = Subject::new(WAL_FULL);
    for first in (1..=120).step_by(12) {
        // The last connection removes the write-ahead log when it closes.
        subject.write(&subject.connect(), 1, first..first + 12);
    }
    subject.cut_at_random(300, 3).assert_durable();
}

#[test]
fn a_checkpoint_from_another_connection_changes_nothing() {
    let subject = Subject::new(WAL_FULL);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let db = subject.connect();
            while !done.load(Ordering::Relaxed) {
                db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
                    .unwrap();
            }
        });
        subject.write(&subject.connect(), 1, 1..=300);
        done.store(true, Ordering::Relaxed);
    });
    subject.cut_at_random(400, 4).assert_durable();
    subject.cut_at_acknowledgements().assert_durable();
}

#[test]
fn several_writers_on_threads_change_nothing() {
    let subject = Subject::new(WAL_FULL);
    std::thread::scope(|scope| {
        for writer in 1..=4 {
            let subject = &subject;
            scope.spawn(move || subject.write(&subject.connect(), writer, 1..=50));
        }
    });
    subject.cut_at_random(300, 5).assert_durable();
}

#[test]
fn retention_with_incremental_vacuum_leaves_a_sound_database() {
    let subject = Subject::new(&format!("PRAGMA auto_vacuum=INCREMENTAL; {WAL_FULL}"));
    let db = subject.connect();
    for round in 0..6 {
        db.execute("DELETE FROM entry WHERE writer = 9", [])
            .unwrap();
        db.execute_batch("PRAGMA incremental_vacuum(20)").unwrap();
        subject.write(&db, 1, (round * 10 + 1)..=(round * 10 + 10));
        for sequence in 1..=10 {
            let body = super::harness::body(9, sequence);
            db.execute("INSERT INTO entry VALUES (9, ?1, ?2)", (sequence, body))
                .unwrap();
        }
    }
    subject.cut_at_random(300, 6).assert_durable();
}

#[test]
fn control_wal_with_normal_sync_is_caught_losing_commits() {
    let subject = Subject::new(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=40;",
    );
    // The schema's commit is not on the disk before a checkpoint has synced the log.
    let db = subject.connect();
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    let first_row = subject.disk.position();
    subject.write(&db, 1, 1..=150);
    subject
        .cut_at_random_from(first_row, 300, 7)
        .assert_consistent_but_not_durable();
}

#[test]
fn control_no_sync_at_all_is_caught() {
    let subject = Subject::new(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA wal_autocheckpoint=40;",
    );
    subject.write(&subject.connect(), 1, 1..=150);
    let tally = subject.cut_at_random(200, 8);
    assert!(
        tally.lost + tally.corrupt.len() > 100,
        "a disk that is never synced must lose commits: {tally:?}"
    );
}

#[test]
fn rollback_journal_with_extra_sync_keeps_every_acknowledged_commit() {
    let subject = Subject::new("PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA;");
    subject.write(&subject.connect(), 1, 1..=80);
    subject.cut_at_random(300, 9).assert_durable();
    subject.cut_at_acknowledgements().assert_durable();
}

/// The commit is the removal of the journal, and without `EXTRA` nothing syncs its directory.
#[test]
fn control_a_journal_that_comes_back_is_caught_losing_commits() {
    let subject = Subject::new("PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;");
    subject.write(&subject.connect(), 1, 1..=80);
    subject
        .cut_at_random(300, 10)
        .assert_consistent_but_not_durable();
}
