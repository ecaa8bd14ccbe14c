//! Scores that wait for their turn.
//!
//! A score goes alone, and never before what is known of its trace: it waits for all
//! that was queued before it, and for what of its trace is being retried or held back.

use std::collections::{HashSet, VecDeque};
use std::time::Instant;

use crate::id::Id;
use crate::item::Entry;

/// A score with what became of it so far.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) entry: Entry,
    /// Everything queued before this place goes first.
    pub(crate) after: u64,
    pub(crate) request_id: Id,
    pub(crate) attempts: u32,
    /// The server did not know the trace; it may come from elsewhere.
    pub(crate) is_answered: bool,
    pub(crate) due: Instant,
    /// The server named the time: nothing of ours moves it forward.
    pub(crate) server_set_due: bool,
}

/// Scores in order of arrival.
#[derive(Debug, Default)]
pub(crate) struct Scores(VecDeque<Waiting>);

impl Scores {
    pub(crate) fn push(&mut self, score: Waiting) {
        self.0.push_back(score);
    }

    /// Scores that may go as far as their time is concerned.
    pub(crate) fn has_due(&self, now: Instant) -> bool {
        self.0.iter().any(|score| score.due <= now)
    }

    /// Takes the first score that may go: its time has come, nothing older than `queued`
    /// is waiting, and its trace is not among `unsent`.
    pub(crate) fn take_ready(
        &mut self,
        now: Instant,
        queued: u64,
        unsent: &HashSet<Id>,
    ) -> Option<Waiting> {
        let is_ready = |score: &Waiting| {
            score.due <= now
                && score.after <= queued
                && !unsent.contains(&score.entry.item.trace_id())
        };
        let at = self.0.iter().position(is_ready)?;
        self.0.remove(at)
    }

    /// The next time at which a score may go that may not go yet.
    pub(crate) fn next_due(&self, now: Instant) -> Option<Instant> {
        let later = self.0.iter().map(|score| score.due);
        later.filter(|due| *due > now).min()
    }

    /// Makes all scores due now, except where the server named a time.
    pub(crate) fn hurry(&mut self, now: Instant) {
        for score in self.0.iter_mut().filter(|score| !score.server_set_due) {
            score.due = score.due.min(now);
        }
    }

    /// Makes the scores of a trace wait for what is queued before `place`.
    pub(crate) fn defer(&mut self, trace: Id, place: u64) {
        let of_trace = |score: &&mut Waiting| score.entry.item.trace_id() == trace;
        for score in self.0.iter_mut().filter(of_trace) {
            score.after = score.after.max(place);
        }
    }

    /// Whether a score from before `mark` was not tried at all, or less than `attempts`
    /// times, although what it waits for, `unsent`, is not what keeps it.
    pub(crate) fn has_untried(&self, mark: u64, attempts: u32, unsent: &HashSet<Id>) -> bool {
        self.0.iter().any(|score| {
            score.entry.seq < mark
                && score.attempts < attempts
                && !score.is_answered
                && !unsent.contains(&score.entry.item.trace_id())
        })
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Place of the oldest score in the order of arrival.
    pub(crate) fn oldest(&self) -> Option<u64> {
        self.0.iter().map(|score| score.entry.seq).min()
    }

    /// Takes out the score at that place.
    pub(crate) fn take_at(&mut self, seq: u64) -> Option<Entry> {
        let at = self.0.iter().position(|score| score.entry.seq == seq)?;
        self.0.remove(at).map(|score| score.entry)
    }

    /// Takes out everything.
    pub(crate) fn take_all(&mut self) -> impl Iterator<Item = Entry> {
        std::mem::take(&mut self.0)
            .into_iter()
            .map(|score| score.entry)
    }
}
