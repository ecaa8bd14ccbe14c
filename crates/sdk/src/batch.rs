//! What travels in one request, and what became of it.

use std::time::{Duration, Instant};

use crate::id::Id;
use crate::item::Entry;

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// Any number of traces.
    TraceBatch,
    /// One trace.
    SingleTrace,
    /// One score.
    Score,
}

/// Entries that travel in one request.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) entries: Vec<Entry>,
    /// The same for all attempts.
    pub(crate) request_id: Id,
    pub(crate) route: Route,
    pub(crate) attempts: u32,
    pub(crate) due: Instant,
    /// The server named the time: nothing of ours moves it forward.
    pub(crate) server_set_due: bool,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Accepted, but for the items whose reasons are listed.
    Delivered { rejected: Vec<String> },
    /// Refused for good; `divisible` if the fault may lie with one of several items.
    Refused { reason: String, divisible: bool },
    /// To be tried again.
    Failed(Failure),
    /// The server has no batch endpoint.
    NoBatchEndpoint,
    /// The server does not know, or not yet, the trace that is scored.
    UnknownTrace(String),
}

/// An attempt that is worth repeating.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) reason: String,
    /// The wait that the server asked for.
    pub(crate) wait: Option<Duration>,
    /// Nothing answered at all.
    pub(crate) unreachable: bool,
    /// The fault may lie with one of several items.
    pub(crate) divisible: bool,
}

impl Batch {
    /// Place in the order of arrival.
    pub(crate) fn first_seq(&self) -> u64 {
        self.entries
            .iter()
            .map(|entry| entry.seq)
            .min()
            .unwrap_or(u64::MAX)
    }

    /// Takes the entries from `at` on into a batch of their own.
    pub(crate) fn split_off(&mut self, at: usize) -> Self {
        Self {
            entries: self.entries.split_off(at),
            request_id: Id::random(),
            ..*self
        }
    }
}
