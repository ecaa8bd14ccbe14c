//! Commands about many traces or sessions.

use bytes::Bytes;
use pandaprobe_model::TraceId;
use pandaprobe_model::patch::TagChange;

use super::members::{Slot, members};
use super::scalar::Reader;
use super::{Rejected, object};

/// So many ids fit into one command.
pub(crate) const MOST_IDS: usize = 500;

members! {
    /// The members of a command about traces.
    TraceBulkMembers { trace_ids, add_tags, remove_tags }
}

members! {
    /// The members of a command about sessions.
    SessionBulkMembers { session_ids, add_tags, remove_tags }
}

/// Reads the ids of traces, each once.
pub(crate) fn traces(body: &Bytes) -> Result<Vec<TraceId>, Rejected> {
    object(body, |read, members: TraceBulkMembers<'_>| {
        trace_ids(read, members.trace_ids)
    })
}

/// Reads the ids of traces, each once, and what becomes of their tags.
pub(crate) fn trace_tags(body: &Bytes) -> Result<(Vec<TraceId>, TagChange), Rejected> {
    object(body, |read, members: TraceBulkMembers<'_>| {
        let TraceBulkMembers {
            trace_ids: ids,
            add_tags,
            remove_tags,
        } = members;
        let ids = trace_ids(read, ids);
        let change = tag_change(read, add_tags, remove_tags);
        Some((ids?, change))
    })
}

/// Reads the ids of sessions, each once.
pub(crate) fn sessions(body: &Bytes) -> Result<Vec<String>, Rejected> {
    object(body, |read, members: SessionBulkMembers<'_>| {
        session_ids(read, members.session_ids)
    })
}

/// Reads the ids of sessions, each once, and what becomes of their tags.
pub(crate) fn session_tags(body: &Bytes) -> Result<(Vec<String>, TagChange), Rejected> {
    object(body, |read, members: SessionBulkMembers<'_>| {
        let SessionBulkMembers {
            session_ids: ids,
            add_tags,
            remove_tags,
        } = members;
        let ids = session_ids(read, ids);
        let change = tag_change(read, add_tags, remove_tags);
        Some((ids?, change))
    })
}

fn trace_ids(read: &mut Reader<'_>, slot: Slot<'_>) -> Option<Vec<TraceId>> {
    read.ids("trace_ids", slot, MOST_IDS, |text| {
        TraceId::parse(text).ok()
    })
    .map(once)
}

fn session_ids(read: &mut Reader<'_>, slot: Slot<'_>) -> Option<Vec<String>> {
    read.short_texts("session_ids", slot, MOST_IDS).map(once)
}

/// What is named twice is still one.
fn once<T: Ord>(mut ids: Vec<T>) -> Vec<T> {
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn tag_change(read: &mut Reader<'_>, add: Slot<'_>, remove: Slot<'_>) -> TagChange {
    TagChange {
        add: read.texts("add_tags", add),
        remove: read.texts("remove_tags", remove),
    }
}
