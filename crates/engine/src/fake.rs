//! A store for the engine's own tests: tenants and keys in memory, no traces.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use pandaprobe_model::project::{ApiKey, Organisation, Project};
use pandaprobe_model::query::{Page, SessionQuery, TraceQuery, Window};
use pandaprobe_model::session::{SessionDetail, SessionSummary};
use pandaprobe_model::trace::{TraceDetail, TraceFragment, TraceSummary};
use pandaprobe_model::{ProjectId, Timestamp, TraceId};
use pandaprobe_store::{Ingest, Projects, Result, SessionQueries, Store, StoreError, TraceQueries};
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
    keys: Mutex<HashMap<[u8; 32], ApiKey>>,
    calls: AtomicUsize,
}

impl FakeStore {
    pub(crate) fn project_count(&self) -> usize {
        self.projects.lock().len()
    }

    /// How often projects were asked for.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    pub(crate) fn put_key(&self, hash: [u8; 32], expires_at: Option<Timestamp>, revoked: bool) {
        let key = ApiKey {
            id: Uuid::nil(),
            name: "test".to_owned(),
            prefix: "sk_pp_test".to_owned(),
            created_at: Timestamp(0),
            expires_at,
            revoked,
        };
        self.keys.lock().insert(hash, key);
    }
}

#[async_trait]
impl Ingest for FakeStore {
    async fn ingest(&self, _: ProjectId, _: Vec<TraceFragment>) -> Result<()> {
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

    async fn projects(&self) -> Result<Vec<Project>> {
        Ok(self.projects.lock().clone())
    }

    async fn project(&self, name: String) -> Result<Option<Project>> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let projects = self.projects.lock();
        Ok(projects
            .iter()
            .find(|project| project.name == name)
            .cloned())
    }

    async fn ensure_project(&self, name: String) -> Result<Project> {
        if let Some(project) = self.project(name.clone()).await? {
            return Ok(project);
        }
        let mut projects = self.projects.lock();
        let number = projects.len() as i64 + 1;
        let project = Project {
            key: ProjectId(number),
            id: Uuid::from_u128(number as u128),
            org_id: Uuid::nil(),
            name,
            description: String::new(),
            created_at: Timestamp(0),
        };
        projects.push(project.clone());
        Ok(project)
    }

    async fn api_key(&self, hash: [u8; 32]) -> Result<Option<ApiKey>> {
        Ok(self.keys.lock().get(&hash).cloned())
    }

    async fn has_api_key(&self) -> Result<bool> {
        Ok(!self.keys.lock().is_empty())
    }

    async fn add_api_key(
        &self,
        hash: [u8; 32],
        _: String,
        _: String,
        expires_at: Option<Timestamp>,
    ) -> Result<()> {
        self.put_key(hash, expires_at, false);
        Ok(())
    }
}

impl Store for FakeStore {}
