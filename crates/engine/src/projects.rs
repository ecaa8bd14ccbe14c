//! Projects by name and by id. Names are looked up on every request, so what
//! was found is remembered.

use std::collections::HashMap;

use pandaprobe_model::project::Project;
use pandaprobe_store::Result;
use parking_lot::Mutex;
use uuid::Uuid;

use crate::Engine;

/// More names than this are not remembered: callers choose them.
const REMEMBERED: usize = 10_000;

/// Projects that were found. What is not there is never remembered, since it
/// may be made at any time.
#[derive(Debug, Default)]
pub(crate) struct ProjectCache(Mutex<HashMap<String, Project>>);

impl ProjectCache {
    fn get(&self, name: &str) -> Option<Project> {
        self.0.lock().get(name).cloned()
    }

    fn keep(&self, project: &Project) {
        let mut known = self.0.lock();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(project.name.clone(), project.clone());
    }
}

impl Engine {
    /// Finds a project by name, for reading: an unknown name stays unknown.
    ///
    /// # Errors
    /// Any [`pandaprobe_store::StoreError`].
    pub async fn find_project(&self, name: &str) -> Result<Option<Project>> {
        if let Some(project) = self.projects.get(name) {
            return Ok(Some(project));
        }
        let found = self.store().project(name.to_owned()).await?;
        if let Some(project) = &found {
            self.projects.keep(project);
        }
        Ok(found)
    }

    /// Finds a project by name or makes it, for writing.
    ///
    /// # Errors
    /// Any [`pandaprobe_store::StoreError`].
    pub async fn ensure_project(&self, name: &str) -> Result<Project> {
        if let Some(project) = self.projects.get(name) {
            return Ok(project);
        }
        let project = self.store().ensure_project(name.to_owned()).await?;
        self.projects.keep(&project);
        Ok(project)
    }

    /// Finds a project by its public id.
    ///
    /// # Errors
    /// Any [`pandaprobe_store::StoreError`].
    pub async fn project_with_id(&self, id: Uuid) -> Result<Option<Project>> {
        let all = self.store().projects().await?;
        Ok(all.into_iter().find(|project| project.id == id))
    }
}

#[cfg(test)]
mod tests {
    use crate::fake::engine;

    #[tokio::test]
    async fn reading_makes_no_project_and_writing_makes_one() {
        let (engine, store) = engine();
        assert_eq!(engine.find_project("a").await.unwrap(), None);
        assert_eq!(store.project_count(), 0);
        let made = engine.ensure_project("a").await.unwrap();
        assert_eq!(engine.find_project("a").await.unwrap(), Some(made.clone()));
        assert_eq!(engine.ensure_project("a").await.unwrap(), made);
        assert_eq!(engine.project_with_id(made.id).await.unwrap(), Some(made));
        assert_eq!(store.project_count(), 1);
    }

    #[tokio::test]
    async fn a_known_project_costs_no_look_up() {
        let (engine, store) = engine();
        engine.ensure_project("a").await.unwrap();
        let before = store.calls();
        engine.find_project("a").await.unwrap();
        engine.ensure_project("a").await.unwrap();
        assert_eq!(store.calls(), before);
    }
}
