//! The bodies of `POST /traces` as the specification shows them.
//!
//! These types are documentation: bodies are read by [`super::decode`], which
//! never builds them. A test there holds the two together.

#![expect(dead_code, reason = "shapes for the specification only")]

use serde::Serialize;
use utoipa::ToSchema;

use super::values::{AnyJson, JsonObject, SpanIdText, Time, TraceIdText};
use super::words::{SpanKindWord, SpanStatusWord, TraceStatusWord};

/// A trace, or a part of one. Parts with the same `trace_id` are merged: what a
/// part leaves out says nothing about what is stored.
#[derive(ToSchema)]
#[schema(example = json!({
    "trace_id": "a484c5d9-b92e-47be-b0a6-3f0c8739254f",
    "name": "answer-question",
    "started_at": "2026-01-02T03:04:05+00:00",
    "ended_at": "2026-01-02T03:04:06.500000+00:00",
    "session_id": "conversation-7",
    "session_name": "Refund for order 1042",
    "user_id": "alice",
    "input": {"messages": [{"role": "user", "content": "Where is my refund?"}]},
    "output": {"messages": [{"role": "assistant", "content": "It is on its way."}]},
    "spans": [{
        "span_id": "f0ad4c13-d77b-4a64-af0d-a24b317b4761",
        "name": "generate",
        "kind": "LLM",
        "status": "OK",
        "model": "gpt-5.4",
        "started_at": "2026-01-02T03:04:05.100000+00:00",
        "ended_at": "2026-01-02T03:04:06.400000+00:00",
        "usage": {"input": 86, "cache_read": 64, "output": 80},
        "cost": {"total": 0.002}
    }]
}))]
pub(crate) struct TraceCreate {
    /// Any UUID form; random when absent.
    #[schema(required = false)]
    trace_id: TraceIdText,
    /// What the trace is called.
    #[schema(min_length = 1, max_length = 512)]
    name: String,
    /// Absent means not said: a trace of which no part says it counts as COMPLETED.
    #[schema(required = false)]
    status: TraceStatusWord,
    /// Any JSON; null means not given.
    #[schema(required = false)]
    input: AnyJson,
    /// Any JSON; null means not given.
    #[schema(required = false)]
    output: AnyJson,
    /// Merged by key.
    #[schema(required = false)]
    metadata: JsonObject,
    /// ISO 8601 (without an offset: UTC), a bare date, or seconds or milliseconds since the epoch.
    #[schema(value_type = TimeInput)]
    started_at: Time,
    /// Absent or null while it has not ended.
    #[schema(value_type = Option<TimeInput>)]
    ended_at: Option<Time>,
    /// The session; empty or blank means none.
    #[schema(max_length = 255)]
    session_id: Option<String>,
    /// A name for the session; the latest trace's wins.
    #[schema(max_length = 255)]
    session_name: Option<String>,
    /// Merged by key into the session's metadata.
    session_metadata: Option<JsonObject>,
    /// The user; empty or blank means none.
    #[schema(max_length = 255)]
    user_id: Option<String>,
    /// Labels; merged as a set.
    #[schema(required = false)]
    tags: Vec<String>,
    /// Where it ran, such as `production`.
    #[schema(max_length = 255)]
    environment: Option<String>,
    /// The version that ran.
    #[schema(max_length = 255)]
    release: Option<String>,
    /// Any number of spans, in any order.
    #[schema(required = false)]
    spans: Vec<SpanCreate>,
}

/// A span, or a part of one; merged by `span_id` within its trace.
#[derive(ToSchema)]
pub(crate) struct SpanCreate {
    /// Any UUID form, or 16 hex digits; random when absent.
    #[schema(required = false)]
    span_id: SpanIdText,
    /// The span above; it may arrive later.
    parent_span_id: Option<SpanIdText>,
    /// What the span is called.
    #[schema(min_length = 1, max_length = 512)]
    name: String,
    /// What it does; OTHER when no part says it.
    #[schema(required = false)]
    kind: SpanKindWord,
    /// Its outcome; UNSET never replaces another.
    #[schema(required = false)]
    status: SpanStatusWord,
    /// Any JSON; null means not given.
    #[schema(required = false)]
    input: AnyJson,
    /// Any JSON; null means not given.
    #[schema(required = false)]
    output: AnyJson,
    /// The model's name.
    #[schema(max_length = 255)]
    model: Option<String>,
    /// Tokens as the provider counts them: `prompt_tokens`, `completion_tokens`, …
    token_usage: Option<JsonObject>,
    /// Tokens in disjoint buckets; goes before `token_usage`.
    usage: Option<UsageInput>,
    /// Merged by key.
    #[schema(required = false)]
    metadata: JsonObject,
    /// As for traces.
    #[schema(value_type = TimeInput)]
    started_at: Time,
    /// Absent or null while it has not ended.
    #[schema(value_type = Option<TimeInput>)]
    ended_at: Option<Time>,
    /// What went wrong.
    error: Option<String>,
    /// When the first token came.
    #[schema(value_type = Option<TimeInput>)]
    completion_start_time: Option<Time>,
    /// Such as temperature.
    model_parameters: Option<JsonObject>,
    /// In US dollars; `total` counts.
    cost: Option<std::collections::BTreeMap<String, f64>>,
}

/// Token counts in buckets that do not overlap; all optional.
#[derive(ToSchema)]
pub(crate) struct UsageInput {
    /// Input tokens that were neither read from nor written to a cache.
    #[schema(minimum = 0, required = false)]
    input: i64,
    /// Input tokens read from the provider's prompt cache.
    #[schema(minimum = 0, required = false)]
    cache_read: i64,
    /// Input tokens written to the provider's prompt cache.
    #[schema(minimum = 0, required = false)]
    cache_write: i64,
    /// Output tokens that are neither reasoning nor audio.
    #[schema(minimum = 0, required = false)]
    output: i64,
    /// Output tokens spent on reasoning.
    #[schema(minimum = 0, required = false)]
    reasoning: i64,
    /// Audio tokens of the input.
    #[schema(minimum = 0, required = false)]
    audio_input: i64,
    /// Audio tokens of the output.
    #[schema(minimum = 0, required = false)]
    audio_output: i64,
}

/// A time as text, or as a number of seconds (above 2·10¹⁰: milliseconds) since the epoch.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum TimeInput {
    /// ISO 8601.
    #[schema(example = "2026-01-02T03:04:05Z")]
    Text(String),
    /// Since the epoch.
    Number(f64),
}
