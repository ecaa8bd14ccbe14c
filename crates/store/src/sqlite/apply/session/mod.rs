//! A session's row, kept by delta: a trace's old contribution is taken out and
//! its new one put in. Minima, maxima and the traces that name the session are
//! looked up again only when the trace that held them moved or went.

mod rows;
mod state;

use std::collections::BTreeSet;

use pandaprobe_model::json::merge_objects;
use pandaprobe_model::patch::SessionPatch;
use pandaprobe_model::{ProjectId, RawJson, TraceId};
use rusqlite::{Connection, OptionalExtension};

use super::trace::{Contribution, Incoming};
use super::{Group, user};
use crate::sqlite::dims::Kind;
use crate::{Result, StoreError};
use state::{Bounds, Held, Holder, Rule};

pub(in crate::sqlite) use rows::searchable;
pub(super) use rows::write;
pub(super) use state::SessionState;

/// Takes a trace's contribution out of the session it was in and puts it into
/// the one it is in now.
pub(super) fn apply(
    group: &mut Group<'_>,
    project: ProjectId,
    incoming: Incoming,
    old: Option<(&Contribution, Option<i64>)>,
    new: (&Contribution, Option<i64>),
) -> Result<()> {
    let (trace, session) = new;
    match (old, session) {
        (Some((old, Some(from))), Some(to)) if from == to => {
            stay(group, project, &incoming, old, trace, to)?;
        }
        (old, session) => {
            if let Some((old, Some(from))) = old {
                leave(group, project, old, from)?;
            }
            if let Some(to) = session {
                enter(group, project, &incoming, trace, to, old.is_some())?;
            }
        }
    }
    merge_metadata(group, project, incoming.session_metadata.as_ref(), session)
}

fn stay(
    group: &mut Group<'_>,
    project: ProjectId,
    incoming: &Incoming,
    old: &Contribution,
    new: &Contribution,
    id: i64,
) -> Result<()> {
    let connection = group.connection;
    let state = state(group, project, id)?;
    state.sums.take(old);
    state.sums.add(new);
    if state
        .bounds
        .is_some_and(|bounds| bounds.loses(Bounds::of(old), Some(Bounds::of(new))))
    {
        state.bounds = None;
    }
    state.widen(new);
    offer(
        connection,
        &mut state.user,
        Rule::Earliest,
        old.started,
        new,
        new.user,
    )?;
    offer(
        connection,
        &mut state.trace_name,
        Rule::Latest,
        old.started,
        new,
        new.session_name.clone(),
    )?;
    match &incoming.first_user {
        Some(text) => offer(
            connection,
            &mut state.first_user,
            Rule::Earliest,
            old.started,
            new,
            text.clone(),
        )?,
        // The trace has the input it had; only its place may have changed.
        None if old.started != new.started => state.first_user = Holder::Stale,
        None => {}
    }
    change_labels(
        group,
        project,
        id,
        &old.labels(),
        &new.labels(),
        new.user.into_iter().chain(old.user),
    )
}

/// Takes a trace's contribution out of its session.
pub(super) fn leave(
    group: &mut Group<'_>,
    project: ProjectId,
    old: &Contribution,
    id: i64,
) -> Result<()> {
    let state = state(group, project, id)?;
    state.sums.take(old);
    if state
        .bounds
        .is_some_and(|bounds| bounds.loses(Bounds::of(old), None))
    {
        state.bounds = None;
    }
    withdraw(&mut state.user, old.trace);
    withdraw(&mut state.trace_name, old.trace);
    withdraw(&mut state.first_user, old.trace);
    let empty = state.sums.traces == 0;
    change_labels(
        group,
        project,
        id,
        &old.labels(),
        &BTreeSet::new(),
        old.user,
    )?;
    if empty {
        // At once, so that a trace that comes later in the same transaction
        // begins it anew.
        let sid = rows::remove(group, project, id)?;
        group.sessions.remove(&id);
        group.session_ids.remove(&(project, sid));
    }
    Ok(())
}

fn enter(
    group: &mut Group<'_>,
    project: ProjectId,
    incoming: &Incoming,
    new: &Contribution,
    id: i64,
    existed: bool,
) -> Result<()> {
    let connection = group.connection;
    let state = state(group, project, id)?;
    state.sums.add(new);
    state.widen(new);
    offer(
        connection,
        &mut state.user,
        Rule::Earliest,
        new.started,
        new,
        new.user,
    )?;
    offer(
        connection,
        &mut state.trace_name,
        Rule::Latest,
        new.started,
        new,
        new.session_name.clone(),
    )?;
    match &incoming.first_user {
        Some(text) => offer(
            connection,
            &mut state.first_user,
            Rule::Earliest,
            new.started,
            new,
            text.clone(),
        )?,
        // It may bring the input of an earlier fragment along.
        None if existed => state.first_user = Holder::Stale,
        None => {}
    }
    change_labels(
        group,
        project,
        id,
        &BTreeSet::new(),
        &new.labels(),
        new.user,
    )
}

/// Lets a trace provide a value if it stands before the one that does now.
fn offer<T: PartialEq>(
    connection: &Connection,
    holder: &mut Holder<T>,
    rule: Rule,
    old_started: i64,
    trace: &Contribution,
    value: Option<T>,
) -> Result<()> {
    let Holder::Known(held) = holder else {
        return Ok(());
    };
    let own = held.as_ref().is_some_and(|held| held.trace == trace.trace);
    if own && (value.is_none() || old_started != trace.started) {
        *holder = Holder::Stale;
        return Ok(());
    }
    let Some(value) = value else { return Ok(()) };
    let first = match held {
        Some(held) if !own => stands_first(connection, rule, trace, held.started, held.trace)?,
        _ => true,
    };
    if first {
        *held = Some(Held {
            value,
            started: trace.started,
            trace: trace.trace,
        });
    }
    Ok(())
}

/// Whether `trace` comes before a holder; of equal starts the ids decide, so
/// that the order of arrival does not.
fn stands_first(
    connection: &Connection,
    rule: Rule,
    trace: &Contribution,
    started: i64,
    holder: i64,
) -> Result<bool> {
    if trace.started == started {
        let bytes: Vec<u8> = connection
            .prepare_cached("SELECT trace_id FROM trace WHERE id = ?1")?
            .query_row([holder], |row| row.get(0))?;
        let other = TraceId::from_slice(&bytes);
        return Ok(match rule {
            Rule::Earliest => Some(trace.trace_id) < other,
            Rule::Latest => Some(trace.trace_id) > other,
        });
    }
    Ok(match rule {
        Rule::Earliest => trace.started < started,
        Rule::Latest => trace.started > started,
    })
}

fn withdraw<T>(holder: &mut Holder<T>, trace: i64) {
    if matches!(holder, Holder::Known(Some(held)) if held.trace == trace) {
        *holder = Holder::Stale;
    }
}

fn merge_metadata(
    group: &mut Group<'_>,
    project: ProjectId,
    incoming: Option<&RawJson>,
    session: Option<i64>,
) -> Result<()> {
    let (Some(id), Some(incoming)) = (session, incoming) else {
        return Ok(());
    };
    let state = state(group, project, id)?;
    let empty = RawJson::from_valid(bytes::Bytes::from_static(b"{}"));
    state.metadata = Some(merge_objects(
        state.metadata.as_ref().unwrap_or(&empty),
        incoming,
    ));
    state.metadata_changed = true;
    Ok(())
}

/// Counts the tags and users that came and went.
fn change_labels(
    group: &mut Group<'_>,
    project: ProjectId,
    session: i64,
    old: &BTreeSet<i64>,
    new: &BTreeSet<i64>,
    users: impl IntoIterator<Item = i64>,
) -> Result<()> {
    let users: BTreeSet<i64> = users.into_iter().collect();
    let changes = old
        .difference(new)
        .map(|dim| (*dim, -1))
        .chain(new.difference(old).map(|dim| (*dim, 1)));
    for (dim, change) in changes.collect::<Vec<_>>() {
        let had = label_count(group.connection, session, dim)?;
        let has = had + change;
        let sql = match (had, has) {
            (0, _) => {
                "INSERT INTO session_label(session, dim, traces) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET traces = ?3"
            }
            (_, 0) => {
                "DELETE FROM session_label WHERE session = ?1 AND dim = ?2 AND own = 0 AND ?3 = 0"
            }
            _ => "UPDATE session_label SET traces = ?3 WHERE session = ?1 AND dim = ?2",
        };
        let changed = group
            .connection
            .prepare_cached(sql)?
            .execute((session, dim, has))?;
        if changed == 0 {
            // The session itself has the tag: the row stays.
            set_label_count(group.connection, session, dim, has)?;
        }
        if users.contains(&dim) && (had == 0 || has == 0) {
            user::count_session(group, project, dim, change)?;
        }
    }
    Ok(())
}

fn set_label_count(connection: &Connection, session: i64, dim: i64, count: i64) -> Result<()> {
    connection
        .prepare_cached("UPDATE session_label SET traces = ?3 WHERE session = ?1 AND dim = ?2")?
        .execute((session, dim, count))?;
    Ok(())
}

fn label_count(connection: &Connection, session: i64, dim: i64) -> Result<i64> {
    let count = connection
        .prepare_cached("SELECT traces FROM session_label WHERE session = ?1 AND dim = ?2")?
        .query_row((session, dim), |row| row.get(0))
        .optional()?;
    Ok(count.unwrap_or(0))
}

/// Returns the row id of a session, if it has one.
pub(super) fn find(group: &mut Group<'_>, project: ProjectId, sid: &str) -> Result<Option<i64>> {
    let key = (project, sid.to_owned());
    if let Some(id) = group.session_ids.get(&key) {
        return Ok(Some(*id));
    }
    let found = group
        .connection
        .prepare_cached("SELECT id FROM session WHERE project = ?1 AND sid = ?2")?
        .query_row((project.0, sid), |row| row.get(0))
        .optional()?;
    if let Some(id) = found {
        group.session_ids.insert(key, id);
    }
    Ok(found)
}

/// Returns the row id of a session, making it if it is new.
pub(super) fn find_or_create(group: &mut Group<'_>, project: ProjectId, sid: &str) -> Result<i64> {
    if let Some(id) = find(group, project, sid)? {
        return Ok(id);
    }
    let connection = group.connection;
    connection
        .prepare_cached("INSERT INTO session(project, sid) VALUES (?1, ?2)")?
        .execute((project.0, sid))?;
    let id = connection.last_insert_rowid();
    group.sessions.insert(id, SessionState::fresh(project, sid));
    group.project(project).sessions += 1;
    group.session_ids.insert((project, sid.to_owned()), id);
    Ok(id)
}

/// Changes what was set on the session itself.
pub(super) fn patch(
    group: &mut Group<'_>,
    project: ProjectId,
    id: i64,
    patch: SessionPatch,
) -> Result<()> {
    let SessionPatch {
        name,
        metadata,
        tags,
    } = patch;
    merge_metadata(group, project, metadata.as_ref(), Some(id))?;
    if name.is_said() {
        name.apply(&mut state(group, project, id)?.given_name);
    }
    if let Some(tags) = tags {
        clear_own_tags(group, id)?;
        change_own_tags(group, project, id, &tags, &[])?;
    }
    Ok(())
}

/// Takes away what the session itself was given.
pub(super) fn begin_anew(group: &mut Group<'_>, project: ProjectId, id: i64) -> Result<()> {
    let state = state(group, project, id)?;
    state.given_name = None;
    state.metadata = None;
    state.metadata_changed = true;
    clear_own_tags(group, id)?;
    change_own_tags(group, project, id, &[], &[])
}

fn clear_own_tags(group: &Group<'_>, id: i64) -> Result<()> {
    group
        .connection
        .prepare_cached("UPDATE session_label SET own = 0 WHERE session = ?1 AND own")?
        .execute([id])?;
    Ok(())
}

/// Adds and removes tags of the session itself.
pub(super) fn change_own_tags(
    group: &mut Group<'_>,
    project: ProjectId,
    id: i64,
    add: &[String],
    remove: &[String],
) -> Result<()> {
    let connection = group.connection;
    for (tags, sql) in [
        (
            remove,
            "UPDATE session_label SET own = 0 WHERE session = ?1 AND dim = ?2",
        ),
        (
            add,
            "INSERT INTO session_label(session, dim, traces, own) VALUES (?1, ?2, 0, 1)
             ON CONFLICT DO UPDATE SET own = 1",
        ),
    ] {
        for tag in tags {
            let dim = group
                .memory
                .dims
                .intern(connection, project, Kind::Tag, tag)?;
            connection.prepare_cached(sql)?.execute((id, dim))?;
        }
    }
    connection
        .prepare_cached("DELETE FROM session_label WHERE session = ?1 AND traces = 0 AND own = 0")?
        .execute([id])?;
    Ok(())
}

fn state<'g>(
    group: &'g mut Group<'_>,
    project: ProjectId,
    id: i64,
) -> Result<&'g mut SessionState> {
    if !group.sessions.contains_key(&id) {
        let loaded = rows::load(group.connection, project, id)?;
        group.sessions.insert(id, loaded);
    }
    group.sessions.get_mut(&id).ok_or_else(|| missing(id))
}

fn missing(id: i64) -> StoreError {
    StoreError::Inconsistent {
        table: "session",
        row: id,
        what: "the row is missing".into(),
    }
}
