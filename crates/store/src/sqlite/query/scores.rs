//! Scores of traces.

use pandaprobe_model::query::Page;
use pandaprobe_model::score::{NewScore, Score, ScoreQuery, ScoreStatus};
use pandaprobe_model::{ProjectId, RawJson, Timestamp, TraceId};
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use uuid::Uuid;

use super::sql::{Conditions, limit};
use crate::sqlite::codes;
use crate::{Result, StoreError};

/// Stores a score; `None` if there is no such trace.
pub(in crate::sqlite) fn add(
    connection: &Connection,
    project: ProjectId,
    new: NewScore,
) -> Result<Option<Score>> {
    let trace: Option<i64> = connection
        .prepare_cached("SELECT id FROM trace WHERE project = ?1 AND trace_id = ?2")?
        .query_row((project.0, new.trace_id.to_bytes()), |row| row.get(0))
        .optional()?;
    let Some(trace) = trace else { return Ok(None) };
    let now = Timestamp::now();
    let score = Score {
        id: Uuid::new_v4(),
        trace_id: new.trace_id,
        name: new.name,
        value: Some(new.value),
        data_type: new.data_type,
        source: new.source,
        status: ScoreStatus::Success,
        reason: new.reason,
        metadata: new.metadata,
        created_at: now,
        updated_at: now,
    };
    connection
        .prepare_cached(
            "INSERT INTO score(project, public_id, trace, name, value, data_type, source, status, reason, metadata, created, updated)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11)",
        )?
        .execute(params![
            project.0,
            score.id.as_bytes(),
            trace,
            score.name,
            score.value,
            codes::score_data_type(score.data_type),
            codes::score_source(score.source),
            codes::score_status(score.status),
            score.reason,
            score.metadata.as_ref().map(RawJson::as_str),
            now.0,
        ])?;
    Ok(Some(score))
}

/// Returns the part of the matching scores that the window asks for, newest
/// first.
pub(in crate::sqlite) fn list(
    connection: &Connection,
    project: ProjectId,
    query: &ScoreQuery,
) -> Result<Page<Score>> {
    let all = conditions(project, query);
    let from = format!(
        "FROM score s JOIN trace t ON t.id = s.trace WHERE {}",
        all.sql()
    );
    let sql = format!(
        "SELECT s.public_id, t.trace_id, s.name, s.value, s.data_type, s.source, s.status, s.reason, s.metadata,
                s.created, s.updated, s.id {from} ORDER BY s.created DESC, s.id DESC {}",
        limit(query.window)
    );
    let mut select = connection.prepare_cached(&sql)?;
    let rows = select.query_map(params_from_iter(all.values()), |row| Ok(read(row)))?;
    let items = rows
        .collect::<rusqlite::Result<Vec<_>>>()?
        .into_iter()
        .collect::<Result<_>>()?;
    let total: i64 = connection
        .prepare_cached(&format!("SELECT count(*) {from}"))?
        .query_row(params_from_iter(all.values()), |row| row.get(0))?;
    Ok(Page {
        items,
        total: total.unsigned_abs(),
    })
}

fn conditions(project: ProjectId, query: &ScoreQuery) -> Conditions {
    let mut all = Conditions::default();
    all.compare("s.project", "=", project.0);
    if let Some(id) = query.trace_id {
        all.compare("t.project", "=", project.0);
        all.compare("t.trace_id", "=", id.to_bytes().to_vec());
    }
    if let Some(name) = &query.name {
        all.compare("s.name", "=", name.clone());
    }
    if let Some(source) = query.source {
        all.compare("s.source", "=", codes::score_source(source));
    }
    if let Some(status) = query.status {
        all.compare("s.status", "=", codes::score_status(status));
    }
    if let Some(data_type) = query.data_type {
        all.compare("s.data_type", "=", codes::score_data_type(data_type));
    }
    if let Some(from) = query.created_after {
        all.compare("s.created", ">=", from.0);
    }
    if let Some(to) = query.created_before {
        all.compare("s.created", "<", to.0);
    }
    all
}

fn read(row: &Row<'_>) -> Result<Score> {
    let trace_id: Vec<u8> = row.get(1)?;
    let metadata: Option<String> = row.get(8)?;
    Ok(Score {
        id: Uuid::from_bytes(row.get(0)?),
        trace_id: TraceId::from_slice(&trace_id).ok_or(StoreError::Inconsistent {
            table: "score",
            row: row.get(11)?,
            what: "its trace has a damaged id".into(),
        })?,
        name: row.get(2)?,
        value: row.get(3)?,
        data_type: codes::read_score_data_type(row.get(4)?),
        source: codes::read_score_source(row.get(5)?),
        status: codes::read_score_status(row.get(6)?),
        reason: row.get(7)?,
        metadata: metadata.map(|text| RawJson::from_valid(text.into())),
        created_at: Timestamp(row.get(9)?),
        updated_at: Timestamp(row.get(10)?),
    })
}
