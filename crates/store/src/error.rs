//! What can go wrong in a store. Callers decide by the variant; the text is
//! for logs and never for clients.

use thiserror::Error;

/// Why a store call failed.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    /// The disk or the allowed size is full; the same call may succeed later.
    #[error("no space left for the database: {0}")]
    Full(String),
    /// More work is waiting than the store takes on; try again shortly.
    #[error("the store is overloaded")]
    Overloaded,
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
    /// The project was deleted.
    #[error("the project was deleted")]
    NoProject,
    /// Another process has the data directory open.
    #[error("the data directory {0} is in use by another process")]
    InUse(String),
    /// The data was written by a newer version.
    #[error("the database has schema version {found}, this program knows up to {known}")]
    TooNew {
        /// What the file says.
        found: i64,
        /// The newest version that this program can read.
        known: i64,
    },
    /// A stored row contradicts the schema's promises.
    #[error("inconsistent data in {table}, row {row}: {what}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// Its key.
        row: i64,
        /// What was found.
        what: String,
    },
    /// Anything else that the database or the file system reported.
    #[error("{0}")]
    Backend(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full(error.to_string()),
            _ => Self::Backend(error.to_string()),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull => Self::Full(error.to_string()),
            _ => Self::Backend(error.to_string()),
        }
    }
}
