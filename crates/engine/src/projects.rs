//! Projects by name and by id. They are looked up on every request, so what
//! was found is remembered.

use std::collections::HashMap;

use pandaprobe_model::project::Project;
use pandaprobe_store::{ProjectChange, Result};
use parking_lot::Mutex;
use uuid::Uuid;

use crate::Engine;

/// More projects than this are not remembered: callers choose the names.
const REMEMBERED: usize = 10_000;

/// Projects that were found. What is not there is never remembered, since it
/// may be made at any time.
#[derive(Debug, Default)]
pub(crate) struct ProjectCache(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Counts changes of projects. What was read before a change must not be
    /// kept after it.
    generation: u64,
    by_name: HashMap<String, Project>,
    by_id: HashMap<Uuid, Project>,
}

impl ProjectCache {
    /// A remembered project, or the generation to keep what the store says under.
    fn named(&self, name: &str) -> std::result::Result<Project, u64> {
        let known = self.0.lock();
        known.by_name.get(name).cloned().ok_or(known.generation)
    }

    fn with_id(&self, id: Uuid) -> std::result::Result<Project, u64> {
        let known = self.0.lock();
        known.by_id.get(&id).cloned().ok_or(known.generation)
    }

    fn keep(&self, project: &Project, asked: u64) {
        let mut known = self.0.lock();
        if known.generation != asked {
            return;
        }
        if known.by_name.len() >= REMEMBERED {
            known.by_name.clear();
            known.by_id.clear();
        }
        known.by_name.insert(project.name.clone(), project.clone());
        known.by_id.insert(project.id, project.clone());
    }

    fn forget(&self) {
        let mut known = self.0.lock();
        known.generation += 1;
        known.by_name.clear();
        known.by_id.clear();
    }
}

impl Engine {
    /// Returns the id of the one organisation, which never changes.
    ///
    /// # Errors
    /// Any [`pandaprobe_store::StoreError`].
    pub async fn organisation_id(&self) -> Result<Uuid> {
        if let Some(id) = self.organisation_id.get() {
            return Ok(*id);
        }
        let id = self.store().organisation().await?.id;
        Ok(*self.organisation_id.get_or_init(|| id))
    }

    /// Finds a project by name, for reading: an unknown name stays unknown.
    ///
    /// # Errors
    /// Any [`pandaprobe_store::StoreError`].
    pub async fn find_project(&self, name: &str) -> Result<Option<Project>> {
        let asked = match self.projects.named(name) {
            Ok(project) => return Ok(Some(project)),
            Err(generation) => generation,
        };
        let found = self.store().project(name.to_owned()).await?;
        if let Some(project) = &found {
            self.projects.keep(project, asked);
        }
        Ok(found)
    }

    /// Finds a project by name or makes it, for writing.
    ///
    /// # Errors
    /// Any [`pandaprobe_store::StoreError`].
    pub async fn ensure_project(&self, name: &str) -> Result<Project> {
        let asked = match self.projects.named(name) {
            Ok(project) => return Ok(project),
            Err(generation) => generation,
        };
        let project = self.store().ensure_project(name.to_owned()).await?;
        self.projects.keep(&project, asked);
        Ok(project)
    }

    /// Finds a project by its public id.
    ///
    /// # Errors
    /// Any [`pandaprobe_store::StoreError`].
    pub async fn project_with_id(&self, id: Uuid) -> Result<Option<Project>> {
        let asked = match self.projects.with_id(id) {
            Ok(project) => return Ok(Some(project)),
            Err(generation) => generation,
        };
        let all = self.store().projects().await?;
        let found = all.into_iter().find(|project| project.id == id);
        if let Some(project) = &found {
            self.projects.keep(project, asked);
        }
        Ok(found)
    }

    /// Changes what is given of a project. Its old name is free once this returns.
    ///
    /// # Errors
    /// Any [`pandaprobe_store::StoreError`].
    pub async fn update_project(
        &self,
        id: Uuid,
        name: Option<String>,
        description: Option<String>,
    ) -> Result<ProjectChange> {
        let change = self.store().update_project(id, name, description).await;
        self.projects.forget();
        change
    }

    /// Deletes a project with all that is in it and takes back the keys that
    /// open it alone; it is out of reach once this returns. `false` if there is
    /// none.
    ///
    /// # Errors
    /// Any [`pandaprobe_store::StoreError`].
    pub async fn delete_project(&self, id: Uuid) -> Result<bool> {
        let found = self.store().delete_project(id).await;
        self.projects.forget();
        self.keys.forget();
        found
    }
}

#[cfg(test)]
mod tests {
    use pandaprobe_store::{ProjectChange, Projects as _};

    use crate::fake::engine;

    #[tokio::test]
    async fn reading_makes_no_project_and_writing_makes_one() {
        let (engine, store) = engine();
        assert_eq!(engine.find_project("a").await.unwrap(), None);
        assert!(store.projects().await.unwrap().is_empty());
        let made = engine.ensure_project("a").await.unwrap();
        assert_eq!(engine.find_project("a").await.unwrap(), Some(made.clone()));
        assert_eq!(engine.ensure_project("a").await.unwrap(), made);
        assert_eq!(engine.project_with_id(made.id).await.unwrap(), Some(made));
        assert_eq!(store.projects().await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_known_project_costs_no_look_up() {
        let (engine, store) = engine();
        let project = engine.ensure_project("a").await.unwrap();
        let before = store.project_look_ups();
        engine.find_project("a").await.unwrap();
        engine.ensure_project("a").await.unwrap();
        engine.project_with_id(project.id).await.unwrap();
        assert_eq!(store.project_look_ups(), before);
    }

    #[tokio::test]
    async fn a_deleted_project_is_gone_at_once_and_its_name_is_free() {
        let (engine, _) = engine();
        let old = engine.ensure_project("a").await.unwrap();
        assert!(engine.delete_project(old.id).await.unwrap());
        assert!(!engine.delete_project(old.id).await.unwrap());
        assert_eq!(engine.find_project("a").await.unwrap(), None);
        assert_eq!(engine.project_with_id(old.id).await.unwrap(), None);
        assert_ne!(engine.ensure_project("a").await.unwrap().id, old.id);
    }

    #[tokio::test]
    async fn a_new_name_counts_at_once() {
        let (engine, _) = engine();
        let old = engine.ensure_project("a").await.unwrap();
        let change = engine
            .update_project(old.id, Some("b".to_owned()), None)
            .await;
        let ProjectChange::Done(renamed) = change.unwrap() else {
            panic!("not renamed")
        };
        assert_eq!(engine.find_project("a").await.unwrap(), None);
        assert_eq!(engine.find_project("b").await.unwrap(), Some(renamed));
    }
}
