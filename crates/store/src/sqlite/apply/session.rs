//! A session's row, kept by delta: a trace's old contribution is taken out and
//! its new one put in. Minima, maxima and the traces that name the session are
//! looked up again only when the trace that held them moved or went.

use std::collections::BTreeSet;

use pandaprobe_model::json::merge_objects;
use pandaprobe_model::message::first_user_message;
use pandaprobe_model::trace::Totals;
use pandaprobe_model::{ProjectId, RawJson, TraceId};
use rusqlite::{Connection, OptionalExtension, params};

use super::trace::{Contribution, place};
use super::{Group, user};
use crate::sqlite::payload::{Loader, Prepared};
use crate::sqlite::totals;
use crate::{Result, StoreError};

/// A value that one trace of the session provides, with that trace's place in
/// the order of starts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held<T> {
    value: T,
    started: i64,
    trace: i64,
}

/// What was provided by a trace: known, or to be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Holder<T> {
    Known(Option<Held<T>>),
    Stale,
}

/// Which trace provides a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    Earliest,
    Latest,
}

/// A row of `session` and `session_num` in memory.
#[derive(Debug)]
pub(super) struct SessionState {
    project: ProjectId,
    is_new: bool,
    sums: Sums,
    /// First and last activity, first start, last end; `None` is stale.
    bounds: Option<Bounds>,
    user: Holder<i64>,
    trace_name: Holder<String>,
    first_user: Holder<String>,
    metadata: Option<RawJson>,
    metadata_changed: bool,
}

/// What is added and subtracted.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    traces: i64,
    errors: i64,
    totals: Totals,
    /// Over ended traces.
    latency: i64,
    /// How many have ended.
    ended: i64,
}

impl Sums {
    fn add(&mut self, trace: &Contribution) {
        self.traces += 1;
        self.errors += i64::from(trace.failed);
        self.totals += trace.totals;
        self.latency += trace.latency().unwrap_or_default();
        self.ended += i64::from(trace.ended.is_some());
    }

    fn take(&mut self, trace: &Contribution) {
        self.traces -= 1;
        self.errors -= i64::from(trace.failed);
        self.totals = self.totals - trace.totals;
        self.latency -= trace.latency().unwrap_or_default();
        self.ended -= i64::from(trace.ended.is_some());
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bounds {
    first_act: i64,
    last_act: i64,
    first_start: i64,
    last_end: Option<i64>,
}

impl Bounds {
    fn of(trace: &Contribution) -> Self {
        Self {
            first_act: trace.first_act,
            last_act: trace.last_act,
            first_start: trace.started,
            last_end: trace.ended,
        }
    }

    fn join(self, other: Self) -> Self {
        Self {
            first_act: self.first_act.min(other.first_act),
            last_act: self.last_act.max(other.last_act),
            first_start: self.first_start.min(other.first_start),
            last_end: self.last_end.max(other.last_end),
        }
    }

    /// Whether a part of `self` may rest on `old` and not on `new`.
    fn loses(self, old: Self, new: Option<Self>) -> bool {
        let weaker = |held: bool, kept: bool| held && !kept;
        weaker(
            old.first_act == self.first_act,
            new.is_some_and(|new| new.first_act <= self.first_act),
        ) || weaker(
            old.last_act == self.last_act,
            new.is_some_and(|new| new.last_act >= self.last_act),
        ) || weaker(
            old.first_start == self.first_start,
            new.is_some_and(|new| new.first_start <= self.first_start),
        ) || weaker(
            old.last_end == self.last_end && old.last_end.is_some(),
            new.is_some_and(|new| new.last_end >= self.last_end),
        )
    }
}

impl SessionState {
    fn fresh(project: ProjectId) -> Self {
        Self {
            project,
            is_new: true,
            sums: Sums::default(),
            bounds: None,
            user: Holder::Known(None),
            trace_name: Holder::Known(None),
            first_user: Holder::Known(None),
            metadata: None,
            metadata_changed: false,
        }
    }

    fn widen(&mut self, trace: &Contribution) {
        let own = Bounds::of(trace);
        // No other trace means nothing to look up, however stale.
        self.bounds = if self.sums.traces == 1 {
            Some(own)
        } else {
            self.bounds.map(|bounds| bounds.join(own))
        };
    }
}

/// Takes a trace's contribution out of the session it was in and puts it into
/// the one it is in now.
pub(super) fn apply(
    group: &mut Group<'_>,
    project: ProjectId,
    prepared: &Prepared,
    old: Option<(&Contribution, Option<i64>)>,
    new: (&Contribution, Option<i64>),
) -> Result<()> {
    let (trace, session) = new;
    match (old, session) {
        (Some((old, Some(from))), Some(to)) if from == to => {
            stay(group, project, prepared, old, trace, to)?;
        }
        (old, session) => {
            if let Some((old, Some(from))) = old {
                leave(group, project, old, from)?;
            }
            if let Some(to) = session {
                enter(group, project, prepared, trace, to, old.is_some())?;
            }
        }
    }
    merge_metadata(group, project, prepared, session)
}

fn stay(
    group: &mut Group<'_>,
    project: ProjectId,
    prepared: &Prepared,
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
    match &prepared.first_user {
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

fn leave(group: &mut Group<'_>, project: ProjectId, old: &Contribution, id: i64) -> Result<()> {
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
    change_labels(
        group,
        project,
        id,
        &old.labels(),
        &BTreeSet::new(),
        old.user,
    )
}

fn enter(
    group: &mut Group<'_>,
    project: ProjectId,
    prepared: &Prepared,
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
    match &prepared.first_user {
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
    prepared: &Prepared,
    session: Option<i64>,
) -> Result<()> {
    let (Some(id), Some(incoming)) = (session, &prepared.fragment.session_metadata) else {
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
            (0, _) => "INSERT INTO session_label(session, dim, traces) VALUES (?1, ?2, ?3)",
            (_, 0) => "DELETE FROM session_label WHERE session = ?1 AND dim = ?2 AND ?3 = 0",
            _ => "UPDATE session_label SET traces = ?3 WHERE session = ?1 AND dim = ?2",
        };
        group
            .connection
            .prepare_cached(sql)?
            .execute((session, dim, has))?;
        if users.contains(&dim) && (had == 0 || has == 0) {
            user::count_session(group, project, dim, change)?;
        }
    }
    Ok(())
}

fn label_count(connection: &Connection, session: i64, dim: i64) -> Result<i64> {
    let count = connection
        .prepare_cached("SELECT traces FROM session_label WHERE session = ?1 AND dim = ?2")?
        .query_row((session, dim), |row| row.get(0))
        .optional()?;
    Ok(count.unwrap_or(0))
}

/// Returns the row id of a session, making it if it is new.
pub(super) fn find_or_create(group: &mut Group<'_>, project: ProjectId, sid: &str) -> Result<i64> {
    let key = (project, sid.to_owned());
    if let Some(id) = group.session_ids.get(&key) {
        return Ok(*id);
    }
    let connection = group.connection;
    let found = connection
        .prepare_cached("SELECT id FROM session WHERE project = ?1 AND sid = ?2")?
        .query_row((project.0, sid), |row| row.get(0))
        .optional()?;
    let id = match found {
        Some(id) => id,
        None => {
            connection
                .prepare_cached("INSERT INTO session(project, sid) VALUES (?1, ?2)")?
                .execute((project.0, sid))?;
            let id = connection.last_insert_rowid();
            group.sessions.insert(id, SessionState::fresh(project));
            group.project(project).sessions += 1;
            id
        }
    };
    group.session_ids.insert(key, id);
    Ok(id)
}

fn state<'g>(
    group: &'g mut Group<'_>,
    project: ProjectId,
    id: i64,
) -> Result<&'g mut SessionState> {
    if !group.sessions.contains_key(&id) {
        let loaded = load(group.connection, project, id)?;
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

fn load(connection: &Connection, project: ProjectId, id: i64) -> Result<SessionState> {
    let sql = format!(
        "SELECT n.traces, n.errors, n.latency, n.ended, n.first_act, n.last_act, n.first_start, n.last_end,
                n.user, n.user_at, n.user_of, s.trace_name, s.trace_name_at, s.trace_name_of,
                s.first_user, s.first_user_at, s.first_user_of, s.metadata, {}
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
                sums: Sums {
                    traces: row.get(0)?,
                    errors: row.get(1)?,
                    latency: row.get(2)?,
                    ended: row.get(3)?,
                    totals: totals::read(row, 18)?,
                },
                bounds: Some(Bounds {
                    first_act: row.get(4)?,
                    last_act: row.get(5)?,
                    first_start: row.get(6)?,
                    last_end: row.get(7)?,
                }),
                user: held(row, 8)?,
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

/// Looks up what is stale and writes the rows, or removes them when the last
/// trace is gone.
pub(super) fn write(group: &mut Group<'_>, id: i64, state: SessionState) -> Result<()> {
    let connection = group.connection;
    let sums = state.sums;
    if sums.traces == 0 {
        connection
            .prepare_cached("DELETE FROM session WHERE id = ?1")?
            .execute([id])?;
        connection
            .prepare_cached("DELETE FROM session_num WHERE id = ?1")?
            .execute([id])?;
        connection
            .prepare_cached("DELETE FROM message WHERE owner = ?1")?
            .execute([id])?;
        group.project(state.project).sessions -= 1;
        return Ok(());
    }
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
    let name = trace_name
        .as_ref()
        .or(first_user.as_ref())
        .map(|held| held.value.as_str());
    connection
        .prepare_cached(
            "UPDATE session SET name = ?2, trace_name = ?3, trace_name_at = ?4, trace_name_of = ?5, first_user = ?6,
                first_user_at = ?7, first_user_of = ?8
             WHERE id = ?1 AND (name, trace_name, trace_name_at, trace_name_of, first_user, first_user_at, first_user_of)
                IS NOT (?2, ?3, ?4, ?5, ?6, ?7, ?8)",
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
        ])?;
    if state.metadata_changed {
        connection
            .prepare_cached("UPDATE session SET metadata = ?2 WHERE id = ?1")?
            .execute((id, state.metadata.as_ref().map(RawJson::as_str)))?;
    }
    Ok(())
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
