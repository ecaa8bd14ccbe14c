//! Reading and writing a session's rows, and looking up what its traces provide.

use pandaprobe_model::message::first_user_message;
use pandaprobe_model::{ProjectId, RawJson, TraceId};
use rusqlite::{Connection, OptionalExtension, params};

use super::missing;
use super::state::{Bounds, Held, Holder, Rule, SessionState, Sums};
use crate::Result;
use crate::sqlite::apply::trace::place;
use crate::sqlite::apply::{Group, bodies};
use crate::sqlite::payload::{Known, Loader};
use crate::sqlite::totals;

pub(super) fn load(connection: &Connection, project: ProjectId, id: i64) -> Result<SessionState> {
    let sql = format!(
        "SELECT n.traces, n.errors, n.latency, n.ended, n.first_act, n.last_act, n.first_start, n.last_end,
                n.user, n.user_at, n.user_of, s.trace_name, s.trace_name_at, s.trace_name_of,
                s.first_user, s.first_user_at, s.first_user_of, s.metadata, s.given_name, s.sid, s.name, {}
         FROM session_num n JOIN session s ON s.id = n.id WHERE n.id = ?1",
        totals::COLUMNS
    );
    connection
        .prepare_cached(&sql)?
        .query_row([id], |row| {
            let metadata: Option<String> = row.get(17)?;
            Ok(SessionState {
                project,
                is_new: false,
                sid: row.get(19)?,
                name: row.get(20)?,
                sums: Sums {
                    traces: row.get(0)?,
                    errors: row.get(1)?,
                    latency: row.get(2)?,
                    ended: row.get(3)?,
                    totals: totals::read(row, 21)?,
                },
                bounds: Some(Bounds {
                    first_act: row.get(4)?,
                    last_act: row.get(5)?,
                    first_start: row.get(6)?,
                    last_end: row.get(7)?,
                }),
                user: held(row, 8)?,
                given_name: row.get(18)?,
                trace_name: held(row, 11)?,
                first_user: held(row, 14)?,
                metadata: metadata.map(|text| RawJson::from_valid(text.into())),
                metadata_changed: false,
            })
        })
        .optional()?
        .ok_or_else(|| missing(id))
}

fn held<T: rusqlite::types::FromSql>(
    row: &rusqlite::Row<'_>,
    at: usize,
) -> rusqlite::Result<Holder<T>> {
    let value: Option<T> = row.get(at)?;
    Ok(Holder::Known(match value {
        Some(value) => Some(Held {
            value,
            started: row.get(at + 1)?,
            trace: row.get(at + 2)?,
        }),
        None => None,
    }))
}

/// Looks up what is stale and writes the rows.
pub(in super::super) fn write(group: &mut Group<'_>, id: i64, state: SessionState) -> Result<()> {
    let connection = group.connection;
    let sums = state.sums;
    let bounds = match state.bounds {
        Some(bounds) => bounds,
        None => look_up_bounds(connection, id)?,
    };
    let user = resolve(state.user, || {
        look_up(connection, id, "user", Rule::Earliest)
    })?;
    let trace_name = resolve(state.trace_name, || {
        look_up(connection, id, "session_name", Rule::Latest)
    })?;
    let first_user = resolve(state.first_user, || look_up_first_user(connection, id))?;
    write_numbers(
        connection,
        id,
        state.project,
        state.is_new,
        &sums,
        bounds,
        user,
    )?;
    let found = trace_name.as_ref().or(first_user.as_ref());
    let given = state.given_name.as_deref();
    let name = given.or(found.map(|held| held.value.as_str()));
    connection
        .prepare_cached(
            "UPDATE session SET name = ?2, trace_name = ?3, trace_name_at = ?4, trace_name_of = ?5, first_user = ?6,
                first_user_at = ?7, first_user_of = ?8, given_name = ?9
             WHERE id = ?1 AND (name, trace_name, trace_name_at, trace_name_of, first_user, first_user_at, first_user_of,
                given_name) IS NOT (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            id,
            name,
            trace_name.as_ref().map(|held| &held.value),
            trace_name.as_ref().map(|held| held.started),
            trace_name.as_ref().map(|held| held.trace),
            first_user.as_ref().map(|held| &held.value),
            first_user.as_ref().map(|held| held.started),
            first_user.as_ref().map(|held| held.trace),
            given,
        ])?;
    if state.is_new || state.name.as_deref() != name {
        write_text(connection, id, &state.sid, name, state.is_new)?;
    }
    if state.metadata_changed {
        connection
            .prepare_cached("UPDATE session SET metadata = ?2 WHERE id = ?1")?
            .execute((id, state.metadata.as_ref().map(RawJson::as_str)))?;
    }
    Ok(())
}

/// Makes a session's id and name findable by their parts.
fn write_text(
    connection: &Connection,
    id: i64,
    sid: &str,
    name: Option<&str>,
    is_new: bool,
) -> Result<()> {
    if !is_new {
        forget_text(connection, id)?;
    }
    connection
        .prepare_cached("INSERT INTO session_text(rowid, text) VALUES (?1, ?2)")?
        .execute((id, searchable(sid, name)))?;
    Ok(())
}

/// What the index of a session's id and name holds.
pub(in crate::sqlite) fn searchable(sid: &str, name: Option<&str>) -> String {
    format!("{sid}\n{}", name.unwrap_or_default()).to_lowercase()
}

fn forget_text(connection: &Connection, id: i64) -> Result<()> {
    connection
        .prepare_cached("DELETE FROM session_text WHERE rowid = ?1")?
        .execute([id])?;
    Ok(())
}

/// Removes a session that has no trace left; returns its id.
pub(super) fn remove(group: &mut Group<'_>, project: ProjectId, id: i64) -> Result<String> {
    let connection = group.connection;
    bodies::remove_session(group, id)?;
    forget_text(connection, id)?;
    connection
        .prepare_cached("DELETE FROM session_num WHERE id = ?1")?
        .execute([id])?;
    connection
        .prepare_cached("DELETE FROM session_label WHERE session = ?1")?
        .execute([id])?;
    let sid: String = connection
        .prepare_cached("DELETE FROM session WHERE id = ?1 RETURNING sid")?
        .query_row([id], |row| row.get(0))?;
    let key = Known::owner_key(project, Some(&sid), TraceId(0));
    group.published.forgotten.push(key);
    group.project(project).sessions -= 1;
    Ok(sid)
}

fn write_numbers(
    connection: &Connection,
    id: i64,
    project: ProjectId,
    is_new: bool,
    sums: &Sums,
    bounds: Bounds,
    user: Option<Held<i64>>,
) -> Result<()> {
    let sql = if is_new {
        "INSERT INTO session_num(id, project, traces, errors, latency, ended, first_act, last_act, first_start, last_end,
            user, user_at, user_of, spans, span_errors, prompt, completion, input, cache_read, cache_write, output, reasoning,
            audio_input, audio_output, cost, unpriced, unusable)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,
            ?24, ?25, ?26, ?27)"
    } else {
        "UPDATE session_num SET project = ?2, traces = ?3, errors = ?4, latency = ?5, ended = ?6, first_act = ?7, last_act = ?8,
            first_start = ?9, last_end = ?10, user = ?11, user_at = ?12, user_of = ?13, spans = ?14, span_errors = ?15,
            prompt = ?16, completion = ?17, input = ?18, cache_read = ?19, cache_write = ?20, output = ?21, reasoning = ?22,
            audio_input = ?23, audio_output = ?24, cost = ?25, unpriced = ?26, unusable = ?27
         WHERE id = ?1"
    };
    let [
        spans,
        span_errors,
        prompt,
        completion,
        input,
        cache_read,
        cache_write,
        output,
        reasoning,
        audio_input,
        audio_output,
        cost,
        unpriced,
        unusable,
    ] = totals::values(&sums.totals);
    connection.prepare_cached(sql)?.execute(params![
        id,
        project.0,
        sums.traces,
        sums.errors,
        sums.latency,
        sums.ended,
        bounds.first_act,
        bounds.last_act,
        bounds.first_start,
        bounds.last_end,
        user.as_ref().map(|held| held.value),
        user.as_ref().map(|held| held.started),
        user.as_ref().map(|held| held.trace),
        spans,
        span_errors,
        prompt,
        completion,
        input,
        cache_read,
        cache_write,
        output,
        reasoning,
        audio_input,
        audio_output,
        cost,
        unpriced,
        unusable,
    ])?;
    Ok(())
}

fn resolve<T>(
    holder: Holder<T>,
    look_up: impl FnOnce() -> Result<Option<Held<T>>>,
) -> Result<Option<Held<T>>> {
    match holder {
        Holder::Known(held) => Ok(held),
        Holder::Stale => look_up(),
    }
}

fn look_up_bounds(connection: &Connection, id: i64) -> Result<Bounds> {
    Ok(connection
        .prepare_cached("SELECT min(first_act), max(last_act), min(started), max(ended) FROM trace WHERE session = ?1")?
        .query_row([id], |row| {
            Ok(Bounds { first_act: row.get(0)?, last_act: row.get(1)?, first_start: row.get(2)?, last_end: row.get(3)? })
        })?)
}

fn look_up<T: rusqlite::types::FromSql>(
    connection: &Connection,
    id: i64,
    column: &str,
    rule: Rule,
) -> Result<Option<Held<T>>> {
    let order = match rule {
        Rule::Earliest => "ASC",
        Rule::Latest => "DESC",
    };
    let sql = format!(
        "SELECT {column}, started, id FROM trace WHERE session = ?1 AND {column} IS NOT NULL
         ORDER BY started {order}, trace_id {order} LIMIT 1"
    );
    let found = connection
        .prepare_cached(&sql)?
        .query_row([id], |row| {
            Ok(Held {
                value: row.get(0)?,
                started: row.get(1)?,
                trace: row.get(2)?,
            })
        })
        .optional()?;
    Ok(found)
}

/// The first user message of the earliest trace that has one; reads inputs
/// until it is found, which is nearly always the first.
fn look_up_first_user(connection: &Connection, id: i64) -> Result<Option<Held<String>>> {
    let mut select = connection.prepare_cached(
        "SELECT id, started, block, item FROM trace WHERE session = ?1 ORDER BY started, trace_id",
    )?;
    let mut rows = select.query([id])?;
    let mut loader = Loader::new(connection);
    while let Some(row) = rows.next()? {
        let record = loader.record(place(row, 2)?)?;
        let input = loader.json_some(record.input)?;
        if let Some(value) = input.as_ref().and_then(first_user_message) {
            return Ok(Some(Held {
                value,
                started: row.get(1)?,
                trace: row.get(0)?,
            }));
        }
    }
    Ok(None)
}
