//! The writer's work inside one transaction: merging prepared fragments into
//! rows and keeping every rollup by delta.

mod session;
mod spans;
mod trace;
mod user;

use std::collections::HashMap;

use pandaprobe_model::ProjectId;
use rusqlite::Connection;

use super::dims::Dims;
use super::payload::{NewBodies, Prepared};
use crate::Result;
use session::SessionState;
use user::UserState;

pub(super) use spans::{is_counted, read_amounts};
pub(super) use trace::{place, read_tags};

/// What outlives a transaction.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) dims: Dims,
    /// The row id that the next new trace gets. Never handed out twice, since
    /// block ids are made of it.
    pub(super) next_trace: i64,
}

impl Memory {
    fn new_trace(&mut self) -> i64 {
        self.next_trace += 1;
        self.next_trace - 1
    }
}

/// One group commit in the making. Rollups are loaded once, changed in memory
/// and written by [`Group::finish`].
#[derive(Debug)]
pub(super) struct Group<'a> {
    connection: &'a Connection,
    memory: &'a mut Memory,
    now: i64,
    sessions: HashMap<i64, SessionState>,
    session_ids: HashMap<(ProjectId, String), i64>,
    users: HashMap<i64, UserState>,
    projects: HashMap<i64, ProjectDelta>,
    new_bodies: Vec<NewBodies>,
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
    pub(super) fn new(connection: &'a Connection, memory: &'a mut Memory, now: i64) -> Self {
        Self {
            connection,
            memory,
            now,
            sessions: HashMap::new(),
            session_ids: HashMap::new(),
            users: HashMap::new(),
            projects: HashMap::new(),
            new_bodies: Vec::new(),
        }
    }

    /// Merges one fragment.
    pub(super) fn apply(&mut self, project: ProjectId, prepared: &Prepared) -> Result<()> {
        trace::apply(self, project, prepared)
    }

    /// Writes the rollups and returns what to publish after the commit.
    pub(super) fn finish(mut self) -> Result<Vec<NewBodies>> {
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
        Ok(self.new_bodies)
    }

    fn project(&mut self, project: ProjectId) -> &mut ProjectDelta {
        self.projects.entry(project.0).or_default()
    }
}
