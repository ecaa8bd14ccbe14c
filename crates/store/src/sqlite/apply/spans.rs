//! The spans of one trace: merge each, and keep the leaf rule (see
//! `model::rollup`) by touching only what a change reaches.
//!
//! A span is *covered* if a span below it bears usage. Invariant after every
//! step: the parent of a covered or bearing span is covered. So marking walks
//! up from a change and stops at the first span that is covered already.

use std::collections::HashMap;

use pandaprobe_model::merge::{SpanHead, newer_by_key};
use pandaprobe_model::patch::SpanPatch;
use pandaprobe_model::rollup::SpanAmounts;
use pandaprobe_model::trace::{SpanStatus, Totals};
use pandaprobe_model::usage::{SpanUsage, Usage};
use pandaprobe_model::{Money, ProjectId, SpanId, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::Group;
use super::commands::change_value;
use super::trace::{place, place_values};
use crate::Result;
use crate::sqlite::codes;
use crate::sqlite::dims::{self, Kind};
use crate::sqlite::payload::{
    Builder, ItemRef, Loader, Prepared, PreparedSpan, Record, amounts_of,
};

pub(in crate::sqlite) const BEARS: i64 = 1;
pub(in crate::sqlite) const COVERED: i64 = 2;

/// The flags of a span whose tokens and cost are in the totals.
pub(in crate::sqlite) const COUNTED: i64 = BEARS;

/// What the spans of a fragment change for their trace.
#[derive(Debug, Default)]
pub(super) struct SpanOutcome {
    /// The change of the trace's sums.
    pub(super) delta: Totals,
    /// First start and last end among the touched spans.
    pub(super) extent: Option<(i64, i64)>,
    /// Whether a touched span now starts later or ends earlier than before.
    pub(super) shrank: bool,
}

/// Merges a fragment's spans. `base` is the first block of the fragment,
/// `merged_base` the first of `merged`, which takes the merged records.
#[expect(
    clippy::too_many_arguments,
    reason = "one call site, which has all of these at hand"
)]
pub(super) fn apply_spans(
    group: &mut Group<'_>,
    project: ProjectId,
    trace: i64,
    is_new: bool,
    prepared: &Prepared,
    base: i64,
    merged_base: i64,
    merged: &mut Builder,
) -> Result<SpanOutcome> {
    if prepared.spans.is_empty() {
        return Ok(SpanOutcome::default());
    }
    let mut tree = Tree {
        group,
        project,
        trace,
        is_new,
        spans: HashMap::new(),
        waiting: HashMap::new(),
        recount: false,
    };
    for span in &prepared.spans {
        tree.upsert(span, base)?;
    }
    if tree.recount {
        tree.recount()?;
    }
    tree.write_orphans()?;
    tree.write(merged_base, merged)
}

/// Changes one span; `None` if there is none. `base` is the first block of
/// `changed`, which takes the changed record.
pub(super) fn patch_span(
    group: &mut Group<'_>,
    project: ProjectId,
    trace: i64,
    id: SpanId,
    patch: SpanPatch,
    base: i64,
    changed: &mut Builder,
) -> Result<Option<SpanOutcome>> {
    let mut tree = Tree {
        group,
        project,
        trace,
        is_new: false,
        spans: HashMap::new(),
        waiting: HashMap::new(),
        recount: false,
    };
    if !tree.load(id)? {
        return Ok(None);
    }
    tree.patch(id, patch)?;
    if tree.recount {
        tree.recount()?;
    }
    tree.write(base, changed).map(Some)
}

/// A span in memory.
#[derive(Debug)]
struct Entry {
    head: SpanHead,
    amounts: SpanAmounts,
    covered: bool,
    place: Option<ItemRef>,
    /// The payload, once it has been merged and must be written anew.
    record: Option<Record>,
    /// As stored before; `None` for a new span.
    before: Option<Stored>,
    dirty: bool,
}

#[derive(Debug, Clone, Copy)]
struct Stored {
    totals: Totals,
    started: i64,
    last: i64,
}

impl Entry {
    fn totals(&self) -> Totals {
        self.amounts
            .totals(self.head.status == Some(SpanStatus::Error), self.covered)
    }

    fn marks_parent(&self) -> bool {
        self.covered || self.amounts.bears()
    }

    fn last(&self) -> i64 {
        self.head.ended_at.map_or(self.head.started_at.0, |ended| {
            ended.0.max(self.head.started_at.0)
        })
    }
}

struct Tree<'a, 'g> {
    group: &'a mut Group<'g>,
    project: ProjectId,
    trace: i64,
    /// Nothing of this trace is stored, so nothing needs to be looked up.
    is_new: bool,
    spans: HashMap<SpanId, Entry>,
    /// Children of this fragment whose parent is not there, by parent.
    waiting: HashMap<SpanId, Vec<SpanId>>,
    /// The marks cannot be kept by walking up and must be made anew.
    recount: bool,
}

impl Tree<'_, '_> {
    fn upsert(&mut self, span: &PreparedSpan, base: i64) -> Result<()> {
        if self.load(span.fragment.span_id)? {
            self.update(span, base)
        } else {
            self.insert(span, base)
        }
    }

    fn insert(&mut self, span: &PreparedSpan, base: i64) -> Result<()> {
        let id = span.fragment.span_id;
        let entry = Entry {
            head: SpanHead::new(&span.fragment),
            amounts: span.amounts,
            covered: false,
            place: span.place.map(|(index, item)| ItemRef {
                block: base + index,
                item,
            }),
            record: None,
            before: None,
            dirty: true,
        };
        let parent = entry.head.parent;
        self.spans.insert(id, entry);
        let covered = self.adopt(id)?;
        if let Some(entry) = self.spans.get_mut(&id) {
            entry.covered = covered;
        }
        self.attach(id, parent)
    }

    fn update(&mut self, span: &PreparedSpan, base: i64) -> Result<()> {
        let id = span.fragment.span_id;
        let stored = self.spans.get(&id).and_then(|entry| {
            if entry.record.is_some() {
                None
            } else {
                entry.place
            }
        });
        let loaded = Loader::new(self.group.connection).record(stored)?;
        let Some(entry) = self.spans.get_mut(&id) else {
            return Ok(());
        };
        let (old_parent, bore) = (entry.head.parent, entry.amounts.bears());
        entry.head.merge(&span.fragment);
        entry.dirty = true;
        let mut incoming = span.record.clone();
        incoming.resolve(base);
        let mut record = entry.record.take().unwrap_or(loaded);
        record.merge(incoming);
        let prices = &self.group.memory.prices;
        entry.amounts = amounts_of(prices, &record, entry.head.model.as_deref());
        entry.record = Some(record);
        let (parent, bears, marks) = (
            entry.head.parent,
            entry.amounts.bears(),
            entry.marks_parent(),
        );
        self.recount |= bore && !bears;
        if parent != old_parent {
            self.detach(id, old_parent)?;
            self.recount |= old_parent.is_some() && (marks || bore);
            self.attach(id, parent)?;
        } else if bears && !bore {
            self.mark_up(parent)?;
        }
        Ok(())
    }

    /// Changes a span that is in memory.
    fn patch(&mut self, id: SpanId, patch: SpanPatch) -> Result<()> {
        let Some(entry) = self.spans.get_mut(&id) else {
            return Ok(());
        };
        let mut record = Loader::new(self.group.connection).record(entry.place)?;
        patch_head(&mut entry.head, &patch);
        patch_record(&mut record, patch);
        let bore = entry.amounts.bears();
        let prices = &self.group.memory.prices;
        entry.amounts = amounts_of(prices, &record, entry.head.model.as_deref());
        entry.record = Some(record);
        entry.dirty = true;
        let (bears, parent) = (entry.amounts.bears(), entry.head.parent);
        self.recount |= bore && !bears;
        if bears && !bore {
            self.mark_up(parent)?;
        }
        Ok(())
    }

    /// Brings a span into memory; whether it exists.
    fn load(&mut self, id: SpanId) -> Result<bool> {
        if self.spans.contains_key(&id) {
            return Ok(true);
        }
        if self.is_new {
            return Ok(false);
        }
        let found = self.group.connection
            .prepare_cached(
                "SELECT parent, name, kind, status, model, started, ended, first_token, flags, prompt, completion, input,
                        cache_read, cache_write, output, reasoning, audio_input, audio_output, cost, unusable, priced, block, item
                 FROM span WHERE trace = ?1 AND span_id = ?2",
            )?
            .query_row((self.trace, id.to_bytes()), |row| Ok(read_entry(self.group, row)))
            .optional()?;
        let Some(entry) = found.transpose()? else {
            return Ok(false);
        };
        self.spans.insert(id, entry);
        Ok(true)
    }

    /// Takes over the children that waited for this span; whether any of them
    /// covers it.
    fn adopt(&mut self, id: SpanId) -> Result<bool> {
        let mut children = self.waiting.remove(&id).unwrap_or_default();
        if !self.is_new {
            children.extend(self.stored_orphans(id)?);
        }
        let mut covered = false;
        for child in children {
            if self.load(child)? {
                covered |= self.spans.get(&child).is_some_and(Entry::marks_parent);
            }
        }
        Ok(covered)
    }

    fn stored_orphans(&self, parent: SpanId) -> Result<Vec<SpanId>> {
        let connection = self.group.connection;
        let mut select = connection
            .prepare_cached("SELECT child FROM orphan WHERE trace = ?1 AND parent = ?2")?;
        let children: Vec<Vec<u8>> = select
            .query_map((self.trace, parent.to_bytes()), |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        if !children.is_empty() {
            connection
                .prepare_cached("DELETE FROM orphan WHERE trace = ?1 AND parent = ?2")?
                .execute((self.trace, parent.to_bytes()))?;
        }
        Ok(children
            .iter()
            .filter_map(|child| SpanId::from_slice(child))
            .collect())
    }

    /// Hangs a span below its parent, or lets it wait for it.
    fn attach(&mut self, id: SpanId, parent: Option<SpanId>) -> Result<()> {
        let Some(parent_id) = parent else {
            return Ok(());
        };
        if !self.load(parent_id)? {
            self.waiting.entry(parent_id).or_default().push(id);
        } else if self.spans.get(&id).is_some_and(Entry::marks_parent) {
            self.mark_up(parent)?;
        }
        Ok(())
    }

    fn detach(&mut self, id: SpanId, parent: Option<SpanId>) -> Result<()> {
        let Some(parent) = parent else { return Ok(()) };
        if let Some(children) = self.waiting.get_mut(&parent) {
            children.retain(|child| *child != id);
        }
        self.group
            .connection
            .prepare_cached("DELETE FROM orphan WHERE trace = ?1 AND parent = ?2 AND child = ?3")?
            .execute((self.trace, parent.to_bytes(), id.to_bytes()))?;
        Ok(())
    }

    /// Covers a span and all above it, up to the first that is covered.
    fn mark_up(&mut self, mut at: Option<SpanId>) -> Result<()> {
        while let Some(id) = at {
            if !self.load(id)? {
                break;
            }
            let Some(entry) = self.spans.get_mut(&id).filter(|entry| !entry.covered) else {
                break;
            };
            entry.covered = true;
            entry.dirty = true;
            at = entry.head.parent;
        }
        Ok(())
    }

    /// Makes all marks anew. Needed only when usage is taken back or a span
    /// moves to another parent.
    fn recount(&mut self) -> Result<()> {
        let mut select = self
            .group
            .connection
            .prepare_cached("SELECT span_id FROM span WHERE trace = ?1")?;
        let ids: Vec<Vec<u8>> = select
            .query_map([self.trace], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        drop(select);
        for id in ids.iter().filter_map(|id| SpanId::from_slice(id)) {
            self.load(id)?;
        }
        let was: HashMap<SpanId, bool> = self
            .spans
            .iter()
            .map(|(id, entry)| (*id, entry.covered))
            .collect();
        let dirty: HashMap<SpanId, bool> = self
            .spans
            .iter()
            .map(|(id, entry)| (*id, entry.dirty))
            .collect();
        self.spans
            .values_mut()
            .for_each(|entry| entry.covered = false);
        let bearing: Vec<_> = self
            .spans
            .values()
            .filter(|entry| entry.amounts.bears())
            .map(|entry| entry.head.parent)
            .collect();
        for parent in bearing {
            self.mark_up(parent)?;
        }
        for (id, entry) in &mut self.spans {
            entry.dirty =
                dirty.get(id).copied().unwrap_or(true) || was.get(id) != Some(&entry.covered);
        }
        Ok(())
    }

    fn write_orphans(&self) -> Result<()> {
        let mut insert = self.group.connection.prepare_cached(
            "INSERT OR IGNORE INTO orphan(trace, parent, child) VALUES (?1, ?2, ?3)",
        )?;
        for (parent, children) in &self.waiting {
            for child in children {
                insert.execute(params![self.trace, parent.to_bytes(), child.to_bytes()])?;
            }
        }
        Ok(())
    }

    fn write(mut self, merged_base: i64, merged: &mut Builder) -> Result<SpanOutcome> {
        let mut outcome = SpanOutcome::default();
        let mut spans: Vec<_> = std::mem::take(&mut self.spans)
            .into_iter()
            .filter(|(_, entry)| entry.dirty)
            .collect();
        // In key order the rows of a batch go to neighbouring places.
        spans.sort_unstable_by_key(|(id, _)| *id);
        for (id, mut entry) in spans {
            if let Some(record) = &entry.record {
                let (index, item) = merged.push(|out| record.encode(out));
                entry.place = Some(ItemRef {
                    block: merged_base + index,
                    item,
                });
            }
            outcome.add(&entry);
            self.write_row(id, &entry)?;
        }
        Ok(outcome)
    }

    fn write_row(&mut self, id: SpanId, entry: &Entry) -> Result<()> {
        let connection = self.group.connection;
        let dims = &mut self.group.memory.dims;
        let head = &entry.head;
        let name = dims.intern(connection, self.project, Kind::Name, &head.name)?;
        let model =
            dims.intern_some(connection, self.project, Kind::Model, head.model.as_deref())?;
        let flags = i64::from(entry.amounts.bears()) * BEARS + i64::from(entry.covered) * COVERED;
        let usage = entry.amounts.usage;
        let bucket = |index: usize| usage.map(|usage| usage.buckets.to_array()[index]);
        let (block, item) = place_values(entry.place);
        let sql = if entry.before.is_none() {
            "INSERT INTO span(trace, span_id, parent, name, kind, status, model, started, ended, first_token, flags, prompt,
                completion, input, cache_read, cache_write, output, reasoning, audio_input, audio_output, cost, unusable, block, item,
                priced)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)"
        } else {
            "UPDATE span SET parent = ?3, name = ?4, kind = ?5, status = ?6, model = ?7, started = ?8, ended = ?9,
                first_token = ?10, flags = ?11, prompt = ?12, completion = ?13, input = ?14, cache_read = ?15, cache_write = ?16,
                output = ?17, reasoning = ?18, audio_input = ?19, audio_output = ?20, cost = ?21, unusable = ?22, block = ?23, item = ?24,
                priced = ?25
             WHERE trace = ?1 AND span_id = ?2"
        };
        connection.prepare_cached(sql)?.execute(params![
            self.trace,
            id.to_bytes(),
            head.parent.map(SpanId::to_bytes),
            name,
            head.kind.map(codes::span_kind),
            head.status.map(codes::span_status),
            model,
            head.started_at.0,
            head.ended_at.map(|time| time.0),
            head.completion_start_time.map(|time| time.0),
            flags,
            usage.map(|usage| usage.prompt),
            usage.map(|usage| usage.completion),
            bucket(0),
            bucket(1),
            bucket(2),
            bucket(3),
            bucket(4),
            bucket(5),
            bucket(6),
            entry.amounts.cost.map(|cost| cost.0),
            entry.amounts.unusable,
            block,
            item,
            entry.amounts.priced,
        ])?;
        Ok(())
    }
}

fn patch_head(head: &mut SpanHead, patch: &SpanPatch) {
    if let Some(name) = &patch.name {
        head.name.clone_from(name);
    }
    if patch.kind.is_some() {
        head.kind = patch.kind;
    }
    if let Some(status) = patch.status {
        head.status = Some(status).filter(|status| *status != SpanStatus::Unset);
    }
    patch.ended_at.clone().apply(&mut head.ended_at);
    let first_token = patch.completion_start_time.clone();
    first_token.apply(&mut head.completion_start_time);
    patch.model.clone().apply(&mut head.model);
}

fn patch_record(record: &mut Record, patch: SpanPatch) {
    change_value(&mut record.input, patch.input);
    change_value(&mut record.output, patch.output);
    newer_by_key(&mut record.metadata, patch.metadata);
    patch.model_parameters.apply(&mut record.model_parameters);
    patch.token_usage.apply(&mut record.token_usage);
    patch.usage.apply(&mut record.usage);
    patch.cost.apply(&mut record.cost);
    patch.error.apply(&mut record.error);
}

impl SpanOutcome {
    fn add(&mut self, entry: &Entry) {
        let (started, last) = (entry.head.started_at.0, entry.last());
        if let Some(before) = entry.before {
            self.delta += entry.totals() - before.totals;
            self.shrank |= started > before.started || last < before.last;
        } else {
            self.delta += entry.totals();
        }
        let (first, end) = self.extent.unwrap_or((started, last));
        self.extent = Some((first.min(started), end.max(last)));
    }
}

fn read_entry(group: &Group<'_>, row: &Row<'_>) -> Result<Entry> {
    let parent: Option<Vec<u8>> = row.get(0)?;
    let time = |at| {
        row.get::<_, Option<i64>>(at)
            .map(|time| time.map(Timestamp))
    };
    let head = SpanHead {
        parent: parent.and_then(|parent| SpanId::from_slice(&parent)),
        name: dims::text(group.connection, row.get(1)?)?,
        kind: row.get::<_, Option<i64>>(2)?.map(codes::read_span_kind),
        status: row.get::<_, Option<i64>>(3)?.map(codes::read_span_status),
        model: dims::text_some(group.connection, row.get(4)?)?,
        started_at: Timestamp(row.get(5)?),
        ended_at: time(6)?,
        completion_start_time: time(7)?,
    };
    let flags: i64 = row.get(8)?;
    let mut entry = Entry {
        head,
        amounts: read_amounts(row, 9)?,
        covered: flags & COVERED != 0,
        place: place(row, 21)?,
        record: None,
        before: None,
        dirty: false,
    };
    entry.before = Some(Stored {
        totals: entry.totals(),
        started: entry.head.started_at.0,
        last: entry.last(),
    });
    Ok(entry)
}

/// Reads `prompt … priced`, twelve columns from `at` on.
pub(in crate::sqlite) fn read_amounts(row: &Row<'_>, at: usize) -> rusqlite::Result<SpanAmounts> {
    let mut buckets = [0; Usage::BUCKETS];
    let prompt: Option<i64> = row.get(at)?;
    let usage = match prompt {
        Some(prompt) => {
            for (index, bucket) in buckets.iter_mut().enumerate() {
                *bucket = row.get(at + 2 + index)?;
            }
            Some(SpanUsage {
                prompt,
                completion: row.get(at + 1)?,
                buckets: Usage::from_array(buckets),
            })
        }
        None => None,
    };
    Ok(SpanAmounts {
        usage,
        cost: row.get::<_, Option<i64>>(at + 9)?.map(Money),
        unusable: row.get(at + 10)?,
        priced: row.get(at + 11)?,
    })
}

/// Whether a span's tokens and cost are in the totals, by its flags.
pub(in crate::sqlite) fn is_counted(flags: i64) -> bool {
    flags & BEARS != 0 && flags & COVERED == 0
}
