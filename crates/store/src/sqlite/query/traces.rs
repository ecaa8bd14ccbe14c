//! Lists of traces.

use pandaprobe_model::filter::{Entity, Filter, Term, Test};
use pandaprobe_model::query::{Order, Page, TraceQuery, TraceSort};
use pandaprobe_model::trace::{TraceStatus, TraceSummary};
use pandaprobe_model::{ProjectId, Timestamp, TraceId};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

use super::filter::Compiler;
use super::sql::{Conditions, direction, limit};
use crate::sqlite::apply::read_tags;
use crate::sqlite::dims;
use crate::sqlite::payload::ItemRef;
use crate::sqlite::{codes, totals};
use crate::{Result, StoreError};

/// A trace's row with what is needed to read the rest.
#[derive(Debug)]
pub(super) struct TraceRow {
    pub(super) id: i64,
    pub(super) place: Option<ItemRef>,
    pub(super) summary: TraceSummary,
}

/// Returns the part of the matching traces that the window asks for.
pub(in crate::sqlite) fn list(
    connection: &Connection,
    project: ProjectId,
    query: &TraceQuery,
) -> Result<Page<TraceSummary>> {
    let conditions = conditions(connection, project, &query.filter)?;
    let order = order_by(query);
    let ids = format!(
        "SELECT t.id FROM trace t WHERE {} ORDER BY {order} {}",
        conditions.sql(),
        limit(query.window)
    );
    let items = rows(connection, &ids, conditions.values())?
        .into_iter()
        .map(|row| row.summary)
        .collect();
    Ok(Page {
        items,
        total: total(connection, project, query, &conditions)?,
    })
}

/// Reads the traces whose row ids a query gives, in its order.
pub(super) fn rows(connection: &Connection, ids: &str, values: &[Value]) -> Result<Vec<TraceRow>> {
    let mut select = connection.prepare_cached(ids)?;
    let ids: Vec<i64> = select
        .query_map(params_from_iter(values), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    ids.into_iter()
        .map(|id| row(connection, "t.id = ?1", &[id.into()])?.ok_or_else(|| missing(id)))
        .collect()
}

/// Reads the one trace that a condition selects.
pub(super) fn row(
    connection: &Connection,
    condition: &str,
    values: &[Value],
) -> Result<Option<TraceRow>> {
    let sql = format!(
        "SELECT t.id, t.trace_id, t.name, t.status, t.started, t.ended, t.environment, t.release, t.session_name, t.tags,
                t.first_act, t.last_act, t.user, s.sid, t.block, t.item, {}
         FROM trace t LEFT JOIN session s ON s.id = t.session WHERE {condition}",
        totals::COLUMNS
    );
    let found = connection
        .prepare_cached(&sql)?
        .query_row(params_from_iter(values), |row| Ok(read(connection, row)))
        .optional()?;
    found.transpose()
}

fn read(connection: &Connection, row: &Row<'_>) -> Result<TraceRow> {
    let id = row.get(0)?;
    let trace_id: Vec<u8> = row.get(1)?;
    let tags: Option<String> = row.get(9)?;
    let summary = TraceSummary {
        trace_id: TraceId::from_slice(&trace_id).ok_or_else(|| missing(id))?,
        name: dims::text(connection, row.get(2)?)?,
        status: codes::read_trace_status(row.get(3)?).unwrap_or(TraceStatus::Completed),
        started_at: Timestamp(row.get(4)?),
        ended_at: row.get::<_, Option<i64>>(5)?.map(Timestamp),
        environment: dims::text_some(connection, row.get(6)?)?,
        release: dims::text_some(connection, row.get(7)?)?,
        session_name: row.get(8)?,
        tags: read_tags(id, tags.as_deref())?,
        first_activity: Timestamp(row.get(10)?),
        last_activity: Timestamp(row.get(11)?),
        user_id: dims::text_some(connection, row.get(12)?)?,
        session_id: row.get(13)?,
        totals: totals::read(row, 16)?,
    };
    Ok(TraceRow {
        id,
        place: crate::sqlite::apply::place(row, 14)?,
        summary,
    })
}

fn missing(id: i64) -> StoreError {
    StoreError::Inconsistent {
        table: "trace",
        row: id,
        what: "the row is missing or its id is damaged".into(),
    }
}

fn conditions(connection: &Connection, project: ProjectId, filter: &Filter) -> Result<Conditions> {
    let mut all = Conditions::default();
    // Sessions, users and tags are rows of one project; naming the project again
    // would only keep their indexes from answering alone.
    if !filter.parts().iter().any(is_narrow) {
        all.compare("t.project", "=", project.0);
    }
    for part in filter.parts() {
        let condition = Compiler::new(connection, project, &mut all).filter(Entity::Trace, part)?;
        all.term(condition);
    }
    Ok(all)
}

/// Whether a condition selects by an index of its own.
fn is_narrow(part: &Filter) -> bool {
    matches!(part, Filter::Is(Term { field, test: Test::OneOf(_), .. })
        if matches!(field.name, "session" | "user" | "tag"))
}

fn order_by(query: &TraceQuery) -> String {
    let key = match query.sort {
        TraceSort::StartedAt => "t.started",
        TraceSort::EndedAt => "t.ended",
        TraceSort::Name => "(SELECT text FROM dim WHERE id = t.name)",
        TraceSort::Latency => "(t.ended - t.started)",
        TraceSort::Status => "CASE t.status WHEN 0 THEN 3 WHEN 1 THEN 4 WHEN 3 THEN 2 ELSE 1 END",
        TraceSort::Tokens => {
            "(t.input + t.cache_read + t.cache_write + t.output + t.reasoning + t.audio_input + t.audio_output)"
        }
        TraceSort::Cost => "t.cost",
        TraceSort::SpanCount => "t.spans",
    };
    let direction = direction(query.order, false);
    match (query.sort, query.order) {
        // Never missing, so that the index gives the order as it is.
        (TraceSort::StartedAt, Order::Asc) => "t.started, t.id".into(),
        (TraceSort::StartedAt, Order::Desc) => "t.started DESC, t.id DESC".into(),
        _ => format!("{key} {direction}, t.started DESC, t.id DESC"),
    }
}

fn total(
    connection: &Connection,
    project: ProjectId,
    query: &TraceQuery,
    conditions: &Conditions,
) -> Result<u64> {
    let count: i64 = if query.filter.is_all() {
        connection
            .prepare_cached("SELECT traces FROM project WHERE id = ?1")?
            .query_row([project.0], |row| row.get(0))?
    } else {
        let sql = format!("SELECT count(*) FROM trace t WHERE {}", conditions.sql());
        connection
            .prepare_cached(&sql)?
            .query_row(params_from_iter(conditions.values()), |row| row.get(0))?
    };
    Ok(u64::try_from(count).unwrap_or(0))
}
