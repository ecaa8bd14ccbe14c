//! The doctor: reads all that a stopped server has stored, once and in order,
//! and compares what is kept with what it is kept from. It can write rollups and
//! indexes anew; payloads it only reads.
//!
//! Memory is bounded by the largest trace: the tables are read side by side in
//! the order of traces (`traces`), then of sessions (`sessions`) and users
//! (`users`). What is found is told at once, never gathered.
//!
//! A wrong trace does not make its session look wrong: `Exam::corrected` holds
//! what its numbers should be.

mod contents;
mod exam;
mod indexes;
mod marks;
mod ordered;
mod payloads;
mod rollup;
mod sessions;
mod tally;
mod traces;
mod users;

use std::path::Path;

use rusqlite::Connection;

use super::open;
use super::tools::{Access, ToolError, database, identify, open_existing};
use exam::{Exam, Repairer};

type Result<T> = std::result::Result<T, ToolError>;
type Part = fn(&mut Exam<'_>) -> Result<()>;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// The file itself, by SQLite's own check; counted in pages.
    File,
    /// Rows of traces with their totals.
    Traces,
    /// Rows of spans with the leaf rule's marks.
    Spans,
    /// The list of spans whose parent has not arrived.
    Orphans,
    /// Blocks of payloads.
    Blocks,
    /// Messages by content.
    Messages,
    /// Payload records with their references to messages.
    Records,
    /// Tags of traces.
    Labels,
    /// The index by metadata.
    Metadata,
    /// Scores.
    Scores,
    /// Texts that repeat.
    Texts,
    /// Rows of sessions with their numbers and names.
    Sessions,
    /// Tags and users of sessions.
    SessionLabels,
    /// The index of parts of ids and names.
    Pieces,
    /// Rows of users.
    Users,
    /// Rows of projects with their counters.
    Projects,
}

impl Area {
    /// All, in the order in which they are listed.
    pub const ALL: &[Self] = &[
        Self::File,
        Self::Traces,
        Self::Spans,
        Self::Orphans,
        Self::Blocks,
        Self::Messages,
        Self::Records,
        Self::Labels,
        Self::Metadata,
        Self::Scores,
        Self::Texts,
        Self::Sessions,
        Self::SessionLabels,
        Self::Pieces,
        Self::Users,
        Self::Projects,
    ];

    /// A name for people and programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file pages",
            Self::Traces => "traces",
            Self::Spans => "spans",
            Self::Orphans => "orphans",
            Self::Blocks => "blocks",
            Self::Messages => "messages",
            Self::Records => "payload records",
            Self::Labels => "trace tags",
            Self::Metadata => "metadata index",
            Self::Scores => "scores",
            Self::Texts => "texts",
            Self::Sessions => "sessions",
            Self::SessionLabels => "session labels",
            Self::Pieces => "text index",
            Self::Users => "users",
            Self::Projects => "projects",
        }
    }
}

/// What becomes of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cure {
    /// It was repaired.
    Repaired,
    /// A repair would heal it.
    Repairable,
    /// What is missing cannot be had from what is there.
    None,
}

/// Something that should not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it belongs.
    pub area: Area,
    /// The table.
    pub table: &'static str,
    /// The row's key.
    pub row: String,
    /// What is wrong with it.
    pub what: String,
    /// What becomes of it.
    pub cure: Cure,
}

/// What the doctor says while at work.
#[derive(Debug)]
pub enum Note<'a> {
    /// So much of an area is done; `of` is about how much there is.
    Looking {
        /// The area.
        area: Area,
        /// How far.
        done: u64,
        /// About how much in all.
        of: u64,
    },
    /// A fault, as soon as it is found.
    Fault(&'a Fault),
}

/// What was looked at in one area.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows, or pages of the file.
    pub rows: u64,
    /// Faults found.
    pub faults: u64,
    /// Faults that were repaired.
    pub repaired: u64,
}

/// The outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The data's schema version.
    pub version: i64,
    /// What was looked at, in the order of [`Area::ALL`]. If the file itself is
    /// damaged, nothing else was.
    pub checked: Vec<(Area, Tally)>,
}

impl Report {
    /// How many faults there were.
    pub fn faults(&self) -> u64 {
        self.checked.iter().map(|(_, tally)| tally.faults).sum()
    }

    /// How many of them were repaired.
    pub fn repaired(&self) -> u64 {
        self.checked.iter().map(|(_, tally)| tally.repaired).sum()
    }
}

/// Examines the database in `dir`, which no server may have open. With `repair`
/// rollups and indexes are written anew where they are wrong, in many small
/// transactions. Blocks.
///
/// # Errors
/// [`ToolError::NoDatabase`], [`ToolError::Foreign`] and [`ToolError::Older`],
/// [`StoreError::InUse`](crate::StoreError::InUse),
/// [`StoreError::TooNew`](crate::StoreError::TooNew), else what SQLite reports.
/// Faults of the data are no errors.
pub fn examine(dir: &Path, repair: bool, tell: &mut dyn FnMut(Note<'_>)) -> Result<Report> {
    let path = database(dir)?;
    let _lock = open::lock(dir)?;
    let reader = open_existing(&path, Access::Read)?;
    // Hours of reading need no more memory for it.
    reader.execute_batch("PRAGMA cache_size=-32768; PRAGMA temp_store=FILE;")?;
    let version = identify(&reader, &path)?;
    let known = open::newest();
    if version < known {
        return Err(ToolError::Older {
            found: version,
            known,
        });
    }
    let repairer = match repair {
        true => Some(Repairer::new(open_existing(&path, Access::Write)?)),
        false => None,
    };
    let mut exam = Exam::new(&reader, repairer, tell)?;
    if check_file(&mut exam)? {
        let parts: [Part; 4] = [traces::check, indexes::check, sessions::check, users::check];
        for part in parts {
            part(&mut exam)?;
            exam.save()?;
        }
        Ok(Report {
            version,
            checked: exam.tallies(Area::ALL),
        })
    } else {
        Ok(Report {
            version,
            checked: exam.tallies(&[Area::File]),
        })
    }
}

/// How many complaints about the file are listed.
const COMPLAINTS: usize = 100;

/// Lets SQLite check its file; whether it holds together.
fn check_file(exam: &mut Exam<'_>) -> Result<bool> {
    let reader: &Connection = exam.reader;
    let pages: i64 = reader.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    exam.looking(Area::File, 0, pages);
    exam.count(Area::File, pages.unsigned_abs());
    let mut select = reader.prepare(&format!("PRAGMA integrity_check({COMPLAINTS})"))?;
    let mut rows = select.query([])?;
    let mut whole = true;
    // A file may be so damaged that the check itself fails.
    loop {
        let said: String = match rows.next() {
            Ok(None) => return Ok(whole),
            Ok(Some(row)) => row.get(0)?,
            Err(error) => {
                exam.fault(Area::File, "file", super::tools::FILE, error.to_string());
                return Ok(false);
            }
        };
        if said != "ok" {
            whole = false;
            exam.fault(Area::File, "file", super::tools::FILE, said);
        }
    }
}
