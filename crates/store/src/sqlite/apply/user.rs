//! A user's row, kept by delta.

use pandaprobe_model::ProjectId;
use rusqlite::{Connection, OptionalExtension, params};

use super::Group;
use super::trace::Contribution;
use crate::Result;

/// A row of `user` in memory.
#[derive(Debug, Default)]
pub(super) struct UserState {
    project: i64,
    is_new: bool,
    traces: i64,
    errors: i64,
    sessions: i64,
    spans: i64,
    tokens: i64,
    cost: i64,
    /// First and last start of a trace; `None` must be looked up.
    seen: Option<(i64, i64)>,
}

impl UserState {
    fn add(&mut self, trace: &Contribution, sign: i64) {
        self.traces += sign;
        self.errors += sign * i64::from(trace.failed);
        self.spans += sign * trace.totals.spans;
        self.tokens += sign * trace.totals.usage.buckets.total();
        self.cost = self
            .cost
            .wrapping_add(sign.wrapping_mul(trace.totals.cost.0));
    }
}

/// Moves a trace's contribution from its old state to its new one.
pub(super) fn apply(
    group: &mut Group<'_>,
    project: ProjectId,
    old: Option<&Contribution>,
    new: &Contribution,
) -> Result<()> {
    if let Some(old) = old {
        let moved = new.user != old.user || new.started != old.started;
        take(group, project, old, moved)?;
    }
    if let Some(user) = new.user {
        let state = state(group, project, user)?;
        state.add(new, 1);
        if state.traces == 1 && state.is_new {
            state.seen = Some((new.started, new.started));
        }
        state.seen = state
            .seen
            .map(|(first, last)| (first.min(new.started), last.max(new.started)));
    }
    Ok(())
}

/// Takes a trace's contribution out of its user.
pub(super) fn leave(group: &mut Group<'_>, project: ProjectId, old: &Contribution) -> Result<()> {
    take(group, project, old, true)
}

/// `moved` says that the trace no longer starts when it did, for this user.
fn take(group: &mut Group<'_>, project: ProjectId, old: &Contribution, moved: bool) -> Result<()> {
    let Some(user) = old.user else { return Ok(()) };
    let state = state(group, project, user)?;
    state.add(old, -1);
    let held = |(first, last)| old.started == first || old.started == last;
    if moved && state.seen.is_some_and(held) {
        state.seen = None;
    }
    Ok(())
}

/// Counts a session that a user now has, or has no more.
pub(super) fn count_session(
    group: &mut Group<'_>,
    project: ProjectId,
    user: i64,
    change: i64,
) -> Result<()> {
    state(group, project, user)?.sessions += change;
    Ok(())
}

fn state<'g>(group: &'g mut Group<'_>, project: ProjectId, user: i64) -> Result<&'g mut UserState> {
    if !group.users.contains_key(&user) {
        let loaded = load(group.connection, user)?;
        let fresh = UserState {
            project: project.0,
            is_new: true,
            ..UserState::default()
        };
        group.users.insert(user, loaded.unwrap_or(fresh));
    }
    Ok(group.users.entry(user).or_default())
}

fn load(connection: &Connection, user: i64) -> Result<Option<UserState>> {
    Ok(connection
        .prepare_cached(
            "SELECT project, traces, errors, sessions, spans, tokens, cost, first_seen, last_seen FROM user WHERE id = ?1",
        )?
        .query_row([user], |row| {
            Ok(UserState {
                project: row.get(0)?,
                is_new: false,
                traces: row.get(1)?,
                errors: row.get(2)?,
                sessions: row.get(3)?,
                spans: row.get(4)?,
                tokens: row.get(5)?,
                cost: row.get(6)?,
                seen: Some((row.get(7)?, row.get(8)?)),
            })
        })
        .optional()?)
}

/// Writes the row, or removes it when the last trace is gone.
pub(super) fn write(connection: &Connection, id: i64, state: UserState) -> Result<()> {
    if state.traces == 0 {
        connection
            .prepare_cached("DELETE FROM user WHERE id = ?1")?
            .execute([id])?;
        return Ok(());
    }
    let (first, last) = match state.seen {
        Some(seen) => seen,
        None => connection
            .prepare_cached("SELECT min(started), max(started) FROM trace WHERE user = ?1")?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?,
    };
    connection
        .prepare_cached(
            "INSERT INTO user(id, project, traces, errors, sessions, spans, tokens, cost, first_seen, last_seen)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT(id) DO UPDATE SET traces = ?3, errors = ?4, sessions = ?5, spans = ?6, tokens = ?7, cost = ?8,
                first_seen = ?9, last_seen = ?10",
        )?
        .execute(params![
            id, state.project, state.traces, state.errors, state.sessions, state.spans, state.tokens, state.cost, first, last
        ])?;
    Ok(())
}
