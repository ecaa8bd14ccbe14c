//! Errors that a test orders from the disk while it runs.

use std::os::raw::c_int;
use std::path::Path;

use rusqlite::ffi;

/// The kinds of file operation that can be made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultOperation {
    /// Creating a file that did not exist.
    Create,
    /// Writing a range of bytes.
    Write,
    /// Cutting a file.
    Truncate,
    /// Syncing a file.
    Sync,
    /// Removing a file.
    Delete,
}

/// What SQLite is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultError {
    /// `SQLITE_FULL`: no space left on the disk.
    Full,
    /// The `SQLITE_IOERR_*` code of the operation: the device failed.
    Io,
}

/// An order to fail. By default it hits the next operation of its kind on any file, and every later one
/// until [`clear_faults`](super::FaultFs::clear_faults).
#[derive(Debug, Clone)]
pub struct Fault {
    operation: FaultOperation,
    error: FaultError,
    skip: u64,
    remaining: Option<u64>,
    name_ending: String,
}

impl Fault {
    /// `operation` fails with `error`. A failing operation changes nothing on the disk.
    #[must_use]
    pub fn new(operation: FaultOperation, error: FaultError) -> Self {
        Self {
            operation,
            error,
            skip: 0,
            remaining: None,
            name_ending: String::new(),
        }
    }

    /// Lets `successes` matching operations pass first.
    #[must_use]
    pub fn after(mut self, successes: u64) -> Self {
        self.skip = successes;
        self
    }

    /// Ends after `failures` failed operations.
    #[must_use]
    pub fn times(mut self, failures: u64) -> Self {
        self.remaining = Some(failures);
        self
    }

    /// Applies only to files whose path ends in `suffix`, such as `-wal`.
    #[must_use]
    pub fn on_files_ending(mut self, suffix: &str) -> Self {
        suffix.clone_into(&mut self.name_ending);
        self
    }

    /// Counts one operation; the SQLite result code if it must fail.
    pub(super) fn trip(&mut self, operation: FaultOperation, path: &Path) -> Option<c_int> {
        let applies = operation == self.operation
            && path.to_string_lossy().ends_with(&self.name_ending)
            && self.remaining != Some(0);
        if !applies {
            return None;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        if let Some(remaining) = &mut self.remaining {
            *remaining -= 1;
        }
        Some(self.code())
    }

    fn code(&self) -> c_int {
        match (self.error, self.operation) {
            (FaultError::Full, _) => ffi::SQLITE_FULL,
            (FaultError::Io, FaultOperation::Create) => ffi::SQLITE_CANTOPEN,
            (FaultError::Io, FaultOperation::Write) => ffi::SQLITE_IOERR_WRITE,
            (FaultError::Io, FaultOperation::Truncate) => ffi::SQLITE_IOERR_TRUNCATE,
            (FaultError::Io, FaultOperation::Sync) => ffi::SQLITE_IOERR_FSYNC,
            (FaultError::Io, FaultOperation::Delete) => ffi::SQLITE_IOERR_DELETE,
        }
    }
}
