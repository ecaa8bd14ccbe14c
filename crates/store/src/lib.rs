//! Where data is kept. The traits here are all that the rest of the product
//! knows; [`sqlite`] is the embedded store behind them.
//!
//! **Architecture invariants:** this crate is the only place with SQL. The
//! traits speak in whole, idempotent batches and in typed queries, never in
//! transactions that a caller holds open, so that a store of several machines
//! can stand behind them as well. "Not found" is `Ok(None)`.

mod error;
pub mod sqlite;

use async_trait::async_trait;
use pandaprobe_model::project::{ApiKey, Organisation, Project};
use pandaprobe_model::query::{Page, SessionQuery, TraceQuery, Window};
use pandaprobe_model::session::{SessionDetail, SessionSummary};
use pandaprobe_model::trace::{TraceDetail, TraceFragment, TraceSummary};
use pandaprobe_model::{ProjectId, Timestamp, TraceId};

pub use error::StoreError;

/// The result of every store call.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Takes fragments in.
#[async_trait]
pub trait Ingest: Send + Sync {
    /// Merges the fragments, in order, into what is stored, and returns once
    /// the result is on disk. All or nothing; doing it again changes nothing.
    ///
    /// # Errors
    /// Any [`StoreError`]; then nothing of the batch was acknowledged to anyone.
    async fn ingest(&self, project: ProjectId, fragments: Vec<TraceFragment>) -> Result<()>;
}

/// Reads traces. Everything acknowledged before the call is in the answer.
#[async_trait]
pub trait TraceQueries: Send + Sync {
    /// Returns the part of the matching traces that the query's window asks for.
    async fn traces(&self, project: ProjectId, query: TraceQuery) -> Result<Page<TraceSummary>>;

    /// Returns a trace with its spans and payloads.
    async fn trace(&self, project: ProjectId, id: TraceId) -> Result<Option<TraceDetail>>;
}

/// Reads sessions. Everything acknowledged before the call is in the answer.
#[async_trait]
pub trait SessionQueries: Send + Sync {
    /// Returns the part of the matching sessions that the query's window asks for.
    async fn sessions(
        &self,
        project: ProjectId,
        query: SessionQuery,
    ) -> Result<Page<SessionSummary>>;

    /// Returns a session with a window of its traces, by start.
    async fn session(
        &self,
        project: ProjectId,
        id: String,
        window: Window,
    ) -> Result<Option<SessionDetail>>;
}

/// Keeps tenants and keys.
#[async_trait]
pub trait Projects: Send + Sync {
    /// Returns the one organisation.
    async fn organisation(&self) -> Result<Organisation>;

    /// Returns all projects, newest first.
    async fn projects(&self) -> Result<Vec<Project>>;

    /// Finds a project by its name, which is unique.
    async fn project(&self, name: String) -> Result<Option<Project>>;

    /// Finds a project by its name or makes it; it is on disk when this returns.
    async fn ensure_project(&self, name: String) -> Result<Project>;

    /// Finds the key whose SHA-256 is `hash`.
    async fn api_key(&self, hash: [u8; 32]) -> Result<Option<ApiKey>>;

    /// Returns whether any usable key exists.
    async fn has_api_key(&self) -> Result<bool>;

    /// Stores a key by its SHA-256; does nothing if it is there already.
    async fn add_api_key(
        &self,
        hash: [u8; 32],
        name: String,
        prefix: String,
        expires_at: Option<Timestamp>,
    ) -> Result<()>;
}

/// Everything a store does.
pub trait Store: Ingest + TraceQueries + SessionQueries + Projects + std::fmt::Debug {}
