//! Faults ordered from the live disk, and how SQLite takes them.

use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use super::harness::{Subject, body};
use crate::faultfs::{Fault, FaultError, FaultOperation, TearMode};

const WAL_FULL: &str =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=40;";

fn insert(db: &Connection, sequence: i64) -> rusqlite::Result<usize> {
    db.execute(
        "INSERT INTO entry VALUES (1, ?1, ?2)",
        (sequence, body(1, sequence)),
    )
}

fn error_code(result: rusqlite::Result<usize>) -> Option<ErrorCode> {
    result.unwrap_err().sqlite_error_code()
}

#[test]
fn a_full_disk_refuses_commits_until_there_is_room_again() {
    let subject = Subject::new(WAL_FULL);
    let db = subject.connect();
    subject.write(&db, 1, 1..=20);
    subject
        .disk
        .inject(Fault::new(FaultOperation::Write, FaultError::Full).on_files_ending("-wal"));
    for _ in 0..3 {
        assert_eq!(error_code(insert(&db, 21)), Some(ErrorCode::DiskFull));
    }
    subject.disk.clear_faults();
    subject.write(&db, 1, 21..=60);
    subject.cut_at_random(100, 30).assert_durable();
}

#[test]
fn the_nth_write_fails_and_only_that_one() {
    let subject = Subject::new(WAL_FULL);
    let db = subject.connect();
    subject.write(&db, 1, [1]);
    subject.disk.inject(
        Fault::new(FaultOperation::Write, FaultError::Io)
            .after(2)
            .times(1),
    );
    let outcomes: Vec<bool> = (2..=9).map(|n| insert(&db, n).is_ok()).collect();
    assert_eq!(outcomes.iter().filter(|ok| !**ok).count(), 1);
    assert!(outcomes[0] || outcomes[1], "two writes pass: {outcomes:?}");
}

#[test]
fn a_failed_sync_is_reported_and_what_it_should_have_kept_stays_in_doubt() {
    let subject = Subject::new(WAL_FULL);
    let db = subject.connect();
    subject.write(&db, 1, [1]);
    subject
        .disk
        .inject(Fault::new(FaultOperation::Sync, FaultError::Io).times(1));
    assert_eq!(error_code(insert(&db, 2)), Some(ErrorCode::SystemIoFailure));
    // SQLite writes the rejected frames anew, so a commit after the failure is safe again.
    subject.write(&db, 1, 2..=12);
    subject.cut_at_acknowledgements().assert_durable();
}

#[test]
fn a_later_sync_does_not_bring_back_what_a_failed_one_dropped() {
    let subject = Subject::new("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;");
    let db = subject.connect();
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    subject.write(&db, 1, 1..=3);
    subject
        .disk
        .inject(Fault::new(FaultOperation::Sync, FaultError::Io).times(1));
    let checkpoint = || db.query_row("PRAGMA wal_checkpoint(FULL)", [], |_| Ok(()));
    checkpoint().unwrap_err();
    // Trusting the second sync of the log is the mistake; the copies in the database are real.
    let before = subject.disk.position();
    checkpoint().unwrap();
    let synced_log_only = crate::faultfs::LogPosition::from_index(before.index() + 1);
    let verdict = subject.judge(synced_log_only, 0, TearMode::DropPending);
    assert_eq!(verdict, super::harness::Verdict::Lost { missing: 3 });
}

#[test]
fn nothing_can_be_created_or_deleted_when_the_test_says_so() {
    let subject = Subject::new("PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;");
    let db = subject.connect();
    let broken = |operation| {
        subject.disk.inject(Fault::new(operation, FaultError::Io));
        let code = error_code(insert(&db, 1));
        subject.disk.clear_faults();
        code
    };
    assert_eq!(broken(FaultOperation::Create), Some(ErrorCode::CannotOpen));
    assert_eq!(
        broken(FaultOperation::Delete),
        Some(ErrorCode::SystemIoFailure)
    );
    subject.write(&db, 1, 1..=3);
}

#[test]
fn a_slow_sync_holds_the_commit_back_and_others_can_write_meanwhile() {
    let subject = Subject::new(WAL_FULL);
    let db = subject.connect();
    subject.write(&db, 1, [1]);
    let other = Subject::new(WAL_FULL);
    subject.disk.set_sync_delay(Duration::from_millis(300));
    std::thread::scope(|scope| {
        let before = subject.disk.position();
        let commit = scope.spawn(|| {
            let db = subject.connect();
            insert(&db, 2).unwrap();
        });
        while subject.disk.position() == before {
            std::thread::yield_now();
        }
        // The frames are written, the sync is under way: an answer given now would be a lie.
        subject.acknowledge(1, 2, subject.disk.position());
        other.write(&other.connect(), 1, 1..=3);
        commit.join().unwrap();
    });
    let premature = subject.cut_at_acknowledgements();
    assert_eq!(premature.lost, 1, "{premature:?}");
    other.cut_at_acknowledgements().assert_durable();
}
