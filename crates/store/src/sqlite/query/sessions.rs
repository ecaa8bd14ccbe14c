//! Lists of sessions, and one session with its traces.

use pandaprobe_model::query::{Page, SessionQuery, SessionSort, Window};
use pandaprobe_model::session::{SessionDetail, SessionSummary};
use pandaprobe_model::{ProjectId, RawJson, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

use super::sql::{Conditions, direction, limit};
use super::traces::tag_list;
use super::{detail, traces};
use crate::sqlite::dims::{self, Kind};
use crate::sqlite::payload::Loader;
use crate::sqlite::totals;
use crate::{Result, StoreError};

/// A label carried by fewer sessions than this drives the query; a commoner
/// one is tested along the sort order.
const RARE_LABEL: i64 = 4000;

/// Returns the part of the matching sessions that the window asks for.
pub(in crate::sqlite) fn list(
    connection: &Connection,
    project: ProjectId,
    query: &SessionQuery,
) -> Result<Page<SessionSummary>> {
    let Some(conditions) = conditions(connection, project, query)? else {
        return Ok(Page {
            items: Vec::new(),
            total: 0,
        });
    };
    let from = if query.text.is_some()
        || matches!(query.sort, SessionSort::Name | SessionSort::SessionId)
    {
        "session_num n JOIN session s ON s.id = n.id"
    } else {
        "session_num n"
    };
    let sql = format!(
        "SELECT n.id FROM {from} WHERE {} ORDER BY {} {}",
        conditions.sql(),
        order_by(query),
        limit(query.window)
    );
    let mut select = connection.prepare_cached(&sql)?;
    let ids: Vec<i64> = select
        .query_map(params_from_iter(conditions.values()), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let items = ids
        .into_iter()
        .map(|id| summary(connection, id))
        .collect::<Result<_>>()?;
    Ok(Page {
        items,
        total: total(connection, project, query, from, &conditions)?,
    })
}

/// Returns a session with a window of its traces.
pub(in crate::sqlite) fn detail(
    connection: &Connection,
    project: ProjectId,
    sid: &str,
    window: Window,
) -> Result<Option<SessionDetail>> {
    let Some(id) = find(connection, project, sid)? else {
        return Ok(None);
    };
    let ids = format!(
        "SELECT t.id FROM trace t WHERE t.session = ?1 ORDER BY t.started, t.trace_id {}",
        limit(window)
    );
    let mut loader = Loader::new(connection);
    let traces = traces::rows(connection, &ids, &[id.into()])?
        .into_iter()
        .map(|row| detail::complete(connection, &mut loader, row))
        .collect::<Result<_>>()?;
    Ok(Some(SessionDetail {
        summary: summary(connection, id)?,
        traces,
    }))
}

/// Finds a session's row.
pub(super) fn find(connection: &Connection, project: ProjectId, sid: &str) -> Result<Option<i64>> {
    Ok(connection
        .prepare_cached("SELECT id FROM session WHERE project = ?1 AND sid = ?2")?
        .query_row((project.0, sid), |row| row.get(0))
        .optional()?)
}

fn summary(connection: &Connection, id: i64) -> Result<SessionSummary> {
    let sql = format!(
        "SELECT s.sid, s.name, s.metadata, n.user, n.traces, n.errors, n.first_start, n.last_end, n.first_act, n.last_act,
                n.latency, n.ended, {}
         FROM session_num n JOIN session s ON s.id = n.id WHERE n.id = ?1",
        totals::COLUMNS
    );
    let found = connection
        .prepare_cached(&sql)?
        .query_row([id], |row| Ok(read(connection, id, row)))
        .optional()?;
    found.transpose()?.ok_or_else(|| StoreError::Inconsistent {
        table: "session_num",
        row: id,
        what: "the row is missing".into(),
    })
}

fn read(connection: &Connection, id: i64, row: &Row<'_>) -> Result<SessionSummary> {
    let metadata: Option<String> = row.get(2)?;
    Ok(SessionSummary {
        session_id: row.get(0)?,
        name: row.get(1)?,
        metadata: metadata.map(|text| RawJson::from_valid(text.into())),
        user_id: dims::text_some(connection, row.get(3)?)?,
        trace_count: row.get(4)?,
        error_count: row.get(5)?,
        first_trace_at: Timestamp(row.get(6)?),
        last_trace_at: row.get::<_, Option<i64>>(7)?.map(Timestamp),
        first_activity: Timestamp(row.get(8)?),
        last_activity: Timestamp(row.get(9)?),
        latency: (row.get(10)?, row.get(11)?),
        totals: totals::read(row, 12)?,
        tags: tags(connection, id)?,
    })
}

fn tags(connection: &Connection, id: i64) -> Result<Vec<String>> {
    let mut select = connection.prepare_cached(
        "SELECT d.text FROM session_label l JOIN dim d ON d.id = l.dim WHERE l.session = ?1 AND d.kind = ?2 ORDER BY d.text",
    )?;
    let tags = select.query_map((id, Kind::Tag as i64), |row| row.get(0))?;
    Ok(tags.collect::<rusqlite::Result<_>>()?)
}

/// The conditions of a query; `None` if nothing can match.
fn conditions(
    connection: &Connection,
    project: ProjectId,
    query: &SessionQuery,
) -> Result<Option<Conditions>> {
    let mut all = Conditions::default();
    all.compare("n.project", "=", project.0);
    if let Some(user) = &query.user_id {
        let Some(user) = dims::find(connection, project, Kind::User, user)? else {
            return Ok(None);
        };
        label(connection, &mut all, &user.to_string())?;
    }
    if !query.tags.is_empty() {
        let Some(tags) = tag_list(connection, project, &query.tags)? else {
            return Ok(None);
        };
        label(connection, &mut all, &tags)?;
    }
    match query.has_error {
        Some(true) => all.term("n.errors > 0".into()),
        Some(false) => all.term("n.errors = 0".into()),
        None => {}
    }
    if let Some(after) = query.started_after {
        all.compare("n.last_act", ">=", after.0);
    }
    if let Some(before) = query.started_before {
        all.compare("n.first_act", "<", before.0);
    }
    if let Some(text) = &query.text {
        let place = all.bind(text.to_lowercase());
        all.term(format!(
            "(contains_folded(s.sid, {place}) OR contains_folded(s.name, {place}))"
        ));
    }
    Ok(Some(all))
}

/// Selects sessions with any of the labels. SQLite's planner cannot know which
/// way is cheap, a capped count does.
fn label(connection: &Connection, all: &mut Conditions, dims: &str) -> Result<()> {
    let sql = format!(
        "SELECT count(*) FROM (SELECT 1 FROM session_label WHERE dim IN ({dims}) LIMIT {RARE_LABEL})"
    );
    let count: i64 = connection.prepare(&sql)?.query_row([], |row| row.get(0))?;
    all.term(if count < RARE_LABEL {
        format!("n.id IN (SELECT session FROM session_label WHERE dim IN ({dims}))")
    } else {
        format!(
            "EXISTS (SELECT 1 FROM session_label l WHERE l.session = n.id AND l.dim IN ({dims}))"
        )
    });
    Ok(())
}

fn order_by(query: &SessionQuery) -> String {
    let key = match query.sort {
        SessionSort::Recent => "n.last_act",
        SessionSort::First => "n.first_act",
        SessionSort::SessionId => "s.sid",
        SessionSort::Name => "s.name",
        SessionSort::User => "(SELECT text FROM dim WHERE id = n.user)",
        SessionSort::TraceCount => "n.traces",
        SessionSort::SpanCount => "n.spans",
        SessionSort::Tokens => {
            "(n.input + n.cache_read + n.cache_write + n.output + n.reasoning + n.audio_input + n.audio_output)"
        }
        SessionSort::Cost => "n.cost",
        SessionSort::Duration => "(n.last_act - n.first_act)",
        SessionSort::Latency => "n.latency",
        SessionSort::Errors => "n.errors",
    };
    // Sessions without a name or user are of no interest when sorting by it.
    let missing_last = matches!(query.sort, SessionSort::Name | SessionSort::User);
    let direction = direction(query.order, missing_last);
    match query.sort {
        SessionSort::Recent => format!("n.last_act {direction}, n.id {direction}"),
        SessionSort::Errors => {
            format!("n.errors {direction}, n.span_errors {direction}, n.last_act DESC, n.id DESC")
        }
        SessionSort::Name | SessionSort::User => {
            format!("{key} IS NULL, {key} {direction}, n.last_act DESC, n.id DESC")
        }
        _ => format!("{key} {direction}, n.last_act DESC, n.id DESC"),
    }
}

fn total(
    connection: &Connection,
    project: ProjectId,
    query: &SessionQuery,
    from: &str,
    conditions: &Conditions,
) -> Result<u64> {
    let unfiltered = SessionQuery {
        user_id: None,
        has_error: None,
        started_after: None,
        started_before: None,
        tags: Vec::new(),
        text: None,
        ..query.clone()
    } == *query;
    let count: i64 = if unfiltered {
        connection
            .prepare_cached("SELECT sessions FROM project WHERE id = ?1")?
            .query_row([project.0], |row| row.get(0))?
    } else {
        let sql = format!("SELECT count(*) FROM {from} WHERE {}", conditions.sql());
        connection
            .prepare_cached(&sql)?
            .query_row(params_from_iter(conditions.values()), |row| row.get(0))?
    };
    Ok(u64::try_from(count).unwrap_or(0))
}
