//! A session's rows in memory, and how one trace changes them.

use pandaprobe_model::trace::Totals;
use pandaprobe_model::{ProjectId, RawJson};

use crate::sqlite::apply::trace::Contribution;

/// A value that one trace of the session provides, with that trace's place in
/// the order of starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held<T> {
    pub(super) value: T,
    pub(super) started: i64,
    pub(super) trace: i64,
}

/// What was provided by a trace: known, or to be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holder<T> {
    Known(Option<Held<T>>),
    Stale,
}

/// Which trace provides a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    Earliest,
    Latest,
}

/// A row of `session` and `session_num` in memory.
#[derive(Debug)]
pub(in super::super) struct SessionState {
    pub(super) project: ProjectId,
    pub(super) is_new: bool,
    pub(super) sid: String,
    /// The name as stored.
    pub(super) name: Option<String>,
    pub(super) sums: Sums,
    /// First and last activity, first start, last end; `None` is stale.
    pub(super) bounds: Option<Bounds>,
    pub(super) user: Holder<i64>,
    /// Set on the session itself.
    pub(super) given_name: Option<String>,
    pub(super) trace_name: Holder<String>,
    pub(super) first_user: Holder<String>,
    pub(super) metadata: Option<RawJson>,
    pub(super) metadata_changed: bool,
}

/// What is added and subtracted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    pub(super) traces: i64,
    pub(super) errors: i64,
    pub(super) totals: Totals,
    /// Over ended traces.
    pub(super) latency: i64,
    /// How many have ended.
    pub(super) ended: i64,
}

impl Sums {
    pub(super) fn add(&mut self, trace: &Contribution) {
        self.traces += 1;
        self.errors += i64::from(trace.failed);
        self.totals += trace.totals;
        // Times may lie centuries apart; what is added here is taken out again.
        self.latency = self
            .latency
            .wrapping_add(trace.latency().unwrap_or_default());
        self.ended += i64::from(trace.ended.is_some());
    }

    pub(super) fn take(&mut self, trace: &Contribution) {
        self.traces -= 1;
        self.errors -= i64::from(trace.failed);
        self.totals = self.totals - trace.totals;
        self.latency = self
            .latency
            .wrapping_sub(trace.latency().unwrap_or_default());
        self.ended -= i64::from(trace.ended.is_some());
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) first_act: i64,
    pub(super) last_act: i64,
    pub(super) first_start: i64,
    pub(super) last_end: Option<i64>,
}

impl Bounds {
    pub(super) fn of(trace: &Contribution) -> Self {
        Self {
            first_act: trace.first_act,
            last_act: trace.last_act,
            first_start: trace.started,
            last_end: trace.ended,
        }
    }

    pub(super) fn join(self, other: Self) -> Self {
        Self {
            first_act: self.first_act.min(other.first_act),
            last_act: self.last_act.max(other.last_act),
            first_start: self.first_start.min(other.first_start),
            last_end: self.last_end.max(other.last_end),
        }
    }

    /// Whether a part of `self` may rest on `old` and not on `new`.
    pub(super) fn loses(self, old: Self, new: Option<Self>) -> bool {
        let weaker = |held: bool, kept: bool| held && !kept;
        weaker(
            old.first_act == self.first_act,
            new.is_some_and(|new| new.first_act <= self.first_act),
        ) || weaker(
            old.last_act == self.last_act,
            new.is_some_and(|new| new.last_act >= self.last_act),
        ) || weaker(
            old.first_start == self.first_start,
            new.is_some_and(|new| new.first_start <= self.first_start),
        ) || weaker(
            old.last_end == self.last_end && old.last_end.is_some(),
            new.is_some_and(|new| new.last_end >= self.last_end),
        )
    }
}

impl SessionState {
    pub(super) fn fresh(project: ProjectId, sid: &str) -> Self {
        Self {
            project,
            is_new: true,
            sid: sid.to_owned(),
            name: None,
            sums: Sums::default(),
            bounds: None,
            user: Holder::Known(None),
            given_name: None,
            trace_name: Holder::Known(None),
            first_user: Holder::Known(None),
            metadata: None,
            metadata_changed: false,
        }
    }

    pub(super) fn widen(&mut self, trace: &Contribution) {
        let own = Bounds::of(trace);
        // No other trace means nothing to look up, however stale.
        self.bounds = if self.sums.traces == 1 {
            Some(own)
        } else {
            self.bounds.map(|bounds| bounds.join(own))
        };
    }
}
