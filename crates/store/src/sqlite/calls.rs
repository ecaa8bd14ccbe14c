//! The store's traits on the embedded store: each call goes to the writer or to
//! a reader.

use std::collections::BTreeSet;

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
use rusqlite::Connection;
use uuid::Uuid;

use super::apply::Group;
use super::payload::Packing;
use super::writer::Merged;
use super::{SqliteStore, payload, query};
use crate::{
    Analytics, Commands, Ingest, ProjectChange, Projects, Result, Scores, SessionQueries, Store,
    StoreError, TraceQueries,
};

impl Store for SqliteStore {}

/// How often a request that leans on what has just been deleted is prepared
/// anew before it is stored without leaning on anything.
const RETRIES: usize = 3;

impl SqliteStore {
    /// Stores the fragments of a request. With `spans_only` it has one, whose
    /// trace must exist; whether it does.
    async fn merge(
        &self,
        project: ProjectId,
        fragments: Vec<TraceFragment>,
        spans_only: bool,
    ) -> Result<bool> {
        let parts = self.parts()?;
        for attempt in 0.. {
            let packing = Packing {
                known: &parts.known,
                prices: &parts.prices,
                project,
                refer: attempt < RETRIES,
            };
            let prepare = |fragment: &TraceFragment| {
                let mut prepared = payload::prepare(packing, fragment.clone())?;
                prepared.spans_only = spans_only;
                Ok(prepared)
            };
            let prepared = fragments.iter().map(prepare).collect::<Result<Vec<_>>>()?;
            match parts.writer.ingest(project, prepared).await? {
                Merged::Done => return Ok(true),
                Merged::Missing => return Ok(false),
                Merged::Stale => {}
            }
        }
        Ok(true)
    }

    /// Deletes traces, all or those that are in a session by then.
    async fn delete(
        &self,
        project: ProjectId,
        traces: Vec<TraceId>,
        within: Option<String>,
    ) -> Result<u64> {
        let mut deleted = 0;
        for part in traces.chunks(DELETED_AT_ONCE) {
            let (part, within) = (part.to_vec(), within.clone());
            deleted += self
                .change(move |group| {
                    count(part, |id| {
                        group.delete_trace(project, id, within.as_deref())
                    })
                })
                .await?;
        }
        Ok(deleted)
    }

    async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Group<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.parts()?.writer.change(change).await
    }

    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.parts()?.readers.read(query).await
    }
}

/// How many traces one transaction deletes, so that ingest never waits long.
const DELETED_AT_ONCE: usize = 256;

#[async_trait]
impl Ingest for SqliteStore {
    async fn ingest(&self, project: ProjectId, fragments: Vec<TraceFragment>) -> Result<()> {
        self.merge(project, fragments, false).await.map(|_| ())
    }

    async fn add_spans(
        &self,
        project: ProjectId,
        trace: TraceId,
        spans: Vec<SpanFragment>,
    ) -> Result<bool> {
        let fragment = TraceFragment::of_spans(trace, spans);
        self.merge(project, vec![fragment], true).await
    }
}

#[async_trait]
impl Commands for SqliteStore {
    async fn patch_trace(
        &self,
        project: ProjectId,
        trace: TraceId,
        patch: TracePatch,
    ) -> Result<bool> {
        self.change(move |group| group.patch_trace(project, trace, patch))
            .await
    }

    async fn patch_span(
        &self,
        project: ProjectId,
        trace: TraceId,
        span: SpanId,
        patch: SpanPatch,
    ) -> Result<bool> {
        self.change(move |group| group.patch_span(project, trace, span, patch))
            .await
    }

    async fn tag_traces(
        &self,
        project: ProjectId,
        traces: Vec<TraceId>,
        change: TagChange,
    ) -> Result<u64> {
        let traces: BTreeSet<TraceId> = traces.into_iter().collect();
        self.change(move |group| count(traces, |id| group.tag_trace(project, id, &change)))
            .await
    }

    async fn delete_traces(&self, project: ProjectId, traces: Vec<TraceId>) -> Result<u64> {
        self.delete(project, traces, None).await
    }

    async fn patch_session(
        &self,
        project: ProjectId,
        session: String,
        patch: SessionPatch,
    ) -> Result<bool> {
        self.change(move |group| group.patch_session(project, &session, patch))
            .await
    }

    async fn tag_sessions(
        &self,
        project: ProjectId,
        sessions: Vec<String>,
        change: TagChange,
    ) -> Result<u64> {
        let sessions: BTreeSet<String> = sessions.into_iter().collect();
        self.change(move |group| count(sessions, |id| group.tag_session(project, &id, &change)))
            .await
    }

    async fn delete_session(&self, project: ProjectId, session: String) -> Result<Option<u64>> {
        let sid = session.clone();
        let begun = self
            .change(move |group| group.delete_session(project, &sid, DELETED_AT_ONCE))
            .await?;
        let Some((deleted, left)) = begun else {
            return Ok(None);
        };
        let more = self.delete(project, left, Some(session)).await?;
        Ok(Some(deleted + more))
    }
}

/// Does something for each id and counts where there was something to do.
fn count<T>(
    ids: impl IntoIterator<Item = T>,
    mut act: impl FnMut(T) -> Result<bool>,
) -> Result<u64> {
    ids.into_iter()
        .try_fold(0, |done, id| Ok(done + u64::from(act(id)?)))
}

#[async_trait]
impl TraceQueries for SqliteStore {
    async fn traces(&self, project: ProjectId, query: TraceQuery) -> Result<Page<TraceSummary>> {
        self.read(move |connection| query::traces::list(connection, project, &query))
            .await
    }

    async fn trace(&self, project: ProjectId, id: TraceId) -> Result<Option<TraceDetail>> {
        self.read(move |connection| query::detail::trace(connection, project, id))
            .await
    }

    async fn span(
        &self,
        project: ProjectId,
        trace: TraceId,
        span: SpanId,
    ) -> Result<Option<SpanDetail>> {
        self.read(move |connection| query::detail::one_span(connection, project, trace, span))
            .await
    }

    async fn users(&self, project: ProjectId, query: UserQuery) -> Result<Page<UserSummary>> {
        self.read(move |connection| query::users::list(connection, project, &query))
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
        self.read(move |connection| query::sessions::list(connection, project, &query))
            .await
    }

    async fn session(
        &self,
        project: ProjectId,
        id: String,
        window: Window,
    ) -> Result<Option<SessionDetail>> {
        self.read(move |connection| query::sessions::detail(connection, project, &id, window))
            .await
    }
}

#[async_trait]
impl Analytics for SqliteStore {
    async fn trace_analytics(
        &self,
        project: ProjectId,
        query: AnalyticsQuery,
    ) -> Result<Vec<TraceBucket>> {
        self.read(move |connection| query::analytics::traces(connection, project, &query))
            .await
    }

    async fn usage_analytics(
        &self,
        project: ProjectId,
        query: AnalyticsQuery,
    ) -> Result<Vec<UsageBucket>> {
        self.read(move |connection| query::analytics::usage(connection, project, &query))
            .await
    }

    async fn model_analytics(
        &self,
        project: ProjectId,
        query: AnalyticsQuery,
        limit: u32,
    ) -> Result<Vec<ModelUsage>> {
        self.read(move |connection| query::analytics::models(connection, project, &query, limit))
            .await
    }

    async fn session_analytics(
        &self,
        project: ProjectId,
        query: AnalyticsQuery,
    ) -> Result<Vec<SessionBucket>> {
        self.read(move |connection| query::analytics::sessions(connection, project, &query))
            .await
    }
}

#[async_trait]
impl Scores for SqliteStore {
    async fn add_score(&self, project: ProjectId, score: NewScore) -> Result<Option<Score>> {
        self.change(move |group| {
            group.demand(project)?;
            query::scores::add(group.connection, project, score)
        })
        .await
    }

    async fn scores(&self, project: ProjectId, query: ScoreQuery) -> Result<Page<Score>> {
        self.read(move |connection| query::scores::list(connection, project, &query))
            .await
    }
}

#[async_trait]
impl Projects for SqliteStore {
    async fn organisation(&self) -> Result<Organisation> {
        self.read(query::projects::organisation).await
    }

    async fn rename_organisation(&self, name: String) -> Result<()> {
        self.change(move |group| query::projects::rename_organisation(group.connection, &name))
            .await
    }

    async fn projects(&self) -> Result<Vec<Project>> {
        self.read(query::projects::list).await
    }

    async fn project(&self, name: String) -> Result<Option<Project>> {
        self.read(move |connection| query::projects::by_name(connection, &name))
            .await
    }

    async fn ensure_project(&self, name: String) -> Result<Project> {
        if let Some(project) = self.project(name.clone()).await? {
            return Ok(project);
        }
        self.change(move |group| {
            query::projects::create(group.connection, &name, "")?;
            let made = query::projects::by_name(group.connection, &name)?;
            made.ok_or(StoreError::NoProject)
        })
        .await
    }

    async fn create_project(&self, name: String, description: String) -> Result<Option<Project>> {
        self.change(move |group| {
            if !query::projects::create(group.connection, &name, &description)? {
                return Ok(None);
            }
            query::projects::by_name(group.connection, &name)
        })
        .await
    }

    async fn update_project(
        &self,
        id: Uuid,
        name: Option<String>,
        description: Option<String>,
    ) -> Result<ProjectChange> {
        self.change(move |group| {
            let connection = group.connection;
            if query::projects::by_id(connection, id)?.is_none() {
                return Ok(ProjectChange::Missing);
            }
            if !query::projects::update(connection, id, name.as_deref(), description.as_deref())? {
                return Ok(ProjectChange::NameTaken);
            }
            let changed = query::projects::by_id(connection, id)?;
            Ok(changed.map_or(ProjectChange::Missing, ProjectChange::Done))
        })
        .await
    }

    async fn delete_project(&self, id: Uuid) -> Result<bool> {
        self.change(move |group| {
            let found = query::projects::delete(group.connection, id)?;
            found.into_iter().for_each(|row| group.delete_project(row));
            Ok(found.is_some())
        })
        .await
    }

    async fn api_key(&self, hash: [u8; 32]) -> Result<Option<ApiKey>> {
        self.read(move |connection| query::projects::api_key(connection, hash))
            .await
    }

    async fn api_keys(&self) -> Result<Vec<ApiKey>> {
        self.read(query::projects::api_keys).await
    }

    async fn has_api_key(&self) -> Result<bool> {
        self.read(query::projects::has_api_key).await
    }

    async fn add_api_key(&self, key: NewKey) -> Result<ApiKey> {
        self.change(move |group| {
            query::projects::add_api_key(group.connection, &key)?;
            let stored = query::projects::api_key(group.connection, key.hash)?;
            stored.ok_or(StoreError::Closed)
        })
        .await
    }

    async fn revoke_api_key(&self, id: Uuid) -> Result<bool> {
        self.change(move |group| query::projects::revoke_api_key(group.connection, id))
            .await
    }

    async fn delete_api_key(&self, id: Uuid) -> Result<bool> {
        self.change(move |group| query::projects::delete_api_key(group.connection, id))
            .await
    }

    async fn touch_api_key(&self, id: Uuid, at: Timestamp) -> Result<()> {
        self.change(move |group| query::projects::touch_api_key(group.connection, id, at))
            .await
    }
}
