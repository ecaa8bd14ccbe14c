//! Lists of sessions, and one session with its traces.

use pandaprobe_model::query::{Page, SessionQuery, Window};
use pandaprobe_model::session::{SessionDetail, SessionSummary};
use pandaprobe_model::{ProjectId, RawJson, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row};

use super::session_plan::Plan;
use super::sql::limit;
use super::{detail, traces};
use crate::sqlite::dims::{self, Kind};
use crate::sqlite::payload::Loader;
use crate::sqlite::totals;
use crate::{Result, StoreError};

/// Returns the part of the matching sessions that the window asks for.
pub(in crate::sqlite) fn list(
    connection: &Connection,
    project: ProjectId,
    query: &SessionQuery,
) -> Result<Page<SessionSummary>> {
    let Some(plan) = Plan::new(connection, project, query)? else {
        return Ok(Page {
            items: Vec::new(),
            total: 0,
        });
    };
    let (ids, total) = plan.run(connection, query.window)?;
    let items = ids
        .into_iter()
        .map(|id| summary(connection, id))
        .collect::<Result<_>>()?;
    Ok(Page { items, total })
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
        tags: tags(connection, id, false)?,
        own_tags: tags(connection, id, true)?,
    })
}

fn tags(connection: &Connection, id: i64, own: bool) -> Result<Vec<String>> {
    let mut select = connection.prepare_cached(
        "SELECT d.text FROM session_label l JOIN dim d ON d.id = l.dim
         WHERE l.session = ?1 AND d.kind = ?2 AND l.own >= ?3 ORDER BY d.text",
    )?;
    let tags = select.query_map((id, Kind::Tag as i64, own), |row| row.get(0))?;
    Ok(tags.collect::<rusqlite::Result<_>>()?)
}
