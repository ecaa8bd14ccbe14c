//! Users: whom the agents worked for.

use crate::{Money, Timestamp};

/// A user as lists show it, over all of its traces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserSummary {
    /// The id chosen by the caller.
    pub user_id: String,
    /// Traces.
    pub trace_count: i64,
    /// Traces with status ERROR.
    pub error_count: i64,
    /// Sessions with a trace of this user.
    pub session_count: i64,
    /// Tokens in all buckets of the counted spans.
    pub tokens: i64,
    /// Cost of the counted spans.
    pub cost: Money,
    /// Earliest start of a trace.
    pub first_seen: Timestamp,
    /// Latest start of a trace.
    pub last_seen: Timestamp,
}
