//! A file layer for SQLite that remembers what a disk would have kept.
//!
//! [`FaultFs`] registers a SQLite VFS under a name of its own. Everything passes through to the real
//! unix VFS, so locks, shared memory, memory maps, several connections and several threads work as
//! always; beside that every create, write, change of length, sync and delete is appended to a log in
//! memory. From the log, [`FaultFs::snapshot_at`] rebuilds what a power cut at any moment could have
//! left behind, as often as a test likes, without stopping the run.
//!
//! ```
//! # use pandaprobe_testkit::faultfs::{FaultFs, TearMode};
//! # use rusqlite::{Connection, OpenFlags};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (data, after_cut) = (tempfile::tempdir()?, tempfile::tempdir()?);
//! let disk = FaultFs::new(data.path())?;
//! let db = Connection::open_with_flags_and_vfs(
//!     data.path().join("a.db"), OpenFlags::default(), disk.vfs_name())?;
//! db.execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t(x); INSERT INTO t VALUES (1)")?;
//! let acknowledged = disk.position();
//! disk.snapshot_at(acknowledged, 42, TearMode::Torn { sector_bytes: 512 }, after_cut.path())?;
//! let survivor = Connection::open(after_cut.path().join("a.db"))?;
//! assert_eq!(survivor.query_row("SELECT x FROM t", [], |row| row.get::<_, i64>(0))?, 1);
//! # Ok(()) }
//! ```
//!
//! # The disk it models
//!
//! The model promises only what POSIX does, which is less than journaling file systems give:
//!
//! * **Data.** A successful sync of a file makes durable what was written to it, and every change of
//!   its length, *before the sync began*. What was done while the sync ran, or after it, is pending. A
//!   sync counts from the moment it returned. Temporary files and the shared-memory index are not
//!   modelled: SQLite itself does not expect them back.
//! * **Names.** Creating or deleting a file becomes durable only with a sync of its directory, begun
//!   after it. SQLite syncs the directory at the first sync of a rollback journal, super-journal or
//!   write-ahead log after opening it, and at a delete that asks for it; nothing else does. So a file
//!   can be synced and still have no name. One directory sync covers every name in the directory.
//!   Directories themselves are always there.
//! * **Pending operations** happened, or did not, or happened in part: see [`TearMode`]. Any subset is
//!   possible, in particular a later one without an earlier one. A torn write never damages bytes
//!   outside its own range, which is the guarantee SQLite assumes by default ("powersafe overwrite").
//! * **A failed sync** leaves the pages it should have written in doubt for good: a later sync that
//!   succeeds does not bring them back, as on Linux, where a failed writeback marks pages clean.
//!
//! Files below the root that exist already when SQLite first opens them count as durable with the
//! content they have then. Nothing but SQLite through this VFS may change the files of a root during
//! a test, and no other VFS of the same process may have them open when they are first seen: reading
//! them would release its POSIX locks.

mod fault;
mod log;
mod snapshot;
#[cfg(test)]
mod tests;
mod vfs;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use fault::{Fault, FaultError, FaultOperation};
pub use log::LogPosition;
pub use snapshot::TearMode;

use log::Recorder;

/// One simulated disk: a registered SQLite VFS and the log of what went through it.
///
/// Instances know nothing of each other, so tests may run side by side. The registration and the log
/// live until the process ends.
#[derive(Debug, Clone)]
pub struct FaultFs {
    name: &'static str,
    recorder: Arc<Recorder>,
}

impl FaultFs {
    /// Registers a new VFS for the files below the existing directory `root`.
    ///
    /// Databases outside `root` cannot be opened through it (SQLite says `SQLITE_CANTOPEN`), so that no
    /// file escapes the log unnoticed.
    ///
    /// # Errors
    /// When `root` does not exist or SQLite has no default VFS to wrap.
    pub fn new(root: &Path) -> io::Result<Self> {
        let recorder = Arc::new(Recorder::new(root.canonicalize()?));
        let name = vfs::register(Arc::clone(&recorder))?;
        Ok(Self { name, recorder })
    }

    /// The name to open connections with, as in `Connection::open_with_flags_and_vfs`.
    #[must_use]
    pub fn vfs_name(&self) -> &'static str {
        self.name
    }

    /// The end of the log now. What was durable when this was called is in every snapshot from here on.
    #[must_use]
    pub fn position(&self) -> LogPosition {
        self.recorder.position()
    }

    /// Writes into `dir` the files that a power cut at `cut` could have left, with paths relative to the
    /// root, and returns those paths in order.
    ///
    /// The same log, `cut`, `seed` and `tear` give the same files. Calls are independent of each other and
    /// may run while connections are writing. `dir` should be empty and outside the root.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn snapshot_at(
        &self,
        cut: LogPosition,
        seed: u64,
        tear: TearMode,
        dir: &Path,
    ) -> io::Result<Vec<PathBuf>> {
        let history = self.recorder.history_until(cut);
        let files = snapshot::survivors(&history, seed, tear);
        for (path, content) in &files {
            let target = dir.join(path);
            if let Some(parent) = target.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(target, content)?;
        }
        Ok(files.into_keys().collect())
    }

    /// Makes operations fail from now on, as `fault` says. Several faults may be armed at once; the first
    /// that applies decides.
    pub fn inject(&self, fault: Fault) {
        self.recorder.inject(fault);
    }

    /// Disarms all faults.
    pub fn clear_faults(&self) {
        self.recorder.clear_faults();
    }

    /// Makes every sync take at least `delay` before it counts: widens the window in which something that
    /// must wait for the sync can be caught not waiting. Zero at first.
    pub fn set_sync_delay(&self, delay: Duration) {
        self.recorder.set_sync_delay(delay);
    }
}
