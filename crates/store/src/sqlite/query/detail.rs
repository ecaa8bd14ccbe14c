//! One trace with everything.

use pandaprobe_model::trace::{SpanDetail, SpanKind, SpanPayload, SpanStatus, TraceDetail};
use pandaprobe_model::{ProjectId, SpanId, Timestamp, TraceId};
use rusqlite::{Connection, OptionalExtension, Row};

use super::traces::{self, TraceRow};
use crate::sqlite::apply::{is_counted, place, read_amounts};
use crate::sqlite::payload::{Loader, Record};
use crate::sqlite::{codes, dims};
use crate::{Result, StoreError};

/// Returns a trace with its spans and payloads.
pub(in crate::sqlite) fn trace(
    connection: &Connection,
    project: ProjectId,
    id: TraceId,
) -> Result<Option<TraceDetail>> {
    let id = id.to_bytes().to_vec();
    let row = traces::row(
        connection,
        "t.project = ?1 AND t.trace_id = ?2",
        &[project.0.into(), id.into()],
    )?;
    row.map(|row| complete(connection, &mut Loader::new(connection), row))
        .transpose()
}

/// Adds payloads and spans to a trace's row.
pub(super) fn complete(
    connection: &Connection,
    loader: &mut Loader<'_>,
    row: TraceRow,
) -> Result<TraceDetail> {
    let record = loader.record(row.place)?;
    Ok(TraceDetail {
        input: loader.json_some(record.input)?,
        output: loader.json_some(record.output)?,
        metadata: record.metadata,
        spans: spans(connection, loader, row.id)?,
        summary: row.summary,
    })
}

/// One span of a trace.
pub(in crate::sqlite) fn one_span(
    connection: &Connection,
    project: ProjectId,
    trace: TraceId,
    id: SpanId,
) -> Result<Option<SpanDetail>> {
    let found: Option<i64> = connection
        .prepare_cached("SELECT id FROM trace WHERE project = ?1 AND trace_id = ?2")?
        .query_row((project.0, trace.to_bytes()), |row| row.get(0))
        .optional()?;
    let Some(trace) = found else { return Ok(None) };
    let sql = format!("SELECT {SPAN} FROM span WHERE trace = ?1 AND span_id = ?2");
    let mut loader = Loader::new(connection);
    let found = connection
        .prepare_cached(&sql)?
        .query_row((trace, id.to_bytes()), |row| {
            Ok(span(connection, &mut loader, trace, row))
        })
        .optional()?;
    found.transpose()
}

const SPAN: &str = "span_id, parent, name, kind, status, model, started, ended, first_token, flags, prompt, completion, \
     input, cache_read, cache_write, output, reasoning, audio_input, audio_output, cost, unusable, priced, block, item";

fn spans(connection: &Connection, loader: &mut Loader<'_>, trace: i64) -> Result<Vec<SpanDetail>> {
    let sql = format!("SELECT {SPAN} FROM span WHERE trace = ?1 ORDER BY started, span_id");
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query([trace])?;
    let mut spans = Vec::new();
    while let Some(row) = rows.next()? {
        spans.push(span(connection, loader, trace, row)?);
    }
    Ok(spans)
}

fn span(
    connection: &Connection,
    loader: &mut Loader<'_>,
    trace: i64,
    row: &Row<'_>,
) -> Result<SpanDetail> {
    let id: Vec<u8> = row.get(0)?;
    let parent: Option<Vec<u8>> = row.get(1)?;
    let time = |at| {
        row.get::<_, Option<i64>>(at)
            .map(|time| time.map(Timestamp))
    };
    let amounts = read_amounts(row, 10)?;
    let record = loader.record(place(row, 22)?)?;
    Ok(SpanDetail {
        span_id: SpanId::from_slice(&id).ok_or(StoreError::Inconsistent {
            table: "span",
            row: trace,
            what: "a span id is damaged".into(),
        })?,
        parent_span_id: parent.and_then(|parent| SpanId::from_slice(&parent)),
        name: dims::text(connection, row.get(2)?)?,
        kind: row
            .get::<_, Option<i64>>(3)?
            .map_or(SpanKind::Other, codes::read_span_kind),
        status: row
            .get::<_, Option<i64>>(4)?
            .map_or(SpanStatus::Unset, codes::read_span_status),
        model: dims::text_some(connection, row.get(5)?)?,
        started_at: Timestamp(row.get(6)?),
        ended_at: time(7)?,
        completion_start_time: time(8)?,
        usage: amounts.usage.map(|usage| usage.buckets),
        counted: is_counted(row.get(9)?),
        cost: amounts.cost,
        payload: payload(loader, record)?,
    })
}

fn payload(loader: &mut Loader<'_>, record: Record) -> Result<SpanPayload> {
    let Record {
        input,
        output,
        metadata,
        model_parameters,
        token_usage,
        usage,
        cost,
        error,
    } = record;
    Ok(SpanPayload {
        input: loader.json_some(input)?,
        output: loader.json_some(output)?,
        metadata,
        model_parameters,
        token_usage,
        usage,
        cost,
        error,
    })
}
