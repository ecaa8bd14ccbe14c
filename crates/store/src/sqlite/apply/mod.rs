//! The writer's work inside one transaction: merging prepared fragments into
//! rows and keeping every rollup by delta.

mod bodies;
mod commands;
mod metadata;
mod session;
mod spans;
mod trace;
mod user;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use pandaprobe_model::ProjectId;
use pandaprobe_model::price::PriceBook;
use rusqlite::Connection;

use super::dims::Dims;
use super::payload::{Known, NewBodies, OwnerKey, Prepared};
use crate::{Result, StoreError};
use session::SessionState;
use user::UserState;

pub(super) use session::searchable;
pub(super) use spans::{BEARS, COUNTED, COVERED, is_counted, read_amounts};
pub(super) use trace::{place, read_tags};

/// What outlives a transaction.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) dims: Dims,
    /// The row id that the next new trace gets. Never handed out twice, since
    /// block ids are made of it.
    pub(super) next_trace: i64,
    pub(super) prices: Arc<PriceBook>,
    /// Projects that are out of sight and whose data is going.
    pub(super) deleted_projects: BTreeSet<i64>,
}

impl Memory {
    fn new_trace(&mut self) -> i64 {
        self.next_trace += 1;
        self.next_trace - 1
    }
}

/// What became of a fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Applied {
    /// It is merged.
    Done,
    /// It leans on what has gone; it must be prepared anew.
    Stale,
    /// Its trace should exist and does not.
    Missing,
}

/// What is to be told after the commit, above all to the cache of bodies.
#[derive(Debug, Default)]
pub(super) struct Published {
    pub(super) bodies: Vec<NewBodies>,
    pub(super) forgotten: Vec<OwnerKey>,
    /// Not for the cache, but for the writer.
    pub(super) deleted_projects: Vec<i64>,
}

/// One group commit in the making. Rollups are loaded once, changed in memory
/// and written by [`Group::finish`].
#[derive(Debug)]
pub(super) struct Group<'a> {
    pub(super) connection: &'a Connection,
    memory: &'a mut Memory,
    known: &'a Known,
    now: i64,
    sessions: HashMap<i64, SessionState>,
    session_ids: HashMap<(ProjectId, String), i64>,
    users: HashMap<i64, UserState>,
    projects: HashMap<i64, ProjectDelta>,
    published: Published,
    /// Bodies that sessions have, as far as commands needed to know.
    shared: HashMap<i64, bodies::Shared>,
}

/// Changes of a project's counters.
#[derive(Debug, Default)]
struct ProjectDelta {
    traces: i64,
    sessions: i64,
    spans: i64,
}

impl<'a> Group<'a> {
    /// Begins; `connection` is inside a transaction, `now` the time of arrival.
    pub(super) fn new(
        connection: &'a Connection,
        memory: &'a mut Memory,
        known: &'a Known,
        now: i64,
    ) -> Self {
        Self {
            connection,
            memory,
            known,
            now,
            sessions: HashMap::new(),
            session_ids: HashMap::new(),
            users: HashMap::new(),
            projects: HashMap::new(),
            published: Published::default(),
            shared: HashMap::new(),
        }
    }

    /// Merges one fragment.
    pub(super) fn apply(&mut self, project: ProjectId, prepared: &Prepared) -> Result<Applied> {
        self.demand(project)?;
        trace::apply(self, project, prepared)
    }

    /// Demands that a project is not deleted.
    pub(super) fn demand(&self, project: ProjectId) -> Result<()> {
        if self.memory.deleted_projects.contains(&project.0) {
            return Err(StoreError::NoProject);
        }
        Ok(())
    }

    /// Notes that a project is deleted.
    pub(super) fn delete_project(&mut self, project: i64) {
        self.published.deleted_projects.push(project);
    }

    /// Writes the rollups and returns what to publish after the commit.
    pub(super) fn finish(mut self) -> Result<Published> {
        for (id, state) in std::mem::take(&mut self.sessions) {
            session::write(&mut self, id, state)?;
        }
        for (id, state) in std::mem::take(&mut self.users) {
            user::write(self.connection, id, state)?;
        }
        for (id, delta) in &self.projects {
            self.connection
                .prepare_cached(
                    "UPDATE project SET traces = traces + ?2, sessions = sessions + ?3, spans = spans + ?4 WHERE id = ?1",
                )?
                .execute((id, delta.traces, delta.sessions, delta.spans))?;
        }
        Ok(self.published)
    }

    fn project(&mut self, project: ProjectId) -> &mut ProjectDelta {
        self.projects.entry(project.0).or_default()
    }
}
