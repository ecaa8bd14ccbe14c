//! A store for the engine's own tests: tenants and keys in memory, no traces.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

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
use pandaprobe_store::{
    Analytics, Commands, Ingest, ProjectChange, Projects, Result, Scores, SessionQueries, Store,
    StoreError, TraceQueries,
};
use parking_lot::Mutex;
use uuid::Uuid;

use crate::{Engine, Limits};

/// Returns an engine over a new fake store, and the store.
pub(crate) fn engine() -> (Engine, Arc<FakeStore>) {
    let store = Arc::new(FakeStore::default());
    let shared: Arc<dyn Store> = Arc::clone(&store) as Arc<dyn Store>;
    (Engine::new(shared, Limits::default()), store)
}

#[derive(Debug, Default)]
pub(crate) struct FakeStore {
    projects: Mutex<Vec<Project>>,
    keys: Mutex<Vec<([u8; 32], ApiKey)>>,
    made: AtomicUsize,
    project_look_ups: AtomicUsize,
    key_look_ups: AtomicUsize,
    notes: AtomicUsize,
    notes_fail: AtomicBool,
}

impl FakeStore {
    /// How often projects were asked for.
    pub(crate) fn project_look_ups(&self) -> usize {
        self.project_look_ups.load(Ordering::Relaxed)
    }

    /// How often keys were asked for.
    pub(crate) fn key_look_ups(&self) -> usize {
        self.key_look_ups.load(Ordering::Relaxed)
    }

    /// How often the use of a key was noted.
    pub(crate) fn notes(&self) -> usize {
        self.notes.load(Ordering::Relaxed)
    }

    /// Makes notes impossible from now on.
    pub(crate) fn fail_notes(&self) {
        self.notes_fail.store(true, Ordering::Relaxed);
    }

    fn next_id(&self) -> Uuid {
        Uuid::from_u128(self.made.fetch_add(1, Ordering::Relaxed) as u128 + 1)
    }

    /// Changes the key with the id; `false` if there is none.
    fn change_key(&self, id: Uuid, change: impl FnOnce(&mut ApiKey)) -> bool {
        let mut keys = self.keys.lock();
        let found = keys.iter_mut().find(|(_, key)| key.id == id);
        found.map(|(_, key)| change(key)).is_some()
    }
}

#[async_trait]
impl Ingest for FakeStore {
    async fn ingest(&self, _: ProjectId, _: Vec<TraceFragment>) -> Result<()> {
        Err(StoreError::Closed)
    }

    async fn add_spans(&self, _: ProjectId, _: TraceId, _: Vec<SpanFragment>) -> Result<bool> {
        Err(StoreError::Closed)
    }
}

#[async_trait]
impl TraceQueries for FakeStore {
    async fn traces(&self, _: ProjectId, _: TraceQuery) -> Result<Page<TraceSummary>> {
        Err(StoreError::Closed)
    }
    async fn trace(&self, _: ProjectId, _: TraceId) -> Result<Option<TraceDetail>> {
        Err(StoreError::Closed)
    }

    async fn span(&self, _: ProjectId, _: TraceId, _: SpanId) -> Result<Option<SpanDetail>> {
        Err(StoreError::Closed)
    }

    async fn users(&self, _: ProjectId, _: UserQuery) -> Result<Page<UserSummary>> {
        Err(StoreError::Closed)
    }
}

#[async_trait]
impl SessionQueries for FakeStore {
    async fn sessions(&self, _: ProjectId, _: SessionQuery) -> Result<Page<SessionSummary>> {
        Err(StoreError::Closed)
    }
    async fn session(&self, _: ProjectId, _: String, _: Window) -> Result<Option<SessionDetail>> {
        Err(StoreError::Closed)
    }
}

#[async_trait]
impl Projects for FakeStore {
    async fn organisation(&self) -> Result<Organisation> {
        Err(StoreError::Closed)
    }

    async fn rename_organisation(&self, _: String) -> Result<()> {
        Err(StoreError::Closed)
    }

    async fn projects(&self) -> Result<Vec<Project>> {
        self.project_look_ups.fetch_add(1, Ordering::Relaxed);
        Ok(self.projects.lock().clone())
    }

    async fn project(&self, name: String) -> Result<Option<Project>> {
        self.project_look_ups.fetch_add(1, Ordering::Relaxed);
        let projects = self.projects.lock();
        Ok(projects
            .iter()
            .find(|project| project.name == name)
            .cloned())
    }

    async fn ensure_project(&self, name: String) -> Result<Project> {
        match self.create_project(name.clone(), String::new()).await? {
            Some(project) => Ok(project),
            None => self.project(name).await?.ok_or(StoreError::Closed),
        }
    }

    async fn create_project(&self, name: String, description: String) -> Result<Option<Project>> {
        if self.project(name.clone()).await?.is_some() {
            return Ok(None);
        }
        let id = self.next_id();
        let project = Project {
            key: ProjectId(id.as_u128() as i64),
            id,
            org_id: Uuid::nil(),
            name,
            description,
            created_at: Timestamp(0),
        };
        self.projects.lock().push(project.clone());
        Ok(Some(project))
    }

    async fn update_project(
        &self,
        id: Uuid,
        name: Option<String>,
        description: Option<String>,
    ) -> Result<ProjectChange> {
        let mut projects = self.projects.lock();
        let Some(project) = projects.iter_mut().find(|project| project.id == id) else {
            return Ok(ProjectChange::Missing);
        };
        project.name = name.unwrap_or_else(|| project.name.clone());
        project.description = description.unwrap_or_else(|| project.description.clone());
        Ok(ProjectChange::Done(project.clone()))
    }

    async fn delete_project(&self, id: Uuid) -> Result<bool> {
        let mut projects = self.projects.lock();
        let before = projects.len();
        projects.retain(|project| project.id != id);
        for (_, key) in self.keys.lock().iter_mut() {
            key.revoked |= key.project == Some(id);
        }
        Ok(projects.len() < before)
    }

    async fn api_key(&self, hash: [u8; 32]) -> Result<Option<ApiKey>> {
        self.key_look_ups.fetch_add(1, Ordering::Relaxed);
        let keys = self.keys.lock();
        let found = keys.iter().find(|(known, _)| *known == hash);
        Ok(found.map(|(_, key)| key.clone()))
    }

    async fn api_keys(&self) -> Result<Vec<ApiKey>> {
        let keys = self.keys.lock();
        Ok(keys.iter().rev().map(|(_, key)| key.clone()).collect())
    }

    async fn has_api_key(&self) -> Result<bool> {
        Ok(!self.keys.lock().is_empty())
    }

    async fn add_api_key(&self, key: NewKey) -> Result<ApiKey> {
        if let Some(known) = self.api_key(key.hash).await? {
            return Ok(known);
        }
        let NewKey {
            hash,
            prefix,
            name,
            expires_at,
            project,
            access,
        } = key;
        let known = |id| self.projects.lock().iter().any(|project| project.id == id);
        let key = ApiKey {
            id: self.next_id(),
            name,
            prefix,
            created_at: Timestamp(0),
            expires_at,
            revoked: project.is_some_and(|id| !known(id)),
            last_used_at: None,
            project,
            access,
        };
        self.keys.lock().push((hash, key.clone()));
        Ok(key)
    }

    async fn revoke_api_key(&self, id: Uuid) -> Result<bool> {
        Ok(self.change_key(id, |key| key.revoked = true))
    }

    async fn delete_api_key(&self, id: Uuid) -> Result<bool> {
        let mut keys = self.keys.lock();
        let before = keys.len();
        keys.retain(|(_, key)| key.id != id);
        Ok(keys.len() < before)
    }

    async fn touch_api_key(&self, id: Uuid, at: Timestamp) -> Result<()> {
        if self.notes_fail.load(Ordering::Relaxed) {
            return Err(StoreError::Overloaded);
        }
        self.notes.fetch_add(1, Ordering::Relaxed);
        self.change_key(id, |key| key.last_used_at = Some(at));
        Ok(())
    }
}

#[async_trait]
impl Commands for FakeStore {
    async fn patch_trace(&self, _: ProjectId, _: TraceId, _: TracePatch) -> Result<bool> {
        Err(StoreError::Closed)
    }

    async fn patch_span(&self, _: ProjectId, _: TraceId, _: SpanId, _: SpanPatch) -> Result<bool> {
        Err(StoreError::Closed)
    }

    async fn tag_traces(&self, _: ProjectId, _: Vec<TraceId>, _: TagChange) -> Result<u64> {
        Err(StoreError::Closed)
    }

    async fn delete_traces(&self, _: ProjectId, _: Vec<TraceId>) -> Result<u64> {
        Err(StoreError::Closed)
    }

    async fn patch_session(&self, _: ProjectId, _: String, _: SessionPatch) -> Result<bool> {
        Err(StoreError::Closed)
    }

    async fn tag_sessions(&self, _: ProjectId, _: Vec<String>, _: TagChange) -> Result<u64> {
        Err(StoreError::Closed)
    }

    async fn delete_session(&self, _: ProjectId, _: String) -> Result<Option<u64>> {
        Err(StoreError::Closed)
    }
}

#[async_trait]
impl Analytics for FakeStore {
    async fn trace_analytics(&self, _: ProjectId, _: AnalyticsQuery) -> Result<Vec<TraceBucket>> {
        Err(StoreError::Closed)
    }

    async fn usage_analytics(&self, _: ProjectId, _: AnalyticsQuery) -> Result<Vec<UsageBucket>> {
        Err(StoreError::Closed)
    }

    async fn model_analytics(
        &self,
        _: ProjectId,
        _: AnalyticsQuery,
        _: u32,
    ) -> Result<Vec<ModelUsage>> {
        Err(StoreError::Closed)
    }

    async fn session_analytics(
        &self,
        _: ProjectId,
        _: AnalyticsQuery,
    ) -> Result<Vec<SessionBucket>> {
        Err(StoreError::Closed)
    }
}

#[async_trait]
impl Scores for FakeStore {
    async fn add_score(&self, _: ProjectId, _: NewScore) -> Result<Option<Score>> {
        Err(StoreError::Closed)
    }

    async fn scores(&self, _: ProjectId, _: ScoreQuery) -> Result<Page<Score>> {
        Err(StoreError::Closed)
    }
}

impl Store for FakeStore {}
