//! Traces in answers.

use pandaprobe_model::trace::{Totals, TraceDetail, TraceSummary};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::span::SpanResponse;
use super::usage::UsageTotals;
use super::values::{AnyJson, Id, JsonObject, Time, TraceIdText, UuidText};
use super::words::{TraceStatusWord, Word};

/// A trace as lists show it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceListItem {
    /// The trace.
    pub(crate) trace_id: TraceIdText,
    /// Its name.
    pub(crate) name: String,
    /// How far it has come.
    pub(crate) status: TraceStatusWord,
    /// Start.
    pub(crate) started_at: Time,
    /// End, when it has ended.
    #[schema(required)]
    pub(crate) ended_at: Option<Time>,
    /// The session, if any.
    #[schema(required)]
    pub(crate) session_id: Option<String>,
    /// The user, if any.
    #[schema(required)]
    pub(crate) user_id: Option<String>,
    /// Labels, sorted.
    pub(crate) tags: Vec<String>,
    /// Where it ran.
    #[schema(required)]
    pub(crate) environment: Option<String>,
    /// The version that ran.
    #[schema(required)]
    pub(crate) release: Option<String>,
    /// Ended − started in milliseconds, null while it has not ended.
    #[schema(required)]
    pub(crate) latency_ms: Option<f64>,
    /// Spans.
    pub(crate) span_count: i64,
    /// Prompt and completion tokens as sent, over the spans that count.
    pub(crate) total_tokens: i64,
    /// US dollars over the spans that count; see `unpriced_span_count`.
    pub(crate) total_cost: f64,
    /// The session's name as this trace gave it.
    #[schema(required)]
    pub(crate) session_name: Option<String>,
    /// Wall clock from the first start to the last end in milliseconds, spans included.
    #[schema(required)]
    pub(crate) duration_ms: Option<f64>,
    /// Spans with status ERROR.
    pub(crate) span_error_count: i64,
    /// Tokens in disjoint buckets over the spans that count.
    pub(crate) usage: UsageTotals,
    /// Spans that count, have tokens and no cost: the cost is not the whole cost.
    pub(crate) unpriced_span_count: i64,
}

impl From<TraceSummary> for TraceListItem {
    fn from(trace: TraceSummary) -> Self {
        let latency_ms = trace.latency_ms();
        let duration_ms = trace.duration_ms();
        let TraceSummary {
            trace_id,
            name,
            status,
            started_at,
            ended_at,
            session_id,
            session_name,
            user_id,
            tags,
            environment,
            release,
            first_activity: _,
            last_activity: _,
            totals,
        } = trace;
        let Totals {
            spans,
            span_errors,
            usage,
            cost,
            unpriced,
            unusable: _,
        } = totals;
        Self {
            trace_id: Id(trace_id),
            name,
            status: Word(status),
            started_at: Time(started_at),
            ended_at: ended_at.map(Time),
            session_id,
            user_id,
            tags,
            environment,
            release,
            latency_ms,
            span_count: spans,
            total_tokens: usage.prompt + usage.completion,
            total_cost: cost.to_usd(),
            session_name,
            duration_ms,
            span_error_count: span_errors,
            usage: usage.buckets.into(),
            unpriced_span_count: unpriced,
        }
    }
}

/// A trace with everything.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceResponse {
    /// The trace.
    pub(crate) trace_id: TraceIdText,
    /// Its project.
    pub(crate) project_id: UuidText,
    /// Its name.
    pub(crate) name: String,
    /// How far it has come.
    pub(crate) status: TraceStatusWord,
    /// As sent.
    pub(crate) input: AnyJson,
    /// As sent.
    pub(crate) output: AnyJson,
    /// Merged from all parts by key.
    pub(crate) metadata: JsonObject,
    /// Start.
    pub(crate) started_at: Time,
    /// End, when it has ended.
    #[schema(required)]
    pub(crate) ended_at: Option<Time>,
    /// The session, if any.
    #[schema(required)]
    pub(crate) session_id: Option<String>,
    /// The user, if any.
    #[schema(required)]
    pub(crate) user_id: Option<String>,
    /// Labels, sorted.
    pub(crate) tags: Vec<String>,
    /// Where it ran.
    #[schema(required)]
    pub(crate) environment: Option<String>,
    /// The version that ran.
    #[schema(required)]
    pub(crate) release: Option<String>,
    /// By start, then id.
    pub(crate) spans: Vec<SpanResponse>,
    /// Prompt and completion tokens as sent, over the spans that count.
    pub(crate) total_tokens: i64,
    /// US dollars over the spans that count; see `unpriced_span_count`.
    pub(crate) total_cost: f64,
    /// The session's name as this trace gave it.
    #[schema(required)]
    pub(crate) session_name: Option<String>,
    /// Wall clock from the first start to the last end in milliseconds, spans included.
    #[schema(required)]
    pub(crate) duration_ms: Option<f64>,
    /// Spans.
    pub(crate) span_count: i64,
    /// Spans with status ERROR.
    pub(crate) span_error_count: i64,
    /// Tokens in disjoint buckets over the spans that count.
    pub(crate) usage: UsageTotals,
    /// Spans that count, have tokens and no cost: the cost is not the whole cost.
    pub(crate) unpriced_span_count: i64,
}

impl TraceResponse {
    /// Converts a trace of `project_id`.
    pub(crate) fn new(project_id: Uuid, trace: TraceDetail) -> Self {
        let TraceDetail {
            summary,
            input,
            output,
            metadata,
            spans,
        } = trace;
        let id = summary.trace_id;
        let TraceListItem {
            trace_id,
            name,
            status,
            started_at,
            ended_at,
            session_id,
            user_id,
            tags,
            environment,
            release,
            latency_ms: _,
            span_count,
            total_tokens,
            total_cost,
            session_name,
            duration_ms,
            span_error_count,
            usage,
            unpriced_span_count,
        } = TraceListItem::from(summary);
        Self {
            trace_id,
            project_id: Id(project_id),
            name,
            status,
            input: AnyJson(input),
            output: AnyJson(output),
            metadata: JsonObject(metadata),
            started_at,
            ended_at,
            session_id,
            user_id,
            tags,
            environment,
            release,
            spans: spans
                .into_iter()
                .map(|span| SpanResponse::new(id, span))
                .collect(),
            total_tokens,
            total_cost,
            session_name,
            duration_ms,
            span_count,
            span_error_count,
            usage,
            unpriced_span_count,
        }
    }
}
