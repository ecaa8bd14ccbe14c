//! A row of `trace`, and what the trace adds to its session and user.

use std::collections::BTreeSet;

use pandaprobe_model::merge::TraceHead;
use pandaprobe_model::trace::{Totals, TraceStatus};
use pandaprobe_model::{ProjectId, RawJson, Timestamp, TraceId};
use rusqlite::{OptionalExtension, Row, params};

use crate::sqlite::apply::Group;
use crate::sqlite::apply::spans::SpanOutcome;
use crate::sqlite::dims::{self, Kind};
use crate::sqlite::payload::ItemRef;
use crate::sqlite::{codes, totals};
use crate::{Result, StoreError};

/// What a trace adds to its session and user.
#[derive(Debug, Clone)]
pub(in super::super) struct Contribution {
    pub(in super::super) trace: i64,
    pub(in super::super) trace_id: TraceId,
    pub(in super::super) started: i64,
    pub(in super::super) ended: Option<i64>,
    pub(in super::super) failed: bool,
    pub(in super::super) first_act: i64,
    pub(in super::super) last_act: i64,
    pub(in super::super) totals: Totals,
    pub(in super::super) user: Option<i64>,
    pub(in super::super) session_name: Option<String>,
    pub(in super::super) tags: BTreeSet<i64>,
}

impl Contribution {
    /// Ended − started, if it has ended.
    pub(in super::super) fn latency(&self) -> Option<i64> {
        self.ended.map(|ended| ended - self.started)
    }

    /// Tag and user dimensions.
    pub(in super::super) fn labels(&self) -> BTreeSet<i64> {
        self.tags.iter().copied().chain(self.user).collect()
    }
}

/// A row of `trace`.
#[derive(Debug, Clone)]
pub(in super::super) struct TraceRow {
    pub(in super::super) id: i64,
    pub(in super::super) trace_id: TraceId,
    pub(in super::super) head: TraceHead,
    pub(in super::super) session: Option<i64>,
    pub(in super::super) user: Option<i64>,
    pub(in super::super) first_act: i64,
    pub(in super::super) last_act: i64,
    pub(in super::super) totals: Totals,
    pub(in super::super) place: Option<ItemRef>,
    pub(in super::super) blocks: i64,
    /// Metadata for the session that it does not have yet.
    pub(in super::super) session_metadata: Option<RawJson>,
}

pub(in super::super) fn contribution(
    group: &mut Group<'_>,
    project: ProjectId,
    row: &TraceRow,
) -> Result<Contribution> {
    let dims = &mut group.memory.dims;
    let tags = row
        .head
        .tags
        .iter()
        .map(|tag| dims.intern(group.connection, project, Kind::Tag, tag));
    Ok(Contribution {
        trace: row.id,
        trace_id: row.trace_id,
        started: row.head.started_at.0,
        ended: row.head.ended_at.map(|ended| ended.0),
        failed: row.head.status == Some(TraceStatus::Error),
        first_act: row.first_act,
        last_act: row.last_act,
        totals: row.totals,
        user: row.user,
        session_name: row.head.session_name.clone(),
        tags: tags.collect::<Result<_>>()?,
    })
}

/// Loads a trace by its id.
pub(in super::super) fn load(
    group: &Group<'_>,
    project: ProjectId,
    trace_id: TraceId,
) -> Result<Option<TraceRow>> {
    let sql = format!(
        "SELECT t.id, t.session, t.user, t.name, t.status, t.started, t.ended, t.environment, t.release, t.session_name,
                t.tags, t.first_act, t.last_act, t.block, t.item, t.blocks, s.sid, t.session_metadata, {}
         FROM trace t LEFT JOIN session s ON s.id = t.session WHERE t.project = ?1 AND t.trace_id = ?2",
        totals::COLUMNS
    );
    let found = group
        .connection
        .prepare_cached(&sql)?
        .query_row((project.0, trace_id.to_bytes()), |row| {
            Ok(read_row(group, trace_id, row))
        })
        .optional()?;
    found.transpose()
}

fn read_row(group: &Group<'_>, trace_id: TraceId, row: &Row<'_>) -> Result<TraceRow> {
    let text = |id| dims::text_some(group.connection, id);
    let id = row.get(0)?;
    let user: Option<i64> = row.get(2)?;
    let tags: Option<String> = row.get(10)?;
    let metadata: Option<String> = row.get(17)?;
    let head = TraceHead {
        name: dims::text(group.connection, row.get(3)?)?,
        status: codes::read_trace_status(row.get(4)?),
        started_at: Timestamp(row.get(5)?),
        ended_at: row.get::<_, Option<i64>>(6)?.map(Timestamp),
        environment: text(row.get(7)?)?,
        release: text(row.get(8)?)?,
        session_name: row.get(9)?,
        session_id: row.get(16)?,
        user_id: text(user)?,
        tags: read_tags(id, tags.as_deref())?.into_iter().collect(),
    };
    Ok(TraceRow {
        id,
        trace_id,
        head,
        session: row.get(1)?,
        user,
        first_act: row.get(11)?,
        last_act: row.get(12)?,
        place: place(row, 13)?,
        blocks: row.get(15)?,
        totals: totals::read(row, 18)?,
        session_metadata: metadata.map(|text| RawJson::from_valid(text.into())),
    })
}

/// Reads a trace's tags as stored.
pub(in crate::sqlite) fn read_tags(trace: i64, json: Option<&str>) -> Result<Vec<String>> {
    let Some(json) = json else {
        return Ok(Vec::new());
    };
    serde_json::from_str(json).map_err(|error| StoreError::Inconsistent {
        table: "trace",
        row: trace,
        what: error.to_string(),
    })
}

/// Reads a `block, item` pair that begins at column `at`.
pub(in crate::sqlite) fn place(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<ItemRef>> {
    let item: i64 = row.get(at + 1)?;
    let block = row.get(at)?;
    Ok(u32::try_from(item).ok().map(|item| ItemRef { block, item }))
}

/// The stored form of a place: item −1 means none.
pub(in super::super) fn place_values(place: Option<ItemRef>) -> (i64, i64) {
    place.map_or((0, -1), |place| (place.block, i64::from(place.item)))
}

/// Writes the row, of which `before` is what is stored.
pub(super) fn write(
    group: &mut Group<'_>,
    project: ProjectId,
    before: Option<&TraceRow>,
    row: &TraceRow,
) -> Result<()> {
    let dims = &mut group.memory.dims;
    let connection = group.connection;
    let head = &row.head;
    let name = dims.intern(connection, project, Kind::Name, &head.name)?;
    let environment = dims.intern_some(
        connection,
        project,
        Kind::Environment,
        head.environment.as_deref(),
    )?;
    let release = dims.intern_some(connection, project, Kind::Release, head.release.as_deref())?;
    let tags = (!head.tags.is_empty()).then(|| serde_json::json!(head.tags).to_string());
    let (block, item) = place_values(row.place);
    let status = codes::trace_status(head.status);
    let ended = head.ended_at.map(|ended| ended.0);
    let waiting = row.session_metadata.as_ref().map(RawJson::as_str);
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
    ] = totals::values(&row.totals);
    if before.is_none() {
        connection
            .prepare_cached(
                "INSERT INTO trace(id, name, status, ended, environment, release, session_name, tags, first_act, last_act,
                    spans, span_errors, prompt, completion, input, cache_read, cache_write, output, reasoning, audio_input,
                    audio_output, cost, unpriced, unusable, block, item, blocks, project, trace_id, session, user, started, created,
                    session_metadata)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
                    ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34)",
            )?
            .execute(params![
                row.id, name, status, ended, environment, release, head.session_name, tags, row.first_act, row.last_act,
                spans, span_errors, prompt, completion, input, cache_read, cache_write, output, reasoning, audio_input,
                audio_output, cost, unpriced, unusable, block, item, row.blocks, project.0, row.trace_id.to_bytes(),
                row.session, row.user, head.started_at.0, group.now, waiting
            ])?;
        return Ok(());
    }
    connection
        .prepare_cached(
            "UPDATE trace SET name = ?2, status = ?3, ended = ?4, environment = ?5, release = ?6, session_name = ?7, tags = ?8,
                first_act = ?9, last_act = ?10, spans = ?11, span_errors = ?12, prompt = ?13, completion = ?14, input = ?15,
                cache_read = ?16, cache_write = ?17, output = ?18, reasoning = ?19, audio_input = ?20, audio_output = ?21,
                cost = ?22, unpriced = ?23, unusable = ?24, block = ?25, item = ?26, blocks = ?27,
                session_metadata = ?28
             WHERE id = ?1",
        )?
        .execute(params![
            row.id, name, status, ended, environment, release, head.session_name, tags, row.first_act, row.last_act,
            spans, span_errors, prompt, completion, input, cache_read, cache_write, output, reasoning, audio_input,
            audio_output, cost, unpriced, unusable, block, item, row.blocks,
        waiting
        ])?;
    write_indexed(group, before, row)
}

/// The indexed columns, apart: most updates leave them as they are, and SQLite
/// rewrites the index of every column that an UPDATE names.
fn write_indexed(group: &Group<'_>, before: Option<&TraceRow>, row: &TraceRow) -> Result<()> {
    let same = before.is_some_and(|old| {
        old.session == row.session
            && old.user == row.user
            && old.head.started_at == row.head.started_at
    });
    if !same {
        group
            .connection
            .prepare_cached("UPDATE trace SET session = ?2, user = ?3, started = ?4 WHERE id = ?1")?
            .execute((row.id, row.session, row.user, row.head.started_at.0))?;
    }
    Ok(())
}

/// Writes the labels that came and removes those that went.
pub(super) fn write_tags(
    group: &Group<'_>,
    id: i64,
    old: Option<&Contribution>,
    new: &Contribution,
) -> Result<()> {
    let mut insert = group
        .connection
        .prepare_cached("INSERT OR IGNORE INTO trace_label(dim, trace) VALUES (?1, ?2)")?;
    for tag in new
        .tags
        .iter()
        .filter(|tag| old.is_none_or(|old| !old.tags.contains(tag)))
    {
        insert.execute((tag, id))?;
    }
    let gone = old
        .into_iter()
        .flat_map(|old| old.tags.difference(&new.tags));
    for tag in gone {
        group
            .connection
            .prepare_cached("DELETE FROM trace_label WHERE dim = ?1 AND trace = ?2")?
            .execute((tag, id))?;
    }
    Ok(())
}
/// The first and last activity. They are looked up among all spans only when
/// what held them has moved inwards.
pub(super) fn extent(
    group: &Group<'_>,
    id: i64,
    before: Option<&TraceRow>,
    head: &TraceHead,
    spans: &SpanOutcome,
) -> Result<(i64, i64)> {
    let own_first = head.started_at.0;
    let own_last = head
        .ended_at
        .map_or(own_first, |ended| ended.0.max(own_first));
    let own_shrank = before.is_some_and(|row| {
        let ended = row.head.ended_at.map_or(row.head.started_at.0, |ended| {
            ended.0.max(row.head.started_at.0)
        });
        (row.head.started_at.0 == row.first_act && own_first > row.first_act)
            || (ended == row.last_act && own_last < row.last_act)
    });
    let (mut first, mut last) = (own_first, own_last);
    let stored = if own_shrank || spans.shrank {
        stored_extent(group, id)?
    } else {
        before.map(|row| (row.first_act, row.last_act))
    };
    for (a, b) in stored.into_iter().chain(spans.extent) {
        first = first.min(a);
        last = last.max(b);
    }
    Ok((first, last))
}

fn stored_extent(group: &Group<'_>, id: i64) -> Result<Option<(i64, i64)>> {
    let (first, last): (Option<i64>, Option<i64>) = group
        .connection
        .prepare_cached("SELECT min(started), max(max(started, coalesce(ended, started))) FROM span WHERE trace = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(first.zip(last))
}
