//! One trace: load, merge, write, and tell session, user and project.

mod row;

use pandaprobe_model::ProjectId;
use pandaprobe_model::RawJson;
use pandaprobe_model::merge::{TraceHead, newer_by_key};
use pandaprobe_model::trace::TraceFragment;

use super::spans::{SpanOutcome, apply_spans};
use super::{Applied, Group, bodies, metadata, session, user};
use crate::Result;
use crate::sqlite::dims::Kind;
use crate::sqlite::payload::{Builder, ItemRef, Loader, Prepared, Reference, block_id};

pub(super) use row::{Contribution, TraceRow, contribution, load, place_values};
pub(in crate::sqlite) use row::{place, read_tags};

/// What a change brings for the session, besides the trace's own row.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    /// The first user message, if the trace's input is set anew; the inner
    /// `None` if that has none.
    pub(super) first_user: Option<Option<String>>,
    /// An object to merge into the session's metadata.
    pub(super) session_metadata: Option<RawJson>,
}

/// Merges a prepared fragment. Unless that is [`Applied::Done`], nothing has
/// changed.
pub(super) fn apply(
    group: &mut Group<'_>,
    project: ProjectId,
    prepared: &Prepared,
) -> Result<Applied> {
    let before = load(group, project, prepared.fragment.trace_id)?;
    if before.is_none() && prepared.spans_only {
        return Ok(Applied::Missing);
    }
    if is_stale(group, project, before.as_ref(), prepared)? {
        return Ok(Applied::Stale);
    }
    let id = match &before {
        Some(row) => row.id,
        None => group.memory.new_trace(),
    };
    let number = before.as_ref().map_or(0, |row| row.blocks);
    let base = block_id(id, number);
    bodies::write_blocks(group, base, &prepared.blocks)?;

    let mut merged = Builder::default();
    let merged_number = number + prepared.blocks.len() as i64;
    let merged_base = block_id(id, merged_number);
    let spans = apply_spans(
        group,
        project,
        id,
        before.is_none(),
        prepared,
        base,
        merged_base,
        &mut merged,
    )?;
    let place = merge_record(
        group,
        before.as_ref(),
        prepared,
        base,
        merged_base,
        &mut merged,
    )?;
    let merged = merged.finish();
    bodies::write_blocks(group, merged_base, &merged)?;

    let head = merge_head(before.as_ref(), prepared);
    let after = TraceRow {
        place,
        blocks: merged_number + merged.len() as i64,
        ..next_row(
            group,
            project,
            (id, prepared.fragment.trace_id),
            before.as_ref(),
            head,
            &spans,
        )?
    };
    let owner = after.session.unwrap_or(-id);
    bodies::register(group, prepared.owner, owner, base, &prepared.bodies)?;
    let incoming = Incoming {
        first_user: prepared.first_user.clone(),
        session_metadata: prepared.fragment.session_metadata.clone(),
    };
    settle(group, project, before.as_ref(), after, incoming)?;
    if let Some(object) = &prepared.record.metadata {
        metadata::write(group, project, id, object)?;
    }
    Ok(Applied::Done)
}

/// Whether a fragment leans on bodies that have gone since it was prepared.
fn is_stale(
    group: &mut Group<'_>,
    project: ProjectId,
    before: Option<&TraceRow>,
    prepared: &Prepared,
) -> Result<bool> {
    let Some(Reference { owner, blocks }) = &prepared.reference else {
        return Ok(false);
    };
    if *owner < 0 {
        let same = before.is_some_and(|row| row.id == -owner);
        return Ok(!same || !bodies::are_there(group, blocks)?);
    }
    let session = match prepared.fragment.session_id.as_deref() {
        Some(sid) => session::find(group, project, sid)?,
        None => before.and_then(|row| row.session),
    };
    Ok(session != Some(*owner))
}

fn merge_head(before: Option<&TraceRow>, prepared: &Prepared) -> TraceHead {
    let fragment: &TraceFragment = &prepared.fragment;
    match before {
        None => TraceHead::new(fragment),
        Some(row) => {
            let mut head = row.head.clone();
            if !prepared.spans_only {
                head.merge(fragment);
            }
            head
        }
    }
}

/// Merges the trace's own payload and says where it lies afterwards.
fn merge_record(
    group: &Group<'_>,
    before: Option<&TraceRow>,
    prepared: &Prepared,
    base: i64,
    merged_base: i64,
    merged: &mut Builder,
) -> Result<Option<ItemRef>> {
    let stored = before.and_then(|row| row.place);
    let Some((index, item)) = prepared.place else {
        return Ok(stored);
    };
    if stored.is_none() {
        return Ok(Some(ItemRef {
            block: base + index,
            item,
        }));
    }
    let mut record = Loader::new(group.connection).record(stored)?;
    let mut incoming = prepared.record.clone();
    incoming.resolve(base);
    record.merge(incoming);
    let (index, item) = merged.push(|out| record.encode(out));
    Ok(Some(ItemRef {
        block: merged_base + index,
        item,
    }))
}

/// The row that a new head and changed spans give. Its payload and blocks are
/// those of `before`.
pub(super) fn next_row(
    group: &mut Group<'_>,
    project: ProjectId,
    (id, trace_id): (i64, pandaprobe_model::TraceId),
    before: Option<&TraceRow>,
    head: TraceHead,
    spans: &SpanOutcome,
) -> Result<TraceRow> {
    let session = match head.session_id.as_deref() {
        Some(sid) => Some(session::find_or_create(group, project, sid)?),
        None => None,
    };
    let user = group.memory.dims.intern_some(
        group.connection,
        project,
        Kind::User,
        head.user_id.as_deref(),
    )?;
    let (first_act, last_act) = row::extent(group, id, before, &head, spans)?;
    let mut totals = before.map(|row| row.totals).unwrap_or_default();
    totals += spans.delta;
    Ok(TraceRow {
        id,
        trace_id,
        head,
        session,
        user,
        first_act,
        last_act,
        totals,
        place: before.and_then(|row| row.place),
        blocks: before.map_or(0, |row| row.blocks),
        session_metadata: before.and_then(|row| row.session_metadata.clone()),
    })
}

/// Writes a trace's new state and tells session, user and project.
pub(super) fn settle(
    group: &mut Group<'_>,
    project: ProjectId,
    before: Option<&TraceRow>,
    mut after: TraceRow,
    mut incoming: Incoming,
) -> Result<()> {
    // What came for a session before there was one is for the first there is.
    newer_by_key(
        &mut after.session_metadata,
        incoming.session_metadata.take(),
    );
    if after.session.is_some() {
        incoming.session_metadata = after.session_metadata.take();
    }
    let old_session = before.and_then(|row| row.session);
    if let (Some(before), Some(from)) = (before, old_session)
        && after.session != Some(from)
    {
        bodies::relocate(group, project, from, before.blocks, &mut after)?;
    }
    let old = before
        .map(|row| contribution(group, project, row))
        .transpose()?;
    let new = contribution(group, project, &after)?;
    row::write(group, project, before, &after)?;
    row::write_tags(group, after.id, old.as_ref(), &new)?;
    let delta = group.project(project);
    delta.traces += i64::from(before.is_none());
    delta.spans += new.totals.spans - old.as_ref().map_or(0, |old| old.totals.spans);

    session::apply(
        group,
        project,
        incoming,
        old.as_ref().map(|old| (old, old_session)),
        (&new, after.session),
    )?;
    user::apply(group, project, old.as_ref(), &new)
}
