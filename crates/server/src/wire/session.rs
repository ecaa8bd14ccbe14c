//! Sessions in answers.

use pandaprobe_model::session::{SessionDetail as Session, SessionSummary as Summary};
use pandaprobe_model::trace::Totals;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::trace::TraceResponse;
use super::usage::UsageTotals;
use super::values::{JsonObject, Time};

/// A session; all totals are over all of its traces.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionSummary {
    /// The id chosen by the caller; any text up to 255 characters.
    pub(crate) session_id: String,
    /// Traces.
    pub(crate) trace_count: i64,
    /// Earliest start of a trace.
    pub(crate) first_trace_at: Time,
    /// Latest end of a trace, null if none has ended.
    #[schema(required)]
    pub(crate) last_trace_at: Option<Time>,
    /// Sum of the traces' latencies in milliseconds, null if none has ended. Not a duration.
    #[schema(required)]
    pub(crate) total_latency_ms: Option<f64>,
    /// Whether any trace has status ERROR; failed spans are in `span_error_count`.
    pub(crate) has_error: bool,
    /// The user of the earliest trace that has one.
    #[schema(required)]
    pub(crate) user_id: Option<String>,
    /// Its own tags and those of its traces, sorted.
    pub(crate) tags: Vec<String>,
    /// Spans of all traces.
    pub(crate) total_span_count: i64,
    /// Prompt and completion tokens as sent, over the spans that count.
    pub(crate) total_tokens: i64,
    /// US dollars over the spans that count; see `unpriced_span_count`.
    pub(crate) total_cost: f64,
    /// Its name: the one set on the session itself, else what a trace called it, else its first
    /// user message, cut.
    #[schema(required)]
    pub(crate) session_name: Option<String>,
    /// Wall clock from the first start to the last end in milliseconds.
    #[schema(required)]
    pub(crate) duration_ms: Option<f64>,
    /// First start of a trace or span.
    pub(crate) first_activity_at: Time,
    /// Last start or end of a trace or span.
    pub(crate) last_activity_at: Time,
    /// Traces with status ERROR.
    pub(crate) error_count: i64,
    /// Spans with status ERROR.
    pub(crate) span_error_count: i64,
    /// Tokens in disjoint buckets over the spans that count.
    pub(crate) usage: UsageTotals,
    /// Spans that count, have tokens and no cost: the cost is not the whole cost.
    pub(crate) unpriced_span_count: i64,
    /// Merged by key from the traces' `session_metadata` and what was set on the session itself.
    pub(crate) metadata: JsonObject,
    /// The tags set on the session itself, sorted.
    pub(crate) own_tags: Vec<String>,
}

impl From<Summary> for SessionSummary {
    fn from(session: Summary) -> Self {
        let total_latency_ms = session.total_latency_ms();
        let duration_ms = session.duration_ms();
        let Summary {
            session_id,
            name,
            user_id,
            tags,
            own_tags,
            metadata,
            trace_count,
            error_count,
            first_trace_at,
            last_trace_at,
            first_activity,
            last_activity,
            latency: _,
            totals,
        } = session;
        let Totals {
            spans,
            span_errors,
            usage,
            cost,
            unpriced,
            unusable: _,
        } = totals;
        Self {
            session_id,
            trace_count,
            first_trace_at: Time(first_trace_at),
            last_trace_at: last_trace_at.map(Time),
            total_latency_ms,
            has_error: error_count > 0,
            user_id,
            tags,
            total_span_count: spans,
            total_tokens: usage.prompt + usage.completion,
            total_cost: cost.to_usd(),
            session_name: name,
            duration_ms: (last_trace_at.is_some() || duration_ms > 0.0).then_some(duration_ms),
            first_activity_at: Time(first_activity),
            last_activity_at: Time(last_activity),
            error_count,
            span_error_count: span_errors,
            usage: usage.buckets.into(),
            unpriced_span_count: unpriced,
            metadata: JsonObject(metadata),
            own_tags,
        }
    }
}

/// A session with a part of its traces.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionDetail {
    /// The session, over all of its traces.
    #[serde(flatten)]
    pub(crate) summary: SessionSummary,
    /// The part that was asked for, by start; there are `trace_count` in all.
    pub(crate) traces: Vec<TraceResponse>,
}

impl SessionDetail {
    /// Converts a session of `project_id`.
    pub(crate) fn new(project_id: Uuid, session: Session) -> Self {
        let Session { summary, traces } = session;
        Self {
            summary: summary.into(),
            traces: traces
                .into_iter()
                .map(|trace| TraceResponse::new(project_id, trace))
                .collect(),
        }
    }
}
