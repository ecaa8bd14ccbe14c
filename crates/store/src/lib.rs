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
use pandaprobe_model::analytics::{
    AnalyticsQuery, ModelUsage, SessionBucket, TraceBucket, UsageBucket,
};
use pandaprobe_model::patch::{SessionPatch, SpanPatch, TagChange, TracePatch};
use pandaprobe_model::project::{ApiKey, NewKey, Organisation, Project};
use pandaprobe_model::query::{Page, SessionQuery, TraceQuery, UserQuery, Window};
use pandaprobe_model::score::{NewScore, Score, ScoreQuery};
use pandaprobe_model::session::{SessionDetail, SessionSummary};
use pandaprobe_model::trace::{SpanDetail, SpanFragment, TraceDetail, TraceFragment, TraceSummary};
use pandaprobe_model::user::UserSummary;
use pandaprobe_model::{ProjectId, SpanId, Timestamp, TraceId};
use uuid::Uuid;

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

    /// Merges spans into a trace that exists; `false` if it does not.
    async fn add_spans(
        &self,
        project: ProjectId,
        trace: TraceId,
        spans: Vec<SpanFragment>,
    ) -> Result<bool>;
}

/// Carries out commands, in the order of arrival. What was changed is on disk
/// when a call returns. Ids that do not exist are left out of every count.
#[async_trait]
pub trait Commands: Send + Sync {
    /// Changes a trace; `false` if there is none.
    async fn patch_trace(
        &self,
        project: ProjectId,
        trace: TraceId,
        patch: TracePatch,
    ) -> Result<bool>;

    /// Changes a span; `false` if there is none.
    async fn patch_span(
        &self,
        project: ProjectId,
        trace: TraceId,
        span: SpanId,
        patch: SpanPatch,
    ) -> Result<bool>;

    /// Adds and removes tags of traces; returns how many of them there are.
    async fn tag_traces(
        &self,
        project: ProjectId,
        traces: Vec<TraceId>,
        change: TagChange,
    ) -> Result<u64>;

    /// Deletes traces with their spans and scores; returns how many there were.
    /// A session goes with its last trace.
    async fn delete_traces(&self, project: ProjectId, traces: Vec<TraceId>) -> Result<u64>;

    /// Changes a session; `false` if there is none.
    async fn patch_session(
        &self,
        project: ProjectId,
        session: String,
        patch: SessionPatch,
    ) -> Result<bool>;

    /// Adds and removes own tags of sessions; returns how many of them there are.
    async fn tag_sessions(
        &self,
        project: ProjectId,
        sessions: Vec<String>,
        change: TagChange,
    ) -> Result<u64>;

    /// Deletes a session with all of its traces; returns how many traces those
    /// were, `None` if there is no such session. Traces that arrive meanwhile
    /// stay, in a session made anew.
    async fn delete_session(&self, project: ProjectId, session: String) -> Result<Option<u64>>;
}

/// Reads traces. Everything acknowledged before the call is in the answer.
#[async_trait]
pub trait TraceQueries: Send + Sync {
    /// Returns the part of the matching traces that the query's window asks for.
    async fn traces(&self, project: ProjectId, query: TraceQuery) -> Result<Page<TraceSummary>>;

    /// Returns a trace with its spans and payloads.
    async fn trace(&self, project: ProjectId, id: TraceId) -> Result<Option<TraceDetail>>;

    /// Returns one span of a trace.
    async fn span(
        &self,
        project: ProjectId,
        trace: TraceId,
        span: SpanId,
    ) -> Result<Option<SpanDetail>>;

    /// Returns the part of the matching users that the query's window asks for,
    /// last seen first.
    async fn users(&self, project: ProjectId, query: UserQuery) -> Result<Page<UserSummary>>;
}

/// Figures over time. Buckets with nothing in them are left out; the others
/// come in order of time.
#[async_trait]
pub trait Analytics: Send + Sync {
    /// Counts, errors and latencies of the traces that started in the range.
    async fn trace_analytics(
        &self,
        project: ProjectId,
        query: AnalyticsQuery,
    ) -> Result<Vec<TraceBucket>>;

    /// Tokens and cost of the spans that started in the range.
    async fn usage_analytics(
        &self,
        project: ProjectId,
        query: AnalyticsQuery,
    ) -> Result<Vec<UsageBucket>>;

    /// The models that most spans in the range name, at most `limit`; the
    /// granularity is of no account.
    async fn model_analytics(
        &self,
        project: ProjectId,
        query: AnalyticsQuery,
        limit: u32,
    ) -> Result<Vec<ModelUsage>>;

    /// Sessions by their first trace in the range.
    async fn session_analytics(
        &self,
        project: ProjectId,
        query: AnalyticsQuery,
    ) -> Result<Vec<SessionBucket>>;
}

/// Keeps scores. Deleting a trace deletes its scores.
#[async_trait]
pub trait Scores: Send + Sync {
    /// Stores a score; `None` if there is no such trace.
    async fn add_score(&self, project: ProjectId, score: NewScore) -> Result<Option<Score>>;

    /// Returns the part of the matching scores that the window asks for,
    /// newest first.
    async fn scores(&self, project: ProjectId, query: ScoreQuery) -> Result<Page<Score>>;
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

/// What became of a change to a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectChange {
    /// It is done; the project as it is now.
    Done(Project),
    /// There is no such project.
    Missing,
    /// Another project has the name.
    NameTaken,
}

/// Keeps tenants and keys.
#[async_trait]
pub trait Projects: Send + Sync {
    /// Returns the one organisation.
    async fn organisation(&self) -> Result<Organisation>;

    /// Gives the organisation another name.
    async fn rename_organisation(&self, name: String) -> Result<()>;

    /// Returns all projects, newest first.
    async fn projects(&self) -> Result<Vec<Project>>;

    /// Finds a project by its name, which is unique.
    async fn project(&self, name: String) -> Result<Option<Project>>;

    /// Finds a project by its name or makes it; it is on disk when this returns.
    async fn ensure_project(&self, name: String) -> Result<Project>;

    /// Makes a project; `None` if the name is taken.
    async fn create_project(&self, name: String, description: String) -> Result<Option<Project>>;

    /// Changes what is given.
    async fn update_project(
        &self,
        id: Uuid,
        name: Option<String>,
        description: Option<String>,
    ) -> Result<ProjectChange>;

    /// Deletes a project with all that is in it, and takes back the keys that
    /// open it alone; `false` if there is none. It is out of sight, and its name
    /// free, when this returns; its data goes bit by bit afterwards, also over
    /// restarts.
    async fn delete_project(&self, id: Uuid) -> Result<bool>;

    /// Finds the key whose SHA-256 is `hash`.
    async fn api_key(&self, hash: [u8; 32]) -> Result<Option<ApiKey>>;

    /// Returns all keys, newest first, revoked ones too.
    async fn api_keys(&self) -> Result<Vec<ApiKey>>;

    /// Returns whether any usable key exists.
    async fn has_api_key(&self) -> Result<bool>;

    /// Stores a key by its SHA-256 and returns it; if it is there already, that
    /// one is returned as it is.
    async fn add_api_key(&self, key: NewKey) -> Result<ApiKey>;

    /// Takes a key back for good; `false` if there is none.
    async fn revoke_api_key(&self, id: Uuid) -> Result<bool>;

    /// Forgets a key; `false` if there is none.
    async fn delete_api_key(&self, id: Uuid) -> Result<bool>;

    /// Notes that a key was shown.
    async fn touch_api_key(&self, id: Uuid, at: Timestamp) -> Result<()>;
}

/// Everything a store does.
pub trait Store:
    Ingest + Commands + TraceQueries + SessionQueries + Analytics + Scores + Projects + std::fmt::Debug
{
}
