//! Commands: what somebody asks to be changed, as opposed to what fragments say.

use pandaprobe_model::merge::TraceHead;
use pandaprobe_model::message::first_user_message;
use pandaprobe_model::patch::{Change, SessionPatch, SpanPatch, TagChange, TracePatch};
use pandaprobe_model::{ProjectId, RawJson, SpanId, TraceId};

use super::spans::{SpanOutcome, patch_span as patch_one_span};
use super::trace::{Incoming, TraceRow, contribution, load, next_row, settle};
use super::{Group, bodies, metadata, session, user};
use crate::Result;
use crate::sqlite::payload::{Builder, ItemRef, Loader, Record, Value, block_id};

/// How much of a deleted project goes in one transaction, so that ingest never
/// waits long.
const PURGED_TRACES: i64 = 64;
const PURGED_TEXTS: i64 = 1000;

impl Group<'_> {
    /// Changes a trace; whether there is one.
    pub(in crate::sqlite) fn patch_trace(
        &mut self,
        project: ProjectId,
        id: TraceId,
        patch: TracePatch,
    ) -> Result<bool> {
        let Some(before) = load(self, project, id)? else {
            return Ok(false);
        };
        let mut head = before.head.clone();
        patch_head(&mut head, &patch);
        let TracePatch {
            input,
            output,
            metadata: object,
            ..
        } = patch;
        if let Some(object) = &object {
            metadata::write(self, project, before.id, object)?;
        }
        let first_user = match &input {
            Change::Keep => None,
            Change::Clear => Some(None),
            Change::Set(input) => Some(first_user_message(input)),
        };
        let (place, blocks) = if input.is_said() || output.is_said() || object.is_some() {
            let mut record = Loader::new(self.connection).record(before.place)?;
            change_value(&mut record.input, input);
            change_value(&mut record.output, output);
            pandaprobe_model::merge::newer_by_key(&mut record.metadata, object);
            self.append_record(&before, &record)?
        } else {
            (before.place, before.blocks)
        };
        let after = TraceRow {
            place,
            blocks,
            ..self.row_with(project, &before, head, &SpanOutcome::default())?
        };
        let incoming = Incoming {
            first_user,
            session_metadata: None,
        };
        settle(self, project, Some(&before), after, incoming)?;
        Ok(true)
    }

    /// Changes a span; whether there is one.
    pub(in crate::sqlite) fn patch_span(
        &mut self,
        project: ProjectId,
        id: TraceId,
        span: SpanId,
        patch: SpanPatch,
    ) -> Result<bool> {
        let Some(before) = load(self, project, id)? else {
            return Ok(false);
        };
        let mut changed = Builder::default();
        let base = block_id(before.id, before.blocks);
        let Some(outcome) =
            patch_one_span(self, project, before.id, span, patch, base, &mut changed)?
        else {
            return Ok(false);
        };
        let packed = changed.finish();
        bodies::write_blocks(self, base, &packed)?;
        let head = before.head.clone();
        let after = TraceRow {
            blocks: before.blocks + packed.len() as i64,
            ..self.row_with(project, &before, head, &outcome)?
        };
        settle(self, project, Some(&before), after, Incoming::default())?;
        Ok(true)
    }

    /// Adds and removes tags of a trace; whether there is one.
    pub(in crate::sqlite) fn tag_trace(
        &mut self,
        project: ProjectId,
        id: TraceId,
        change: &TagChange,
    ) -> Result<bool> {
        let Some(before) = load(self, project, id)? else {
            return Ok(false);
        };
        let mut head = before.head.clone();
        for tag in &change.remove {
            head.tags.remove(tag);
        }
        head.tags.extend(change.add.iter().cloned());
        if head != before.head {
            let after = self.row_with(project, &before, head, &SpanOutcome::default())?;
            settle(self, project, Some(&before), after, Incoming::default())?;
        }
        Ok(true)
    }

    /// Deletes a trace with its spans and scores; whether there was one, in the
    /// session `within` if that is given.
    pub(in crate::sqlite) fn delete_trace(
        &mut self,
        project: ProjectId,
        id: TraceId,
        within: Option<&str>,
    ) -> Result<bool> {
        let Some(row) = load(self, project, id)? else {
            return Ok(false);
        };
        if within.is_some() && row.head.session_id.as_deref() != within {
            return Ok(false);
        }
        let old = contribution(self, project, &row)?;
        bodies::remove(self, project, &row)?;
        for tag in &old.tags {
            self.connection
                .prepare_cached("DELETE FROM trace_label WHERE dim = ?1 AND trace = ?2")?
                .execute((tag, row.id))?;
        }
        for sql in [
            "DELETE FROM span WHERE trace = ?1",
            "DELETE FROM orphan WHERE trace = ?1",
            "DELETE FROM score WHERE trace = ?1",
            "DELETE FROM trace_meta WHERE trace = ?1",
            "DELETE FROM trace WHERE id = ?1",
        ] {
            self.connection.prepare_cached(sql)?.execute([row.id])?;
        }
        if let Some(session) = row.session {
            session::leave(self, project, &old, session)?;
        }
        user::leave(self, project, &old)?;
        let delta = self.project(project);
        delta.traces -= 1;
        delta.spans -= old.totals.spans;
        Ok(true)
    }

    /// Begins to delete a session: it loses what it was given itself, and its
    /// first traces. Returns how many those are and which are left; traces that
    /// arrive later are in a session made anew.
    pub(in crate::sqlite) fn delete_session(
        &mut self,
        project: ProjectId,
        sid: &str,
        at_once: usize,
    ) -> Result<Option<(u64, Vec<TraceId>)>> {
        let Some(id) = session::find(self, project, sid)? else {
            return Ok(None);
        };
        let mut select = self
            .connection
            .prepare_cached("SELECT trace_id FROM trace WHERE session = ?1")?;
        let ids: Vec<Vec<u8>> = select
            .query_map([id], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let mut ids: Vec<TraceId> = ids
            .iter()
            .filter_map(|id| TraceId::from_slice(id))
            .collect();
        session::begin_anew(self, project, id)?;
        let left = ids.split_off(ids.len().min(at_once));
        for id in &ids {
            self.delete_trace(project, *id, None)?;
        }
        Ok(Some((ids.len() as u64, left)))
    }

    /// Removes a part of a deleted project's data; whether nothing is left.
    pub(in crate::sqlite) fn purge(&mut self, project: ProjectId) -> Result<bool> {
        let mut select = self
            .connection
            .prepare_cached("SELECT trace_id FROM trace WHERE project = ?1 LIMIT ?2")?;
        let ids: Vec<Vec<u8>> = select
            .query_map((project.0, PURGED_TRACES), |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for id in ids.iter().filter_map(|id| TraceId::from_slice(id)) {
            self.delete_trace(project, id, None)?;
        }
        if !ids.is_empty() {
            return Ok(false);
        }
        let texts = self
            .connection
            .prepare_cached(
                "DELETE FROM dim WHERE id IN (SELECT id FROM dim WHERE project = ?1 LIMIT ?2)",
            )?
            .execute((project.0, PURGED_TEXTS))?;
        if texts == 0 {
            self.connection
                .prepare_cached("DELETE FROM project WHERE id = ?1")?
                .execute([project.0])?;
        }
        Ok(texts == 0)
    }

    /// Changes a session; whether there is one.
    pub(in crate::sqlite) fn patch_session(
        &mut self,
        project: ProjectId,
        sid: &str,
        patch: SessionPatch,
    ) -> Result<bool> {
        let Some(id) = session::find(self, project, sid)? else {
            return Ok(false);
        };
        session::patch(self, project, id, patch)?;
        Ok(true)
    }

    /// Adds and removes tags of the session itself; whether there is one.
    pub(in crate::sqlite) fn tag_session(
        &mut self,
        project: ProjectId,
        sid: &str,
        change: &TagChange,
    ) -> Result<bool> {
        let Some(id) = session::find(self, project, sid)? else {
            return Ok(false);
        };
        session::change_own_tags(self, project, id, &change.add, &change.remove)?;
        Ok(true)
    }

    fn row_with(
        &mut self,
        project: ProjectId,
        before: &TraceRow,
        head: TraceHead,
        spans: &SpanOutcome,
    ) -> Result<TraceRow> {
        let ids = (before.id, before.trace_id);
        next_row(self, project, ids, Some(before), head, spans)
    }

    /// Stores a record in a new block of its trace; where it lies, and the
    /// number of the next block.
    fn append_record(&self, row: &TraceRow, record: &Record) -> Result<(Option<ItemRef>, i64)> {
        if record.is_empty() {
            return Ok((None, row.blocks));
        }
        let mut builder = Builder::default();
        let (index, item) = builder.push(|out| record.encode(out));
        let packed = builder.finish();
        let base = block_id(row.id, row.blocks);
        bodies::write_blocks(self, base, &packed)?;
        let place = ItemRef {
            block: base + index,
            item,
        };
        Ok((Some(place), row.blocks + packed.len() as i64))
    }
}

fn patch_head(head: &mut TraceHead, patch: &TracePatch) {
    let patch = patch.clone();
    if let Some(name) = patch.name {
        head.name = name;
    }
    if patch.status.is_some() {
        head.status = patch.status;
    }
    patch.ended_at.apply(&mut head.ended_at);
    patch.session_id.apply(&mut head.session_id);
    patch.user_id.apply(&mut head.user_id);
    patch.environment.apply(&mut head.environment);
    patch.release.apply(&mut head.release);
    if let Some(tags) = patch.tags {
        head.tags = tags.into_iter().collect();
    }
}

/// A patched payload is stored as it is, its messages not taken out.
pub(super) fn change_value(stored: &mut Option<Value>, change: Change<RawJson>) {
    match change {
        Change::Keep => {}
        Change::Clear => *stored = None,
        Change::Set(json) => *stored = Some(Value::Plain(json)),
    }
}
