//! Users in answers.

use pandaprobe_model::user::UserSummary;
use serde::Serialize;
use utoipa::ToSchema;

use super::values::Time;

/// Somebody whom the agents worked for, over all of their traces.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceUser {
    /// The id chosen by the caller.
    pub(crate) user_id: String,
    /// Traces.
    pub(crate) trace_count: i64,
    /// Earliest start of a trace.
    pub(crate) first_seen: Time,
    /// Latest start of a trace.
    pub(crate) last_seen: Time,
    /// Traces with status ERROR.
    pub(crate) error_count: i64,
    /// Sessions with a trace of this user.
    pub(crate) session_count: i64,
    /// Tokens in all buckets over the spans that count.
    pub(crate) total_tokens: i64,
    /// US dollars over the spans that count.
    pub(crate) total_cost: f64,
}

impl From<UserSummary> for TraceUser {
    fn from(user: UserSummary) -> Self {
        let UserSummary {
            user_id,
            trace_count,
            error_count,
            session_count,
            tokens,
            cost,
            first_seen,
            last_seen,
        } = user;
        Self {
            user_id,
            trace_count,
            first_seen: Time(first_seen),
            last_seen: Time(last_seen),
            error_count,
            session_count,
            total_tokens: tokens,
            total_cost: cost.to_usd(),
        }
    }
}
