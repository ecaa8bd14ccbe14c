//! The log of operations, in the order in which they reached the files.

use std::collections::HashMap;
use std::os::raw::c_int;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::ffi;

use super::fault::{Fault, FaultOperation};

/// A moment in the life of one [`FaultFs`](super::FaultFs): the number of operations before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogPosition(u64);

impl LogPosition {
    /// The moment after `operations` operations.
    #[must_use]
    pub fn from_index(operations: u64) -> Self {
        Self(operations)
    }

    /// How many operations came before this moment.
    #[must_use]
    pub fn index(self) -> u64 {
        self.0
    }
}

/// One file, whatever its name: a name that is deleted and made again gets another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileId(usize);

/// One logged operation. Paths are relative to the root. `covers` is the end of the log when the sync
/// began.
#[derive(Debug, Clone)]
pub(super) enum Operation {
    Create {
        path: PathBuf,
        file: FileId,
    },
    Delete {
        path: PathBuf,
    },
    DirectorySync {
        directory: PathBuf,
        covers: LogPosition,
    },
    Write {
        file: FileId,
        offset: u64,
        bytes: Arc<[u8]>,
    },
    SetLength {
        file: FileId,
        length: u64,
    },
    Sync {
        file: FileId,
        covers: LogPosition,
    },
    SyncFailed {
        file: FileId,
        covers: LogPosition,
    },
}

/// A file that was there before its first operation.
#[derive(Debug, Clone)]
pub(super) struct Baseline {
    pub(super) path: PathBuf,
    pub(super) file: FileId,
    pub(super) content: Arc<[u8]>,
}

/// What a snapshot is made from.
#[derive(Debug)]
pub(super) struct History {
    pub(super) baselines: Vec<Baseline>,
    pub(super) operations: Vec<Operation>,
}

/// How SQLite asked for a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenRequest {
    pub(super) is_main_database: bool,
    pub(super) may_create: bool,
}

/// The log of one disk, with the names that exist now.
#[derive(Debug)]
pub(super) struct Recorder {
    root: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    operations: Vec<Operation>,
    baselines: Vec<Baseline>,
    names: HashMap<PathBuf, FileId>,
    files: usize,
    faults: Vec<Fault>,
    sync_delay: Duration,
}

/// Every method that changes a file runs the real operation inside the lock, so that the order of the log
/// is the order on the files. Syncs run outside it: writers go on while one is under way.
impl Recorder {
    pub(super) fn new(root: PathBuf) -> Self {
        Self {
            root,
            state: Mutex::default(),
        }
    }

    pub(super) fn position(&self) -> LogPosition {
        self.state().position()
    }

    pub(super) fn history_until(&self, cut: LogPosition) -> History {
        let state = self.state();
        let end = usize::try_from(cut.0)
            .unwrap_or(usize::MAX)
            .min(state.operations.len());
        History {
            baselines: state.baselines.clone(),
            operations: state.operations[..end].to_vec(),
        }
    }

    pub(super) fn inject(&self, fault: Fault) {
        self.state().faults.push(fault);
    }

    pub(super) fn clear_faults(&self) {
        self.state().faults.clear();
    }

    pub(super) fn set_sync_delay(&self, delay: Duration) {
        self.state().sync_delay = delay;
    }

    /// The path below the root, if it is below it.
    pub(super) fn relative(&self, path: &Path) -> Option<PathBuf> {
        path.strip_prefix(&self.root).ok().map(Path::to_path_buf)
    }

    pub(super) fn open(
        &self,
        path: &Path,
        request: OpenRequest,
        real: impl FnOnce() -> c_int,
    ) -> Result<FileId, c_int> {
        let mut state = self.state();
        state.adopt(&self.root, path);
        if request.is_main_database {
            // A log or journal left by an earlier process belongs to the disk from the start,
            // even if SQLite looks at it only later.
            for suffix in ["-wal", "-journal"] {
                let mut name = path.as_os_str().to_owned();
                name.push(suffix);
                state.adopt(&self.root, Path::new(&name));
            }
        }
        let known = state.names.get(path).copied();
        if known.is_none() && request.may_create {
            state.check_faults(FaultOperation::Create, path)?;
        }
        accepted(real())?;
        Ok(known.unwrap_or_else(|| state.create(path)))
    }

    pub(super) fn write(
        &self,
        (path, file): (&Path, FileId),
        offset: u64,
        bytes: &[u8],
        real: impl FnOnce() -> c_int,
    ) -> Result<(), c_int> {
        let mut state = self.state();
        state.check_faults(FaultOperation::Write, path)?;
        accepted(real())?;
        state.operations.push(Operation::Write {
            file,
            offset,
            bytes: bytes.into(),
        });
        Ok(())
    }

    /// Runs `real`, which may change the length of the file, and logs the length it has then.
    /// `length` reads it.
    pub(super) fn resize(
        &self,
        (path, file): (&Path, FileId),
        fault: Option<FaultOperation>,
        length: impl Fn() -> Result<u64, c_int>,
        real: impl FnOnce() -> c_int,
    ) -> Result<(), c_int> {
        let mut state = self.state();
        if let Some(operation) = fault {
            state.check_faults(operation, path)?;
        }
        let before = length()?;
        accepted(real())?;
        let after = length()?;
        if before != after {
            state.operations.push(Operation::SetLength {
                file,
                length: after,
            });
        }
        Ok(())
    }

    /// `with_directory`: the real sync also syncs the directory.
    pub(super) fn sync(
        &self,
        (path, file): (&Path, FileId),
        with_directory: bool,
        real: impl FnOnce() -> c_int,
    ) -> Result<(), c_int> {
        let (covers, fault, delay) = {
            let mut state = self.state();
            let fault = state.check_faults(FaultOperation::Sync, path);
            (state.position(), fault, state.sync_delay)
        };
        if !delay.is_zero() {
            std::thread::sleep(delay);
        }
        let outcome = fault.and_then(|()| accepted(real()));
        let mut state = self.state();
        if let Err(code) = outcome {
            state
                .operations
                .push(Operation::SyncFailed { file, covers });
            return Err(code);
        }
        state.operations.push(Operation::Sync { file, covers });
        if with_directory {
            state.sync_directory(path, covers);
        }
        Ok(())
    }

    pub(super) fn delete(
        &self,
        path: &Path,
        with_directory: bool,
        real: impl FnOnce() -> c_int,
    ) -> Result<(), c_int> {
        let mut state = self.state();
        state.adopt(&self.root, path);
        state.check_faults(FaultOperation::Delete, path)?;
        accepted(real())?;
        state.names.remove(path);
        state.operations.push(Operation::Delete {
            path: path.to_path_buf(),
        });
        if with_directory {
            let covers = state.position();
            state.sync_directory(path, covers);
        }
        Ok(())
    }

    /// A test that panics on another thread must not hide its message behind a poisoned lock.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn position(&self) -> LogPosition {
        LogPosition(self.operations.len() as u64)
    }

    fn check_faults(&mut self, operation: FaultOperation, path: &Path) -> Result<(), c_int> {
        let code = self
            .faults
            .iter_mut()
            .find_map(|fault| fault.trip(operation, path));
        code.map_or(Ok(()), Err)
    }

    fn next_file(&mut self) -> FileId {
        self.files += 1;
        FileId(self.files)
    }

    fn create(&mut self, path: &Path) -> FileId {
        let file = self.next_file();
        self.names.insert(path.to_path_buf(), file);
        self.operations.push(Operation::Create {
            path: path.to_path_buf(),
            file,
        });
        file
    }

    /// Takes in a file that is on the disk but not in the log.
    fn adopt(&mut self, root: &Path, path: &Path) {
        if self.names.contains_key(path) {
            return;
        }
        let Ok(content) = std::fs::read(root.join(path)) else {
            return;
        };
        let file = self.next_file();
        self.names.insert(path.to_path_buf(), file);
        self.baselines.push(Baseline {
            path: path.to_path_buf(),
            file,
            content: content.into(),
        });
    }

    fn sync_directory(&mut self, path: &Path, covers: LogPosition) {
        let directory = path.parent().unwrap_or(Path::new("")).to_path_buf();
        self.operations
            .push(Operation::DirectorySync { directory, covers });
    }
}

fn accepted(code: c_int) -> Result<(), c_int> {
    if code == ffi::SQLITE_OK {
        Ok(())
    } else {
        Err(code)
    }
}
