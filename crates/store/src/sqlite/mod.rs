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
mod checkpoint;
mod codes;
mod dims;
mod open;
mod payload;
mod query;
mod readers;
mod totals;
mod writer;

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use async_trait::async_trait;
use pandaprobe_model::project::{ApiKey, Organisation, Project};
use pandaprobe_model::query::{Page, SessionQuery, TraceQuery, Window};
use pandaprobe_model::session::{SessionDetail, SessionSummary};
use pandaprobe_model::trace::{TraceDetail, TraceFragment, TraceSummary};
use pandaprobe_model::{ProjectId, Timestamp, TraceId};
use parking_lot::{Mutex, RwLock};

use crate::{Ingest, Projects, Result, SessionQueries, Store, StoreError, TraceQueries};
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
}

impl Options {
    /// The settings for ordinary use of a directory.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            vfs: None,
            readers: 3,
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
        let (writer, writing) = Writer::start(connection, Arc::clone(&known), nudge)?;
        let (readers, mut threads) = Readers::start(&options)?;
        // In this order they end: the writer drops its nudge, which ends the
        // checkpointer.
        threads.extend([writing, checkpointer]);
        Ok(Self {
            parts: RwLock::new(Some(Arc::new(Parts {
                writer,
                readers,
                known,
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

impl Store for SqliteStore {}

#[async_trait]
impl Ingest for SqliteStore {
    async fn ingest(&self, project: ProjectId, fragments: Vec<TraceFragment>) -> Result<()> {
        let parts = self.parts()?;
        let prepared = fragments
            .into_iter()
            .map(|fragment| payload::prepare(&parts.known, project, fragment))
            .collect::<Result<Vec<_>>>()?;
        parts.writer.ingest(project, prepared).await
    }
}

#[async_trait]
impl TraceQueries for SqliteStore {
    async fn traces(&self, project: ProjectId, query: TraceQuery) -> Result<Page<TraceSummary>> {
        self.parts()?
            .readers
            .read(move |connection| query::traces::list(connection, project, &query))
            .await
    }

    async fn trace(&self, project: ProjectId, id: TraceId) -> Result<Option<TraceDetail>> {
        self.parts()?
            .readers
            .read(move |connection| query::detail::trace(connection, project, id))
            .await
    }
}

#[async_trait]
impl SessionQueries for SqliteStore {
    async fn sessions(
        &self,
        project: ProjectId,
        query: SessionQuery,
    ) -> Result<Page<SessionSummary>> {
        self.parts()?
            .readers
            .read(move |connection| query::sessions::list(connection, project, &query))
            .await
    }

    async fn session(
        &self,
        project: ProjectId,
        id: String,
        window: Window,
    ) -> Result<Option<SessionDetail>> {
        self.parts()?
            .readers
            .read(move |connection| query::sessions::detail(connection, project, &id, window))
            .await
    }
}

#[async_trait]
impl Projects for SqliteStore {
    async fn organisation(&self) -> Result<Organisation> {
        self.parts()?
            .readers
            .read(query::projects::organisation)
            .await
    }

    async fn projects(&self) -> Result<Vec<Project>> {
        self.parts()?.readers.read(query::projects::list).await
    }

    async fn project(&self, name: String) -> Result<Option<Project>> {
        self.parts()?
            .readers
            .read(move |connection| query::projects::by_name(connection, &name))
            .await
    }

    async fn ensure_project(&self, name: String) -> Result<Project> {
        if let Some(project) = self.project(name.clone()).await? {
            return Ok(project);
        }
        let wanted = name.clone();
        self.parts()?
            .writer
            .change(move |transaction| query::projects::create(transaction, &wanted))
            .await?;
        self.project(name).await?.ok_or(StoreError::Closed)
    }

    async fn api_key(&self, hash: [u8; 32]) -> Result<Option<ApiKey>> {
        self.parts()?
            .readers
            .read(move |connection| query::projects::api_key(connection, hash))
            .await
    }

    async fn has_api_key(&self) -> Result<bool> {
        self.parts()?
            .readers
            .read(query::projects::has_api_key)
            .await
    }

    async fn add_api_key(
        &self,
        hash: [u8; 32],
        name: String,
        prefix: String,
        expires_at: Option<Timestamp>,
    ) -> Result<()> {
        let change = move |transaction: &rusqlite::Transaction<'_>| {
            query::projects::add_api_key(transaction, hash, &name, &prefix, expires_at)
        };
        self.parts()?.writer.change(change).await
    }
}
