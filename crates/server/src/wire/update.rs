//! The bodies of commands as the specification shows them.
//!
//! As in [`super::create`], these types are documentation: bodies are read by
//! [`super::decode`]. A test there holds the two together.

#![expect(dead_code, reason = "shapes for the specification only")]

use utoipa::ToSchema;

use super::create::{TimeInput, UsageInput};
use super::values::{AnyJson, JsonObject, Time, TraceIdText};
use super::words::{
    ScoreDataTypeWord, ScoreSourceWord, SpanKindWord, SpanStatusWord, TraceStatusWord,
};

/// Changes to a trace: only members that are there count.
#[derive(ToSchema)]
#[schema(example = json!({"status": "ERROR", "session_id": null, "metadata": {"reviewed": true}}))]
pub(crate) struct TraceUpdate {
    /// Null changes nothing.
    #[schema(min_length = 1, max_length = 512)]
    name: Option<String>,
    /// Any status, also one that reopens the trace. Null changes nothing.
    status: Option<TraceStatusWord>,
    /// Null clears it.
    #[schema(required = false)]
    input: AnyJson,
    /// Null clears it.
    #[schema(required = false)]
    output: AnyJson,
    /// Merged by key. Null changes nothing.
    metadata: Option<JsonObject>,
    /// Null clears it.
    #[schema(value_type = Option<TimeInput>)]
    ended_at: Option<Time>,
    /// Null, empty or blank takes the trace out of its session.
    #[schema(max_length = 255)]
    session_id: Option<String>,
    /// Null, empty or blank clears it.
    #[schema(max_length = 255)]
    user_id: Option<String>,
    /// Replaces all tags. Null changes nothing.
    tags: Option<Vec<String>>,
    /// Null clears it.
    #[schema(max_length = 255)]
    environment: Option<String>,
    /// Null clears it.
    #[schema(max_length = 255)]
    release: Option<String>,
}

/// Changes to a span: only members that are there count.
#[derive(ToSchema)]
#[schema(example = json!({"status": "ERROR", "error": "timed out", "output": null}))]
pub(crate) struct SpanUpdate {
    /// Null changes nothing.
    #[schema(min_length = 1, max_length = 512)]
    name: Option<String>,
    /// Null changes nothing.
    kind: Option<SpanKindWord>,
    /// UNSET takes an outcome back. Null changes nothing.
    status: Option<SpanStatusWord>,
    /// Null clears it.
    #[schema(required = false)]
    input: AnyJson,
    /// Null clears it.
    #[schema(required = false)]
    output: AnyJson,
    /// Null clears it.
    #[schema(max_length = 255)]
    model: Option<String>,
    /// Replaced as a whole. Null clears it.
    token_usage: Option<JsonObject>,
    /// Replaced as a whole. Null clears it.
    usage: Option<UsageInput>,
    /// Merged by key. Null changes nothing.
    metadata: Option<JsonObject>,
    /// Null clears it.
    #[schema(value_type = Option<TimeInput>)]
    ended_at: Option<Time>,
    /// Null clears it.
    error: Option<String>,
    /// Null clears it.
    #[schema(value_type = Option<TimeInput>)]
    completion_start_time: Option<Time>,
    /// Replaced as a whole. Null clears it.
    model_parameters: Option<JsonObject>,
    /// Replaced as a whole. Null clears it.
    cost: Option<std::collections::BTreeMap<String, f64>>,
}

/// Changes to a session: only members that are there count.
#[derive(ToSchema)]
#[schema(example = json!({"name": "Refund for order 1042", "tags": ["vip"]}))]
pub(crate) struct SessionUpdate {
    /// Stands before any name that traces bring. Null, empty or blank lets theirs show again.
    #[schema(max_length = 255)]
    name: Option<String>,
    /// Merged by key. Null changes nothing.
    metadata: Option<JsonObject>,
    /// Replaces the session's own tags; those of its traces stay theirs. Null changes nothing.
    tags: Option<Vec<String>>,
}

/// Traces to act on.
#[derive(ToSchema)]
pub(crate) struct TraceIds {
    /// Unknown ones are passed over.
    #[schema(min_items = 1, max_items = 500)]
    trace_ids: Vec<TraceIdText>,
}

/// Traces and what becomes of their tags. What is both added and removed is added.
#[derive(ToSchema)]
pub(crate) struct TraceTags {
    /// Unknown ones are passed over.
    #[schema(min_items = 1, max_items = 500)]
    trace_ids: Vec<TraceIdText>,
    /// Tags to add.
    #[schema(required = false)]
    add_tags: Vec<String>,
    /// Tags to remove.
    #[schema(required = false)]
    remove_tags: Vec<String>,
}

/// Sessions to act on.
#[derive(ToSchema)]
pub(crate) struct SessionIds {
    /// At most 255 characters each; unknown ones are passed over.
    #[schema(min_items = 1, max_items = 500)]
    session_ids: Vec<String>,
}

/// Sessions and what becomes of their own tags. What is both added and removed is added.
#[derive(ToSchema)]
pub(crate) struct SessionTags {
    /// At most 255 characters each; unknown ones are passed over.
    #[schema(min_items = 1, max_items = 500)]
    session_ids: Vec<String>,
    /// Tags to add.
    #[schema(required = false)]
    add_tags: Vec<String>,
    /// Tags to remove.
    #[schema(required = false)]
    remove_tags: Vec<String>,
}

/// A judgement on a trace.
#[derive(ToSchema)]
#[schema(example = json!({
    "trace_id": "a484c5d9-b92e-47be-b0a6-3f0c8739254f",
    "name": "relevance",
    "value": "0.9",
    "reason": "thumbs up"
}))]
pub(crate) struct TraceScoreCreate {
    /// What is judged.
    trace_id: TraceIdText,
    /// What about it.
    #[schema(min_length = 1, max_length = 255)]
    name: String,
    /// NUMERIC: a number from 0 to 1. BOOLEAN: `true` or `false`. CATEGORICAL: any text.
    #[schema(max_length = 255)]
    value: String,
    /// How to read the value; NUMERIC when absent.
    #[schema(required = false)]
    data_type: ScoreDataTypeWord,
    /// Who judged; ANNOTATION when absent.
    #[schema(required = false)]
    source: ScoreSourceWord,
    /// Why.
    reason: Option<String>,
    /// Anything else.
    #[schema(required = false)]
    metadata: JsonObject,
}
