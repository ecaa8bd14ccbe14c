//! The columns that hold [`Totals`], in one place, because four tables have
//! them.

use pandaprobe_model::Money;
use pandaprobe_model::trace::Totals;
use pandaprobe_model::usage::{SpanUsage, Usage};
use rusqlite::Row;

/// The columns in the order of [`values`].
pub(super) const COLUMNS: &str = "spans, span_errors, prompt, completion, input, cache_read, cache_write, \
     output, reasoning, audio_input, audio_output, cost, unpriced, unusable";

/// How many columns.
pub(super) const COUNT: usize = 14;

/// The values of [`COLUMNS`].
pub(super) fn values(totals: &Totals) -> [i64; COUNT] {
    let Totals {
        spans,
        span_errors,
        usage,
        cost,
        unpriced,
        unusable,
    } = *totals;
    let [
        input,
        cache_read,
        cache_write,
        output,
        reasoning,
        audio_input,
        audio_output,
    ] = usage.buckets.to_array();
    [
        spans,
        span_errors,
        usage.prompt,
        usage.completion,
        input,
        cache_read,
        cache_write,
        output,
        reasoning,
        audio_input,
        audio_output,
        cost.0,
        unpriced,
        unusable,
    ]
}

/// Reads [`COLUMNS`] that begin at column `at`.
pub(super) fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Totals> {
    let mut all = [0_i64; COUNT];
    for (index, value) in all.iter_mut().enumerate() {
        *value = row.get(at + index)?;
    }
    let [
        spans,
        span_errors,
        prompt,
        completion,
        buckets @ ..,
        cost,
        unpriced,
        unusable,
    ] = all;
    Ok(Totals {
        spans,
        span_errors,
        usage: SpanUsage {
            prompt,
            completion,
            buckets: Usage::from_array(buckets),
        },
        cost: Money(cost),
        unpriced,
        unusable,
    })
}
