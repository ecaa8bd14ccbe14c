//! What the tools beside the server share: opening a database that must be
//! there, and saying what is wrong with it.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use thiserror::Error;

use super::open;
use crate::StoreError;

/// The database's name in the data directory.
pub(super) const FILE: &str = "pandaprobe.db";

/// Why a tool cannot do its work.
#[derive(Debug, Error)]
pub enum ToolError {
    /// The data directory has no database.
    #[error("there is no database in {}", .0.display())]
    NoDatabase(PathBuf),
    /// A file is something else than what is kept here.
    #[error("{} is no database of PandaProbe: {what}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// How that shows.
        what: String,
    },
    /// What would be written is there already.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// A directory stands where a file is to be.
    #[error("{} is a directory", .0.display())]
    Directory(PathBuf),
    /// A backup would lie inside the data directory.
    #[error("{} lies inside the data directory", .0.display())]
    Inside(PathBuf),
    /// A file does not hold together.
    #[error("{} is damaged: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says about it.
        what: String,
    },
    /// The data was written by an older version and not upgraded since.
    #[error("the data has schema version {found}, this program works on version {known}")]
    Older {
        /// What the file says.
        found: i64,
        /// The version that this program works on.
        known: i64,
    },
    /// The file system refuses something.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What it says.
        source: io::Error,
    },
    /// The database refuses something.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ToolError {
    /// An error of the file system at `path`.
    pub(super) fn file(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull => Self::Store(source.into()),
            _ => Self::File {
                path: path.to_owned(),
                source,
            },
        }
    }
}

impl From<rusqlite::Error> for ToolError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// How a database is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
    /// For reading a file that nobody writes: takes no locks and leaves nothing
    /// beside it.
    Frozen,
}

/// Returns the path of the database in a data directory that must have one.
pub(super) fn database(dir: &Path) -> Result<PathBuf, ToolError> {
    let path = dir.join(FILE);
    match path.try_exists() {
        Ok(true) => Ok(path),
        Ok(false) => Err(ToolError::NoDatabase(dir.to_owned())),
        Err(error) => Err(ToolError::file(&path, error)),
    }
}

/// Opens a database that exists.
pub(super) fn open_existing(path: &Path, access: Access) -> Result<Connection, ToolError> {
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match access {
        Access::Read => Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_READ_ONLY),
        Access::Write => {
            Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_READ_WRITE)
        }
        Access::Frozen => Connection::open_with_flags(
            frozen(path),
            flags | OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI,
        ),
    };
    let connection = connection.map_err(|error| about(path, error))?;
    connection.set_prepared_statement_cache_capacity(64);
    connection
        .execute_batch("PRAGMA busy_timeout=5000; PRAGMA synchronous=FULL;")
        .map_err(|error| about(path, error))?;
    Ok(connection)
}

/// What SQLite says about the file at `path`.
pub(super) fn about(path: &Path, error: rusqlite::Error) -> ToolError {
    let (path, what) = (path.to_owned(), error.to_string());
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => ToolError::Foreign { path, what },
        Some(ErrorCode::DatabaseCorrupt) => ToolError::Damaged { path, what },
        _ => error.into(),
    }
}

/// The name by which SQLite opens a file that does not change.
fn frozen(path: &Path) -> String {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte));
            }
            _ => {
                // Writing to a string does not fail.
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri.push_str("?immutable=1");
    uri
}

/// Demands that an open database is of this program, and returns its version.
pub(super) fn identify(connection: &Connection, path: &Path) -> Result<i64, ToolError> {
    let version: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|error| about(path, error))?;
    let tables: i64 = connection
        .query_row(
            "SELECT count(*) FROM sqlite_master WHERE type = 'table'
                AND name IN ('organisation', 'project', 'trace', 'span', 'block', 'session')",
            [],
            |row| row.get(0),
        )
        .map_err(|error| about(path, error))?;
    if version < 1 || tables < 6 {
        return Err(ToolError::Foreign {
            path: path.to_owned(),
            what: "its tables are not there".to_owned(),
        });
    }
    let known = open::newest();
    if version > known {
        return Err(StoreError::TooNew {
            found: version,
            known,
        }
        .into());
    }
    Ok(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_file_is_found_whatever_its_name() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["plain.db", "100% sure? #1.db", "größer.db"] {
            let path = dir.path().join(name);
            let made = Connection::open(&path).unwrap();
            made.execute_batch("CREATE TABLE t(x); INSERT INTO t VALUES (5);")
                .unwrap();
            made.close().unwrap();
            let opened = open_existing(&path, Access::Frozen).unwrap();
            let found: i64 = opened
                .query_row("SELECT x FROM t", [], |row| row.get(0))
                .unwrap();
            assert_eq!(found, 5, "{name}");
        }
    }
}
