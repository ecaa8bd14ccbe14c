//! Sessions: one agent lifecycle made of many traces.

use crate::trace::{Totals, TraceDetail};
use crate::{RawJson, Timestamp};

/// A session as lists and its page's head show it. Always over all of its
/// traces, whatever selected it.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionSummary {
    /// The id chosen by the caller.
    pub session_id: String,
    /// Its name: the one set on the session itself, else the latest trace's
    /// `session_name`, else the first user message, cut.
    pub name: Option<String>,
    /// The user of the earliest trace that has one.
    pub user_id: Option<String>,
    /// Its own tags and those of its traces, sorted.
    pub tags: Vec<String>,
    /// Its own tags, sorted: those set on the session itself.
    pub own_tags: Vec<String>,
    /// Merged from the traces' `session_metadata`; `None` stands for `{}`.
    pub metadata: Option<RawJson>,
    /// Traces.
    pub trace_count: i64,
    /// Traces with status ERROR.
    pub error_count: i64,
    /// Earliest start of a trace.
    pub first_trace_at: Timestamp,
    /// Latest end of a trace, if any has ended.
    pub last_trace_at: Option<Timestamp>,
    /// First start of a trace or span.
    pub first_activity: Timestamp,
    /// Last start or end of a trace or span.
    pub last_activity: Timestamp,
    /// Sum of ended − started over ended traces, in nanoseconds, and how many
    /// have ended.
    pub latency: (i64, i64),
    /// Sums over the spans of all traces.
    pub totals: Totals,
}

impl SessionSummary {
    /// Returns the sum of the traces' latencies in milliseconds, the contract's
    /// `total_latency_ms`; `None` if none has ended. Not a duration.
    pub fn total_latency_ms(&self) -> Option<f64> {
        let (sum, ended) = self.latency;
        (ended > 0).then_some(sum as f64 / 1e6)
    }

    /// Returns the wall clock from the first start to the last end.
    pub fn duration_ms(&self) -> f64 {
        self.last_activity.millis_since(self.first_activity)
    }
}

/// A session with a page of its traces.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionDetail {
    /// The session, over all of its traces.
    pub summary: SessionSummary,
    /// A page of them, by start.
    pub traces: Vec<TraceDetail>,
}
