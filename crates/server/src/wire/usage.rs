//! Tokens on the wire.

use pandaprobe_model::usage::Usage;
use serde::Serialize;
use utoipa::ToSchema;

/// Tokens in buckets that do not overlap, and their sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Usage)]
pub(crate) struct UsageTotals {
    /// Input tokens that were neither read from nor written to a cache.
    pub(crate) input: i64,
    /// Input tokens read from the provider's prompt cache.
    pub(crate) cache_read: i64,
    /// Input tokens written to the provider's prompt cache.
    pub(crate) cache_write: i64,
    /// Output tokens that are neither reasoning nor audio.
    pub(crate) output: i64,
    /// Output tokens spent on reasoning.
    pub(crate) reasoning: i64,
    /// Audio tokens of the input.
    pub(crate) audio_input: i64,
    /// Audio tokens of the output.
    pub(crate) audio_output: i64,
    /// The sum of all buckets.
    pub(crate) total: i64,
}

impl From<Usage> for UsageTotals {
    fn from(usage: Usage) -> Self {
        let Usage {
            input,
            cache_read,
            cache_write,
            output,
            reasoning,
            audio_input,
            audio_output,
        } = usage;
        Self {
            input,
            cache_read,
            cache_write,
            output,
            reasoning,
            audio_input,
            audio_output,
            total: usage.total(),
        }
    }
}
