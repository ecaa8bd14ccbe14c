//! A database that is written through the layer, and the judgement of what a power cut leaves of it.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rusqlite::{Connection, OpenFlags, params};
use tempfile::TempDir;

use crate::faultfs::{FaultFs, LogPosition, TearMode};

pub(super) const ALL_MODES: [TearMode; 5] = [
    TearMode::KeepAll,
    TearMode::DropPending,
    TearMode::Subset,
    TearMode::Torn { sector_bytes: 512 },
    TearMode::Torn { sector_bytes: 4096 },
];

/// A commit that SQLite acknowledged.
#[derive(Debug, Clone, Copy)]
struct Commit {
    writer: i64,
    sequence: i64,
    acknowledged: LogPosition,
}

/// A database below a simulated disk.
pub(super) struct Subject {
    pub(super) disk: FaultFs,
    root: TempDir,
    settings: String,
    ready: LogPosition,
    commits: Mutex<Vec<Commit>>,
}

/// What a snapshot holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Every acknowledged commit, nothing half done.
    Intact,
    /// Consistent, but `missing` acknowledged commits are gone.
    Lost { missing: usize },
    /// Not a sound database, or rows that were never written.
    Corrupt(String),
}

/// How many snapshots got which verdict.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) intact: usize,
    pub(super) lost: usize,
    pub(super) corrupt: Vec<String>,
}

impl Subject {
    /// `settings` are pragmas, run on every connection.
    pub(super) fn new(settings: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        let disk = FaultFs::new(root.path()).unwrap();
        let mut subject = Self {
            ready: disk.position(),
            disk,
            root,
            settings: settings.to_owned(),
            commits: Mutex::default(),
        };
        let db = subject.connect();
        db.execute_batch(
            "CREATE TABLE entry(writer INTEGER, sequence INTEGER, body BLOB NOT NULL,
                                PRIMARY KEY(writer, sequence)) WITHOUT ROWID;
             CREATE INDEX entry_body ON entry(substr(body, 1, 16));",
        )
        .unwrap();
        subject.ready = subject.disk.position();
        subject
    }

    pub(super) fn database(&self) -> PathBuf {
        self.root.path().join("subject.db")
    }

    pub(super) fn connect(&self) -> Connection {
        let db = Connection::open_with_flags_and_vfs(
            self.database(),
            OpenFlags::default(),
            self.disk.vfs_name(),
        )
        .unwrap();
        db.busy_timeout(std::time::Duration::from_secs(60)).unwrap();
        db.execute_batch(&self.settings).unwrap();
        db
    }

    /// Commits entries `sequences` of `writer` one by one and notes when each was acknowledged.
    pub(super) fn write(
        &self,
        db: &Connection,
        writer: i64,
        sequences: impl IntoIterator<Item = i64>,
    ) {
        for sequence in sequences {
            db.execute(
                "INSERT INTO entry VALUES (?1, ?2, ?3)",
                params![writer, sequence, body(writer, sequence)],
            )
            .unwrap();
            self.acknowledge(writer, sequence, self.disk.position());
        }
    }

    pub(super) fn acknowledge(&self, writer: i64, sequence: i64, acknowledged: LogPosition) {
        self.commits.lock().unwrap().push(Commit {
            writer,
            sequence,
            acknowledged,
        });
    }

    /// Cuts the power `cuts` times after the schema was there, going through all modes.
    pub(super) fn cut_at_random(&self, cuts: usize, seed: u64) -> Tally {
        self.cut_at_random_from(self.ready, cuts, seed)
    }

    /// The same, not before `start`.
    pub(super) fn cut_at_random_from(&self, start: LogPosition, cuts: usize, seed: u64) -> Tally {
        let mut rng = fastrand::Rng::with_seed(seed);
        let end = self.disk.position().index();
        let mut tally = Tally::default();
        for mode in ALL_MODES.into_iter().cycle().take(cuts) {
            let cut = LogPosition::from_index(rng.u64(start.index()..=end));
            tally.add(self.judge(cut, rng.u64(..), mode), cut, mode);
        }
        tally
    }

    /// Cuts the power at the very moment of every acknowledgement, with everything pending dropped: the
    /// hardest question to ask of durability.
    pub(super) fn cut_at_acknowledgements(&self) -> Tally {
        let mut tally = Tally::default();
        let commits = self.commits.lock().unwrap().clone();
        for commit in commits {
            let mode = TearMode::DropPending;
            let verdict = self.judge(commit.acknowledged, 0, mode);
            tally.add(verdict, commit.acknowledged, mode);
        }
        tally
    }

    pub(super) fn judge(&self, cut: LogPosition, seed: u64, mode: TearMode) -> Verdict {
        let dir = tempfile::tempdir().unwrap();
        self.disk.snapshot_at(cut, seed, mode, dir.path()).unwrap();
        let survivors = match survivors(&dir.path().join("subject.db")) {
            Ok(survivors) => survivors,
            Err(complaint) => return Verdict::Corrupt(complaint),
        };
        if let Some(gap) = first_gap(&survivors) {
            return Verdict::Corrupt(gap);
        }
        let commits = self.commits.lock().unwrap();
        let missing = commits
            .iter()
            .filter(|commit| commit.acknowledged <= cut)
            .filter(|commit| !survivors.contains(&(commit.writer, commit.sequence)))
            .count();
        if missing == 0 {
            Verdict::Intact
        } else {
            Verdict::Lost { missing }
        }
    }
}

impl Tally {
    fn add(&mut self, verdict: Verdict, cut: LogPosition, mode: TearMode) {
        match verdict {
            Verdict::Intact => self.intact += 1,
            Verdict::Lost { .. } => self.lost += 1,
            Verdict::Corrupt(complaint) => self
                .corrupt
                .push(format!("{complaint} at {cut:?} with {mode:?}")),
        }
    }

    #[track_caller]
    pub(super) fn assert_durable(&self) {
        assert!(
            self.lost == 0 && self.corrupt.is_empty() && self.intact > 0,
            "{self:?}"
        );
    }

    #[track_caller]
    pub(super) fn assert_consistent_but_not_durable(&self) {
        assert!(self.lost > 0 && self.corrupt.is_empty(), "{self:?}");
    }
}

/// The entries in a database opened with the ordinary VFS, sorted, if it is sound and each is whole.
fn survivors(database: &Path) -> Result<Vec<(i64, i64)>, String> {
    let read = || -> rusqlite::Result<Result<Vec<(i64, i64)>, String>> {
        let db = Connection::open(database)?;
        // This copy is thrown away: nothing it does needs to reach a disk.
        db.execute_batch("PRAGMA synchronous=OFF")?;
        let check: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        if check != "ok" {
            return Ok(Err(check));
        }
        let mut statement =
            db.prepare("SELECT writer, sequence, body FROM entry ORDER BY writer, sequence")?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let (writer, sequence) = (row.get(0)?, row.get(1)?);
            if row.get::<_, Vec<u8>>(2)? != body(writer, sequence) {
                return Ok(Err(format!("wrong body in {writer}/{sequence}")));
            }
            found.push((writer, sequence));
        }
        Ok(Ok(found))
    };
    read().map_err(|error| error.to_string())?
}

/// Each writer commits 1, 2, 3 …: a hole means that a commit came without the one before it.
fn first_gap(survivors: &[(i64, i64)]) -> Option<String> {
    let mut expected = (0, 0);
    for &(writer, sequence) in survivors {
        expected = if writer == expected.0 {
            (writer, expected.1 + 1)
        } else {
            (writer, 1)
        };
        if (writer, sequence) != expected {
            return Some(format!("{writer}/{sequence} without {expected:?}"));
        }
    }
    None
}

/// What an entry must contain: 0 to 6,000 bytes, so that some lie on overflow pages.
pub(super) fn body(writer: i64, sequence: i64) -> Vec<u8> {
    let mut rng = fastrand::Rng::with_seed((writer * 1_000_003 + sequence).unsigned_abs());
    let length = rng.usize(0..6_000) >> rng.u32(0..6);
    let mut body = vec![0; length];
    rng.fill(&mut body);
    body
}
