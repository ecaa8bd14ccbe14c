//! Spans in answers.

use pandaprobe_model::trace::{SpanDetail, SpanPayload};
use pandaprobe_model::{Money, TraceId};
use serde::Serialize;
use utoipa::ToSchema;

use super::usage::UsageTotals;
use super::values::{AnyJson, Id, JsonObject, JsonText, SpanIdText, Time, TraceIdText};
use super::words::{SpanKindWord, SpanStatusWord, Word};

/// A span with everything.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpanResponse {
    /// The span, unique within its trace.
    pub(crate) span_id: SpanIdText,
    /// The span above; it may never have arrived.
    #[schema(required)]
    pub(crate) parent_span_id: Option<SpanIdText>,
    /// Its trace.
    pub(crate) trace_id: TraceIdText,
    /// Its name.
    pub(crate) name: String,
    /// What it does.
    pub(crate) kind: SpanKindWord,
    /// Its outcome.
    pub(crate) status: SpanStatusWord,
    /// As sent.
    pub(crate) input: AnyJson,
    /// As sent.
    pub(crate) output: AnyJson,
    /// The model's name.
    #[schema(required)]
    pub(crate) model: Option<String>,
    /// As sent; `usage` is what was understood.
    #[schema(required)]
    pub(crate) token_usage: Option<JsonObject>,
    /// As sent.
    pub(crate) metadata: JsonObject,
    /// Start.
    pub(crate) started_at: Time,
    /// End, when it has ended.
    #[schema(required)]
    pub(crate) ended_at: Option<Time>,
    /// What went wrong.
    #[schema(value_type = Option<String>, required)]
    pub(crate) error: Option<JsonText>,
    /// When the first token came.
    #[schema(required)]
    pub(crate) completion_start_time: Option<Time>,
    /// As sent.
    #[schema(required)]
    pub(crate) model_parameters: Option<JsonObject>,
    /// In US dollars, as sent; `total` counts.
    #[schema(required)]
    pub(crate) cost: Option<JsonObject>,
    /// Ended − started in milliseconds, null while it has not ended.
    #[schema(required)]
    pub(crate) latency_ms: Option<f64>,
    /// Time from the start to the first token in milliseconds.
    #[schema(required)]
    pub(crate) time_to_first_token_ms: Option<f64>,
    /// Tokens in disjoint buckets, null if the span says nothing usable about them.
    #[schema(required)]
    pub(crate) usage: Option<UsageTotals>,
    /// Whether its tokens and cost are in the totals; false if a span below has its own.
    pub(crate) counted: bool,
    /// What it cost in US dollars, as sent or by the price table; null is unpriced.
    #[schema(required)]
    pub(crate) total_cost: Option<f64>,
}

impl SpanResponse {
    /// Converts a span of `trace_id`.
    pub(crate) fn new(trace_id: TraceId, span: SpanDetail) -> Self {
        let SpanDetail {
            span_id,
            parent_span_id,
            name,
            kind,
            status,
            started_at,
            ended_at,
            completion_start_time,
            model,
            usage,
            counted,
            cost: total_cost,
            payload,
        } = span;
        let SpanPayload {
            input,
            output,
            metadata,
            model_parameters,
            token_usage,
            usage: _,
            cost,
            error,
        } = payload;
        Self {
            span_id: Id(span_id),
            parent_span_id: parent_span_id.map(Id),
            trace_id: Id(trace_id),
            name,
            kind: Word(kind),
            status: Word(status),
            input: AnyJson(input),
            output: AnyJson(output),
            model,
            token_usage: token_usage.map(|json| JsonObject(Some(json))),
            metadata: JsonObject(metadata),
            started_at: Time(started_at),
            ended_at: ended_at.map(Time),
            error: error.map(JsonText),
            completion_start_time: completion_start_time.map(Time),
            model_parameters: model_parameters.map(|json| JsonObject(Some(json))),
            cost: cost.map(|json| JsonObject(Some(json))),
            latency_ms: ended_at.map(|end| end.millis_since(started_at)),
            time_to_first_token_ms: completion_start_time
                .map(|first| first.millis_since(started_at)),
            usage: usage.map(UsageTotals::from),
            counted,
            total_cost: total_cost.map(Money::to_usd),
        }
    }
}
