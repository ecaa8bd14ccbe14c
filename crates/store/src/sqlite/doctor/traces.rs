//! Traces with all that belongs to them, in one pass over the tables.

use std::collections::BTreeSet;

use pandaprobe_model::{SpanId, TraceId};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row};

use super::exam::Exam;
use super::marks::{self, NUMBERS, Numbers, Span, Tree};
use super::ordered::{Ordered, least};
use super::payloads::Payloads;
use super::{Area, Result};
use crate::sqlite::apply::{place, read_tags};
use crate::sqlite::dims::Kind;
use crate::sqlite::payload::{ItemRef, block_trace};
use crate::sqlite::{query, totals};

/// A row of `trace`, as far as it is examined.
#[derive(Debug)]
pub(super) struct Trace {
    pub(super) id: i64,
    project: i64,
    /// `None` if it is no id.
    trace_id: Option<TraceId>,
    pub(super) session: Option<i64>,
    /// Texts with their kind.
    texts: Vec<(i64, Kind)>,
    started: i64,
    ended: Option<i64>,
    tags: Option<String>,
    pub(super) place: Option<ItemRef>,
    /// The number of the next block.
    pub(super) blocks: i64,
    numbers: Numbers,
}

impl Trace {
    /// The row's key, for people.
    pub(super) fn row(&self) -> String {
        match self.trace_id {
            Some(trace_id) => format!("{} ({trace_id})", self.id),
            None => self.id.to_string(),
        }
    }
}

/// A span's key, for people.
pub(super) fn span_row(span: &Span) -> String {
    match span.id {
        Some(id) => format!("{}/{id}", span.trace),
        None => format!("{}/?", span.trace),
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Trace> {
    let text = |at, kind| row.get::<_, Option<i64>>(at).map(|id| Some((id?, kind)));
    let texts = [
        text(4, Kind::User)?,
        text(5, Kind::Name)?,
        text(6, Kind::Environment)?,
        text(7, Kind::Release)?,
    ];
    Ok(Trace {
        id: row.get(0)?,
        project: row.get(1)?,
        trace_id: TraceId::from_slice(&row.get::<_, Vec<u8>>(2)?),
        session: row.get(3)?,
        texts: texts.into_iter().flatten().collect(),
        started: row.get(8)?,
        ended: row.get(9)?,
        tags: row.get(10)?,
        place: place(row, 11)?,
        blocks: row.get(13)?,
        numbers: read_numbers(row, 14)?,
    })
}

/// Reads the columns of [`NUMBERS`] from `at` on.
pub(super) fn read_numbers(row: &Row<'_>, at: usize) -> rusqlite::Result<Numbers> {
    let mut numbers = [0; totals::COUNT + 2];
    for (index, number) in numbers.iter_mut().enumerate() {
        *number = row.get(at + index)?;
    }
    Ok(numbers)
}

/// A row of `orphan`.
type Orphan = (i64, Vec<u8>, Vec<u8>);

/// Checks traces, spans, orphans, metadata and payloads.
pub(super) fn check(exam: &mut Exam<'_>) -> Result<()> {
    let reader = exam.reader;
    let sql = format!(
        "SELECT id, project, trace_id, session, user, name, environment, release, started, ended, tags, block, item, blocks,
                {} FROM trace ORDER BY id",
        NUMBERS.select("")
    );
    let mut traces = reader.prepare(&sql)?;
    let mut traces = Ordered::new(traces.query_map([], read)?)?;
    let mut spans = reader.prepare(marks::SPANS)?;
    let mut spans = Ordered::new(spans.query_map([], marks::read)?)?;
    let mut orphans =
        reader.prepare("SELECT trace, parent, child FROM orphan ORDER BY trace, parent, child")?;
    let read_orphan = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let mut orphans = Ordered::new(orphans.query_map([], read_orphan)?)?;
    let mut metadata = reader.prepare("SELECT trace, key FROM trace_meta ORDER BY trace, key")?;
    let read_member = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let mut metadata = Ordered::new(metadata.query_map([], read_member)?)?;
    let mut blocks = reader.prepare(super::payloads::BLOCKS)?;
    let blocks = blocks.query_map([], super::payloads::read_block)?;
    let mut messages = reader.prepare(super::payloads::MESSAGES)?;
    let messages = messages.query_map([], super::payloads::read_message)?;
    let mut payloads = Payloads::new(reader, blocks, messages, seed(exam)?)?;

    let last = last_trace(exam)?;
    let mut looked = 0_u32;
    while let Some(id) = least([
        traces.peek().map(|trace| trace.id),
        spans.peek().map(|span| span.trace),
        orphans.peek().map(|(trace, ..)| *trace),
        metadata.peek().map(|(trace, _): &(i64, i64)| *trace),
        payloads.next_trace(),
    ]) {
        looked = looked.wrapping_add(1);
        if looked % 256 == 1 {
            exam.looking(Area::Traces, id, last);
        }
        let trace = traces.next_if(|trace| trace.id == id)?;
        let spans = spans.take_while(|span| span.trace == id)?;
        let orphans = orphans.take_while(|(trace, ..): &Orphan| *trace == id)?;
        let metadata = metadata.take_while(|(trace, _)| *trace == id)?;
        exam.count(Area::Spans, spans.len() as u64);
        exam.count(Area::Orphans, orphans.len() as u64);
        exam.count(Area::Metadata, metadata.len() as u64);
        match &trace {
            Some(trace) => {
                exam.count(Area::Traces, 1);
                let tree = Tree::new(&spans);
                check_texts(exam, trace, &spans, &metadata)?;
                check_marks(exam, &tree)?;
                check_orphans(exam, id, &tree, orphans)?;
                check_numbers(exam, trace, &tree)?;
                check_tags(exam, trace)?;
                let counted = exam.projects.entry(trace.project).or_default();
                counted.traces += 1;
                counted.spans += spans.len() as i64;
            }
            None => strays(exam, id, spans.len(), orphans.len(), metadata.len())?,
        }
        payloads.check_trace(exam, id, trace.as_ref(), &spans)?;
    }
    check_sequences(exam)
}

/// The seed of the message hashes.
fn seed(exam: &mut Exam<'_>) -> Result<Option<u64>> {
    match query::projects::hash_seed(exam.reader) {
        Ok(seed) => Ok(Some(seed)),
        Err(error) => {
            let what = format!("cannot be read, so that messages are not compared: {error}");
            exam.fault(Area::Messages, "meta", "hash_seed", what);
            Ok(None)
        }
    }
}

fn last_trace(exam: &Exam<'_>) -> Result<i64> {
    let sql = "SELECT coalesce(max(id), 0) FROM trace";
    Ok(exam.reader.query_row(sql, [], |row| row.get(0))?)
}

fn check_texts(
    exam: &mut Exam<'_>,
    trace: &Trace,
    spans: &[Span],
    metadata: &[(i64, i64)],
) -> Result<()> {
    for (id, kind) in &trace.texts {
        if let Some(what) = exam.text_fault(*id, trace.project, &[*kind])? {
            exam.fault(Area::Traces, "trace", trace.row(), what);
        }
    }
    if trace.trace_id.is_none() {
        exam.fault(Area::Traces, "trace", trace.row(), "its id is none");
    }
    for span in spans {
        let model = span.model.map(|id| (id, Kind::Model));
        for (id, kind) in [(span.name, Kind::Name)].into_iter().chain(model) {
            if let Some(what) = exam.text_fault(id, trace.project, &[kind])? {
                exam.fault(Area::Spans, "span", span_row(span), what);
            }
        }
        if span.id.is_none() {
            exam.fault(Area::Spans, "span", span_row(span), "its id is none");
        }
    }
    for (id, key) in metadata {
        if let Some(what) = exam.text_fault(*key, trace.project, &[Kind::MetadataKey])? {
            let row = format!("{id}/{key}");
            exam.fault(Area::Metadata, "trace_meta", row, what);
        }
    }
    Ok(())
}

fn check_marks(exam: &mut Exam<'_>, tree: &Tree<'_>) -> Result<()> {
    for (index, span) in tree.spans.iter().enumerate() {
        if span.amounts.is_none() {
            let what = "its amounts cannot be read";
            exam.fault(Area::Spans, "span", span_row(span), what);
        }
        let flags = tree.flags(index);
        if let Some(id) = span.id
            && flags != span.flags
        {
            let what = format!("flags is {}, should be {flags}", span.flags);
            exam.heal(
                Area::Spans,
                ("span", span_row(span)),
                what,
                "UPDATE span SET flags = ?3 WHERE trace = ?1 AND span_id = ?2",
                (span.trace, id.to_bytes(), flags),
            )?;
        }
    }
    Ok(())
}

fn check_orphans(
    exam: &mut Exam<'_>,
    trace: i64,
    tree: &Tree<'_>,
    kept: Vec<Orphan>,
) -> Result<()> {
    let waiting = (0..tree.spans.len()).filter_map(|index| {
        let bytes = |id: SpanId| id.to_bytes().to_vec();
        let child = tree.spans[index].id?;
        Some((bytes(tree.missing_parent(index)?), bytes(child)))
    });
    let waiting: BTreeSet<_> = waiting.collect();
    let kept: BTreeSet<_> = kept
        .into_iter()
        .map(|(_, parent, child)| (parent, child))
        .collect();
    let row = |child: &[u8]| match SpanId::from_slice(child) {
        Some(child) => format!("{trace}/{child}"),
        None => trace.to_string(),
    };
    for (parent, child) in kept.difference(&waiting) {
        exam.heal(
            Area::Orphans,
            ("orphan", row(child)),
            "that span does not wait for a parent",
            "DELETE FROM orphan WHERE trace = ?1 AND parent = ?2 AND child = ?3",
            (trace, parent, child),
        )?;
    }
    for (parent, child) in waiting.difference(&kept) {
        exam.heal(
            Area::Orphans,
            ("orphan", row(child)),
            "the row is missing: that span's parent is not there",
            "INSERT INTO orphan(trace, parent, child) VALUES (?1, ?2, ?3)",
            (trace, parent, child),
        )?;
    }
    Ok(())
}

fn check_numbers(exam: &mut Exam<'_>, trace: &Trace, tree: &Tree<'_>) -> Result<()> {
    let last = trace.ended.unwrap_or(trace.started).max(trace.started);
    let Some(counted) = tree.numbers(trace.started, last) else {
        return Ok(());
    };
    if counted == trace.numbers {
        return Ok(());
    }
    let kept = trace.numbers.map(Value::Integer);
    let right = counted.map(Value::Integer);
    exam.compare(Area::Traces, NUMBERS, trace.id, Some(&kept), &right)?;
    exam.correct(trace.id, counted);
    Ok(())
}

fn check_tags(exam: &mut Exam<'_>, trace: &Trace) -> Result<()> {
    let tags = match read_tags(trace.id, trace.tags.as_deref()) {
        Ok(tags) => tags,
        Err(error) => {
            let what = format!("its tags cannot be read: {error}");
            exam.fault(Area::Traces, "trace", trace.row(), what);
            return Ok(());
        }
    };
    for tag in tags {
        exam.count(Area::Labels, 1);
        let Some(dim) = exam.tag(trace.project, &tag)? else {
            let what = "the text of a tag is not there";
            exam.fault(Area::Labels, "trace", trace.row(), what);
            continue;
        };
        let found = exam
            .reader
            .prepare_cached("SELECT 1 FROM trace_label WHERE dim = ?1 AND trace = ?2")?
            .exists((dim, trace.id))?;
        if found {
            exam.tags_found += 1;
        } else {
            exam.heal(
                Area::Labels,
                ("trace_label", format!("{dim}/{}", trace.id)),
                "the row is missing: the trace has that tag",
                "INSERT INTO trace_label(dim, trace) VALUES (?1, ?2)",
                (dim, trace.id),
            )?;
        }
    }
    Ok(())
}

/// What belongs to a trace that is not there.
fn strays(
    exam: &mut Exam<'_>,
    trace: i64,
    spans: usize,
    orphans: usize,
    metadata: usize,
) -> Result<()> {
    let row = trace.to_string();
    if spans > 0 {
        let what = format!("{spans} spans are of a trace that is not there");
        exam.fault(Area::Spans, "span", row.clone(), what);
    }
    if orphans > 0 {
        exam.heal(
            Area::Orphans,
            ("orphan", row.clone()),
            format!("{orphans} rows are of a trace that is not there"),
            "DELETE FROM orphan WHERE trace = ?1",
            [trace],
        )?;
    }
    if metadata > 0 {
        exam.heal(
            Area::Metadata,
            ("trace_meta", row),
            format!("{metadata} rows are of a trace that is not there"),
            "DELETE FROM trace_meta WHERE trace = ?1",
            [trace],
        )?;
    }
    Ok(())
}

/// Ids are never used again: blocks and messages are found by them.
fn check_sequences(exam: &mut Exam<'_>) -> Result<()> {
    let reader = exam.reader;
    let block: Option<i64> = reader.query_row("SELECT max(id) FROM block", [], |row| row.get(0))?;
    let owner: Option<i64> =
        reader.query_row("SELECT max(owner) FROM message", [], |row| row.get(0))?;
    for (area, table, by_payload) in [
        (Area::Traces, "trace", block.map(block_trace)),
        (Area::Sessions, "session", owner),
    ] {
        let sql = format!("SELECT coalesce(max(id), 0) FROM {table}");
        let last: i64 = reader.query_row(&sql, [], |row| row.get(0))?;
        let last = last.max(by_payload.unwrap_or_default());
        let given: Option<i64> = reader
            .query_row(
                "SELECT seq FROM sqlite_sequence WHERE name = ?1",
                [table],
                |row| row.get(0),
            )
            .optional()?;
        if given.unwrap_or_default() >= last {
            continue;
        }
        let sql = match given {
            Some(_) => "UPDATE sqlite_sequence SET seq = ?2 WHERE name = ?1",
            None => "INSERT INTO sqlite_sequence(name, seq) VALUES (?1, ?2)",
        };
        let what = format!(
            "seq is {}, should be {last}: ids would be given twice",
            given.unwrap_or_default()
        );
        let row = ("sqlite_sequence", table.to_owned());
        exam.heal(area, row, what, sql, (table, last))?;
    }
    Ok(())
}
