//! The rules of the modelled disk, each on its own and without SQLite: the real operation is replaced by one
//! that succeeds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::faultfs::TearMode;
use crate::faultfs::fault::{Fault, FaultError, FaultOperation};
use crate::faultfs::log::{FileId, OpenRequest, Recorder};
use crate::faultfs::snapshot::survivors;

const OK: i32 = rusqlite::ffi::SQLITE_OK;
const TORN: TearMode = TearMode::Torn { sector_bytes: 512 };

struct Disk {
    recorder: Recorder,
    path: PathBuf,
    file: FileId,
}

impl Disk {
    /// A disk with one open file `f`, whose name is not durable.
    fn new() -> Self {
        let recorder = Recorder::new(PathBuf::from("/nonexistent"));
        let path = PathBuf::from("f");
        let request = OpenRequest {
            is_main_database: false,
            may_create: true,
        };
        let file = recorder.open(&path, request, || OK).unwrap();
        Self {
            recorder,
            path,
            file,
        }
    }

    /// The same, with the name and the content on the disk.
    fn with_durable(content: &[u8]) -> Self {
        let disk = Self::new();
        disk.write(0, content);
        disk.sync(true, || OK).unwrap();
        disk
    }

    fn key(&self) -> (&Path, FileId) {
        (&self.path, self.file)
    }

    fn write(&self, offset: u64, bytes: &[u8]) {
        self.recorder
            .write(self.key(), offset, bytes, || OK)
            .unwrap();
    }

    fn sync(&self, with_directory: bool, real: impl FnOnce() -> i32) -> Result<(), i32> {
        self.recorder.sync(self.key(), with_directory, real)
    }

    fn files(&self, seed: u64, mode: TearMode) -> BTreeMap<PathBuf, Vec<u8>> {
        let history = self.recorder.history_until(self.recorder.position());
        survivors(&history, seed, mode)
    }

    fn content(&self, seed: u64, mode: TearMode) -> Option<Vec<u8>> {
        self.files(seed, mode).remove(&self.path)
    }

    /// Every outcome that 300 power cuts show.
    fn outcomes(&self, mode: TearMode) -> BTreeSet<Option<Vec<u8>>> {
        (0..300).map(|seed| self.content(seed, mode)).collect()
    }
}

fn set(outcomes: &[&[u8]]) -> BTreeSet<Option<Vec<u8>>> {
    outcomes.iter().map(|bytes| Some(bytes.to_vec())).collect()
}

#[test]
fn synced_bytes_survive_in_every_mode() {
    let disk = Disk::with_durable(b"abcd");
    for mode in super::harness::ALL_MODES {
        assert_eq!(disk.outcomes(mode), set(&[b"abcd"]), "{mode:?}");
    }
}

#[test]
fn a_write_during_a_sync_is_not_covered_by_it() {
    let disk = Disk::with_durable(b"abcd");
    let write_meanwhile = || {
        disk.write(0, b"X");
        OK
    };
    disk.sync(false, write_meanwhile).unwrap();
    assert_eq!(
        disk.content(0, TearMode::DropPending),
        Some(b"abcd".to_vec())
    );
    disk.sync(false, || OK).unwrap();
    assert_eq!(
        disk.content(0, TearMode::DropPending),
        Some(b"Xbcd".to_vec())
    );
}

#[test]
fn pending_writes_happen_in_any_combination() {
    let disk = Disk::with_durable(b"abcd");
    disk.write(0, b"X");
    disk.write(3, b"Y");
    let all: [&[u8]; 4] = [b"abcd", b"Xbcd", b"abcY", b"XbcY"];
    assert_eq!(disk.outcomes(TearMode::Subset), set(&all));
    assert_eq!(disk.outcomes(TearMode::DropPending), set(&[b"abcd"]));
    assert_eq!(disk.outcomes(TearMode::KeepAll), set(&[b"XbcY"]));
}

#[test]
fn a_later_write_without_an_earlier_one_leaves_a_hole_of_zeros() {
    let disk = Disk::with_durable(b"");
    disk.write(0, b"ab");
    disk.write(2, b"cd");
    let all: [&[u8]; 4] = [b"", b"ab", b"\0\0cd", b"abcd"];
    assert_eq!(disk.outcomes(TearMode::Subset), set(&all));
}

#[test]
fn torn_writes_break_at_sectors_and_stay_inside_their_range() {
    let disk = Disk::with_durable(&[b'o'; 2048]);
    disk.write(500, &[b'n'; 1000]);
    let outcomes = disk.outcomes(TORN);
    assert_eq!(outcomes.len(), 8, "three sectors, each old or new");
    for content in outcomes.into_iter().flatten() {
        assert_eq!(content.len(), 2048);
        assert!(content[..500].iter().all(|byte| *byte == b'o'));
        assert!(content[1500..].iter().all(|byte| *byte == b'o'));
        for part in [500..512, 512..1024, 1024..1500] {
            let part = &content[part];
            assert!(part.iter().all(|byte| *byte == part[0]));
        }
    }
}

#[test]
fn a_lost_write_at_the_end_may_leave_zeros() {
    let disk = Disk::with_durable(b"ab");
    disk.write(2, b"cd");
    let all: [&[u8]; 3] = [b"ab", b"ab\0\0", b"abcd"];
    assert_eq!(disk.outcomes(TORN), set(&all));
}

#[test]
fn a_change_of_length_waits_for_a_sync_too() {
    let disk = Disk::with_durable(b"abcd");
    // The length is asked before and after.
    let lengths = std::cell::RefCell::new(vec![2, 4]);
    disk.recorder
        .resize(
            disk.key(),
            None,
            || Ok(lengths.borrow_mut().pop().unwrap()),
            || OK,
        )
        .unwrap();
    assert_eq!(disk.outcomes(TearMode::Subset), set(&[b"abcd", b"ab"]));
    disk.sync(false, || OK).unwrap();
    assert_eq!(disk.outcomes(TearMode::Subset), set(&[b"ab"]));
}

#[test]
fn a_synced_file_has_no_name_before_its_directory_is_synced() {
    let disk = Disk::new();
    disk.write(0, b"ab");
    disk.sync(false, || OK).unwrap();
    let mut both = set(&[b"ab"]);
    assert_eq!(disk.outcomes(TearMode::DropPending), [None].into());
    both.insert(None);
    assert_eq!(disk.outcomes(TearMode::Subset), both);
    disk.sync(true, || OK).unwrap();
    assert_eq!(disk.outcomes(TearMode::Subset), set(&[b"ab"]));
}

#[test]
fn a_deleted_file_comes_back_unless_the_directory_is_synced() {
    let disk = Disk::with_durable(b"ab");
    disk.recorder.delete(&disk.path, false, || OK).unwrap();
    let mut both = set(&[b"ab"]);
    both.insert(None);
    assert_eq!(disk.outcomes(TearMode::Subset), both);

    let disk = Disk::with_durable(b"ab");
    disk.recorder.delete(&disk.path, true, || OK).unwrap();
    assert_eq!(disk.outcomes(TearMode::Subset), [None].into());
}

#[test]
fn a_file_made_anew_under_an_old_name_is_another_file() {
    let disk = Disk::with_durable(b"old");
    disk.recorder.delete(&disk.path, false, || OK).unwrap();
    let request = OpenRequest {
        is_main_database: false,
        may_create: true,
    };
    let again = disk.recorder.open(&disk.path, request, || OK).unwrap();
    disk.recorder
        .write((&disk.path, again), 0, b"n", || OK)
        .unwrap();
    assert_eq!(
        disk.content(0, TearMode::DropPending),
        Some(b"old".to_vec())
    );
    assert_eq!(disk.content(0, TearMode::KeepAll), Some(b"n".to_vec()));
}

#[test]
fn what_a_failed_sync_dropped_stays_in_doubt_and_what_came_later_does_not() {
    let disk = Disk::with_durable(b"abcd");
    disk.write(0, b"X");
    disk.recorder
        .inject(Fault::new(FaultOperation::Sync, FaultError::Io).times(1));
    disk.sync(false, || OK).unwrap_err();
    disk.write(3, b"Y");
    disk.sync(false, || OK).unwrap();
    assert_eq!(disk.outcomes(TearMode::Subset), set(&[b"abcY", b"XbcY"]));
}
