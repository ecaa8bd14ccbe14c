//! What the queue holds: parts of traces, and scores.

use std::time::Instant;

use crate::fragment::Fragment;
use crate::id::Id;
use crate::losses::LostItem;
use crate::score::Score;

/// One item on its way.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Place in the order of arrival.
    pub(crate) seq: u64,
    /// Bytes, roughly.
    pub(crate) size: usize,
    pub(crate) queued: Instant,
    pub(crate) item: Item,
}

#[derive(Debug)]
pub(crate) enum Item {
    Fragment(Fragment),
    Score(Score),
}

impl Item {
    /// Bytes the item takes in memory and on the wire, roughly.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Fragment(fragment) => fragment.size(),
            Self::Score(score) => score.size(),
        }
    }

    /// The trace it belongs to.
    pub(crate) fn trace_id(&self) -> Id {
        match self {
            Self::Fragment(fragment) => fragment.trace_id(),
            Self::Score(score) => score.trace_id,
        }
    }

    /// What is lost if it is lost.
    pub(crate) fn kind(&self) -> LostItem {
        match self {
            Self::Fragment(fragment) if fragment.is_open() => LostItem::OpenPart,
            Self::Fragment(_) => LostItem::Trace,
            Self::Score(_) => LostItem::Score,
        }
    }

    /// Appends the item as one JSON object without line breaks.
    pub(crate) fn push_to(&self, out: &mut String) {
        match self {
            Self::Fragment(fragment) => fragment.push_to(out),
            Self::Score(score) => out.push_str(score.body.as_str()),
        }
    }
}

impl Entry {
    /// Whether it is a part of a trace that has not ended.
    pub(crate) fn is_open_part(&self) -> bool {
        matches!(&self.item, Item::Fragment(fragment) if fragment.is_open())
    }
}
