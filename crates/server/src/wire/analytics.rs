//! Figures over time in answers.

use pandaprobe_model::analytics::{ModelUsage, SessionBucket, TraceBucket, UsageBucket};
use serde::Serialize;
use utoipa::ToSchema;

use super::values::Time;

/// Rows of the analytics of traces; which ones depends on the metric.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum TraceAnalyticsRow {
    /// For `volume`, `errors` and `latency`.
    Traces(TraceVolumeRow),
    /// For `cost` and `tokens`.
    Usage(TokenUsageRow),
    /// For `models`.
    Model(ModelUsageRow),
}

/// Traces that started in a bucket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceVolumeRow {
    /// Its start.
    pub(crate) bucket: Time,
    /// Traces.
    pub(crate) trace_count: i64,
    /// Traces with status ERROR.
    pub(crate) error_count: i64,
    /// Mean of ended − started over those that have ended, null if none has.
    #[schema(required)]
    pub(crate) avg_latency_ms: Option<f64>,
    /// Median; between two values, interpolated.
    #[schema(required)]
    pub(crate) p50_latency_ms: Option<f64>,
    /// 90th percentile.
    #[schema(required)]
    pub(crate) p90_latency_ms: Option<f64>,
    /// 99th percentile.
    #[schema(required)]
    pub(crate) p99_latency_ms: Option<f64>,
}

impl From<TraceBucket> for TraceVolumeRow {
    fn from(row: TraceBucket) -> Self {
        let TraceBucket {
            bucket,
            trace_count,
            error_count,
            latency,
        } = row;
        Self {
            bucket: Time(bucket),
            trace_count,
            error_count,
            avg_latency_ms: latency.map(|latency| latency.avg),
            p50_latency_ms: latency.map(|latency| latency.p50),
            p90_latency_ms: latency.map(|latency| latency.p90),
            p99_latency_ms: latency.map(|latency| latency.p99),
        }
    }
}

/// Tokens and cost of the spans that count and started in a bucket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenUsageRow {
    /// Its start.
    pub(crate) bucket: Time,
    /// Prompt and completion tokens.
    pub(crate) total_tokens: i64,
    /// Prompt tokens as sent.
    pub(crate) prompt_tokens: i64,
    /// Completion tokens as sent.
    pub(crate) completion_tokens: i64,
    /// US dollars.
    pub(crate) total_cost: f64,
}

impl From<UsageBucket> for TokenUsageRow {
    fn from(row: UsageBucket) -> Self {
        let UsageBucket {
            bucket,
            prompt,
            completion,
            cost,
        } = row;
        Self {
            bucket: Time(bucket),
            total_tokens: prompt + completion,
            prompt_tokens: prompt,
            completion_tokens: completion,
            total_cost: cost.to_usd(),
        }
    }
}

/// What one model did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelUsageRow {
    /// Its name as spans give it.
    pub(crate) model: String,
    /// Spans that name it, of any kind.
    pub(crate) call_count: i64,
    /// Prompt and completion tokens of those that count.
    pub(crate) total_tokens: i64,
    /// US dollars of those that count.
    pub(crate) total_cost: f64,
}

impl From<ModelUsage> for ModelUsageRow {
    fn from(row: ModelUsage) -> Self {
        let ModelUsage {
            model,
            call_count,
            tokens,
            cost,
        } = row;
        Self {
            model,
            call_count,
            total_tokens: tokens,
            total_cost: cost.to_usd(),
        }
    }
}

/// Sessions whose first trace in the range started in a bucket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionAnalyticsRow {
    /// Its start.
    pub(crate) bucket: Time,
    /// Sessions.
    pub(crate) session_count: i64,
    /// Mean number of traces in the range.
    pub(crate) avg_traces_per_session: f64,
    /// Mean sum of the latencies of the traces in the range, null if none has ended.
    #[schema(required)]
    pub(crate) avg_session_duration_ms: Option<f64>,
}

impl From<SessionBucket> for SessionAnalyticsRow {
    fn from(row: SessionBucket) -> Self {
        let SessionBucket {
            bucket,
            session_count,
            avg_traces,
            avg_latency_ms,
        } = row;
        Self {
            bucket: Time(bucket),
            session_count,
            avg_traces_per_session: avg_traces,
            avg_session_duration_ms: avg_latency_ms,
        }
    }
}
