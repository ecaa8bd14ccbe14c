//! Parts of open traces, kept back until their trace has ended.
//!
//! A server without the batch endpoint takes a trace as a whole, so it is put together
//! here. Nothing is held for a server that merges parts itself.

use std::collections::HashMap;

use crate::fragment::Fragment;
use crate::id::Id;
use crate::item::{Entry, Item};

/// Parts by trace, each in order of arrival.
#[derive(Debug, Default)]
pub(crate) struct Held(HashMap<Id, Vec<Entry>>);

impl Held {
    /// Keeps a part back.
    pub(crate) fn put(&mut self, entry: Entry) {
        self.0.entry(entry.item.trace_id()).or_default().push(entry);
    }

    /// Takes out the parts of a trace.
    pub(crate) fn take(&mut self, trace: Id) -> Vec<Entry> {
        self.0.remove(&trace).unwrap_or_default()
    }

    /// Takes out all parts, by trace, oldest trace first.
    pub(crate) fn take_all(&mut self) -> Vec<Vec<Entry>> {
        let mut all: Vec<_> = std::mem::take(&mut self.0).into_values().collect();
        all.sort_by_key(|parts| parts.first().map(|part| part.seq));
        all
    }

    /// Place of the oldest part in the order of arrival.
    pub(crate) fn oldest(&self) -> Option<(u64, Id)> {
        let first = |(id, parts): (&Id, &Vec<Entry>)| Some((parts.first()?.seq, *id));
        self.0.iter().filter_map(first).min_by_key(|(seq, _)| *seq)
    }

    /// Takes out the oldest part of a trace.
    pub(crate) fn take_first(&mut self, trace: Id) -> Option<Entry> {
        let parts = self.0.get_mut(&trace)?;
        let first = (!parts.is_empty()).then(|| parts.remove(0));
        if parts.is_empty() {
            self.0.remove(&trace);
        }
        first
    }

    /// The traces of which parts are held.
    pub(crate) fn traces(&self) -> impl Iterator<Item = Id> {
        self.0.keys().copied()
    }
}

/// Parts of one trace as few fragments that a server takes.
pub(crate) fn joined(parts: Vec<Entry>) -> Vec<Fragment> {
    let fragments = parts
        .into_iter()
        .filter_map(|entry| match entry.item {
            Item::Fragment(fragment) => Some(fragment),
            Item::Score(_) => None,
        })
        .collect();
    Fragment::join(fragments).map_or_else(Vec::new, Fragment::split)
}
