//! The embedded store: SQLite in WAL mode, one writer thread that commits in
//! groups, several readers, a checkpointer. All files live in one directory,
//! which one process at a time may open.
//!
//! The way of a fragment: [`payload`] packs it on the caller's thread,
//! [`writer`] merges it through [`apply`], a reply is sent after the commit is
//! on disk. The way of a query: [`readers`] run the functions of [`query`].
//!
//! To add a table or column, append a migration in [`open`]; to add a query,
//! add a function in `query/` beside the row that it reads and a method to the
//! trait in the crate's root.

mod apply;
pub mod backup;
mod calls;
mod checkpoint;
mod codes;
mod dims;
pub mod doctor;
mod open;
mod payload;
mod query;
mod readers;
pub mod tools;
mod totals;
mod writer;

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use pandaprobe_model::price::PriceBook;
use parking_lot::{Mutex, RwLock};

use crate::{Result, StoreError};
use open::Role;
use payload::Known;
use readers::Readers;
use writer::Writer;

/// Where and how the embedded store keeps its files.
#[derive(Debug, Clone)]
pub struct Options {
    /// The data directory; made if missing.
    pub dir: PathBuf,
    /// The SQLite VFS to use instead of the default one. For tests.
    pub vfs: Option<String>,
    /// How many connections answer queries.
    pub readers: usize,
    /// What models cost.
    pub prices: Arc<PriceBook>,
}

impl Options {
    /// The settings for ordinary use of a directory.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            vfs: None,
            readers: 3,
            prices: Arc::default(),
        }
    }
}

/// The embedded store. Dropping it, or [`SqliteStore::close`], ends its threads
/// after all work that was taken on is done.
#[derive(Debug)]
pub struct SqliteStore {
    /// `None` once closed.
    parts: RwLock<Option<Arc<Parts>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    lock: Mutex<Option<File>>,
}

#[derive(Debug)]
struct Parts {
    writer: Writer,
    readers: Readers,
    known: Arc<Known>,
    prices: Arc<PriceBook>,
}

impl SqliteStore {
    /// Opens the store in `options.dir`, making or upgrading it as needed.
    /// Blocks.
    ///
    /// # Errors
    /// [`StoreError::InUse`] if another process has it open,
    /// [`StoreError::TooNew`] if a newer version wrote it, else what the file
    /// system or SQLite reports.
    pub fn open(options: Options) -> Result<Self> {
        let lock = open::lock(&options.dir)?;
        let mut connection = open::connect(&options, Role::Writer)?;
        open::migrate(&mut connection)?;
        query::projects::found(&mut connection)?;
        let seed = query::projects::hash_seed(&connection)?;
        let known = Arc::new(Known::new(seed, open::connect(&options, Role::Reader)?));
        let (nudge, checkpointer) =
            checkpoint::start(open::connect(&options, Role::Checkpointer)?)?;
        let (writer, writing) = Writer::start(
            connection,
            Arc::clone(&known),
            Arc::clone(&options.prices),
            nudge,
        )?;
        let (readers, mut threads) = Readers::start(&options)?;
        // In this order they end: the writer drops its nudge, which ends the
        // checkpointer.
        threads.extend([writing, checkpointer]);
        Ok(Self {
            parts: RwLock::new(Some(Arc::new(Parts {
                writer,
                readers,
                known,
                prices: options.prices,
            }))),
            threads: Mutex::new(threads),
            lock: Mutex::new(Some(lock)),
        })
    }

    /// Finishes what was taken on, closes all files and lets another process
    /// open the directory. Later calls fail with [`StoreError::Closed`]. Blocks.
    pub fn close(&self) {
        drop(self.parts.write().take());
        for thread in self.threads.lock().drain(..) {
            if thread.join().is_err() {
                tracing::error!("a store thread panicked");
            }
        }
        drop(self.lock.lock().take());
    }

    fn parts(&self) -> Result<Arc<Parts>> {
        self.parts.read().clone().ok_or(StoreError::Closed)
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.close();
    }
}
