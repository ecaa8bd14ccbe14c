//! What one span says about tokens and cost.

use std::collections::BTreeMap;

use pandaprobe_model::Money;
use pandaprobe_model::trace::{SpanFragment, Totals};
use pandaprobe_model::usage::{SpanUsage, Usage};
use serde_json::Value;

use super::json::object;

const BUCKETS: [&str; 7] = [
    "input",
    "cache_read",
    "cache_write",
    "output",
    "reasoning",
    "audio_input",
    "audio_output",
];

/// The tokens by bucket, in the order of [`BUCKETS`] and of a price table.
fn in_order(usage: Usage) -> [i64; 7] {
    [
        usage.input,
        usage.cache_read,
        usage.cache_write,
        usage.output,
        usage.reasoning,
        usage.audio_input,
        usage.audio_output,
    ]
}

/// The tokens of all buckets.
pub(super) fn tokens_in_all(usage: Usage) -> i64 {
    in_order(usage).iter().sum()
}

/// Adds up, field by field.
pub(super) fn add(sum: &mut Totals, more: Totals) {
    sum.spans += more.spans;
    sum.span_errors += more.span_errors;
    sum.usage.prompt += more.usage.prompt;
    sum.usage.completion += more.usage.completion;
    let (into, from) = (&mut sum.usage.buckets, more.usage.buckets);
    into.input += from.input;
    into.cache_read += from.cache_read;
    into.cache_write += from.cache_write;
    into.output += from.output;
    into.reasoning += from.reasoning;
    into.audio_input += from.audio_input;
    into.audio_output += from.audio_output;
    sum.cost.0 += more.cost.0;
    sum.unpriced += more.unpriced;
    sum.unusable += more.unusable;
}

/// Price of one token of each bucket in 10⁻¹² USD, by the model's exact name.
#[derive(Debug, Clone)]
pub(super) struct Prices(BTreeMap<String, Vec<i64>>);

impl Prices {
    pub(super) fn read(table: &str) -> Self {
        let mut prices = BTreeMap::new();
        for line in table.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let [model, prices_of @ ..] = cells.as_slice() else {
                continue;
            };
            // USD for a million tokens is 10⁶ times the unit for one.
            let price = |cell: &str| cell.parse().ok().map(|usd: f64| (usd * 1e6).round() as i64);
            let [input, _, _, output, ..] = prices_of else {
                continue;
            };
            let plain = [input, input, input, output, output, input, output];
            let row = prices_of
                .iter()
                .zip(plain)
                .map(|(cell, plain)| price(cell).or_else(|| price(plain)).unwrap_or(0));
            prices.insert((*model).to_owned(), row.collect());
        }
        Self(prices)
    }

    fn cost(&self, model: Option<&str>, usage: Usage) -> Option<i64> {
        let rates = self.0.get(model?)?;
        let parts = in_order(usage).into_iter().zip(rates);
        Some(parts.map(|(tokens, rate)| tokens * rate).sum())
    }
}

/// Tokens and cost of one span.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amounts {
    /// `None` if it says nothing usable.
    pub(super) usage: Option<SpanUsage>,
    /// As given, else by the price of its model.
    pub(super) cost: Option<Money>,
    /// Values that could not be used.
    pub(super) unusable: i64,
}

impl Amounts {
    pub(super) fn of(span: &SpanFragment, prices: &Prices) -> Self {
        let mut unusable = 0;
        let usage = tokens(span, &mut unusable);
        let mut amounts = Self {
            usage,
            cost: given_cost(span, &mut unusable),
            unusable,
        };
        if amounts.cost.is_none() && amounts.has_tokens() {
            let buckets = usage.unwrap_or_default().buckets;
            amounts.cost = prices.cost(span.model.as_deref(), buckets).map(Money);
        }
        amounts
    }

    pub(super) fn has_tokens(self) -> bool {
        self.usage
            .is_some_and(|usage| usage != SpanUsage::default())
    }

    /// Whether it bears usage, so that spans above it do not count.
    pub(super) fn bears(self) -> bool {
        self.has_tokens() || self.cost.is_some_and(|cost| cost.0 > 0)
    }
}

fn given_cost(span: &SpanFragment, unusable: &mut i64) -> Option<Money> {
    let members = object(span.payload.cost.as_ref());
    let total = members.get("total").filter(|total| !total.is_null())?;
    match total.as_f64() {
        Some(usd) if usd >= 0.0 => Some(Money((usd * 1e12).round() as i64)),
        _ => {
            *unusable += 1;
            None
        }
    }
}

/// The whole numbers under known keys.
fn counts(
    members: &serde_json::Map<String, Value>,
    keys: &[&'static str],
    unusable: &mut i64,
) -> BTreeMap<&'static str, i64> {
    let mut found = BTreeMap::new();
    for key in keys {
        match members.get(*key) {
            None | Some(Value::Null) => {}
            Some(value) => match value.as_i64().filter(|count| *count >= 0) {
                Some(count) => drop(found.insert(*key, count)),
                None => *unusable += 1,
            },
        }
    }
    found
}

fn tokens(span: &SpanFragment, unusable: &mut i64) -> Option<SpanUsage> {
    let sent = counts(
        &object(span.payload.token_usage.as_ref()),
        &[
            "prompt_tokens",
            "completion_tokens",
            "total_tokens",
            "reasoning_tokens",
            "cache_read_tokens",
            "cache_creation_tokens",
        ],
        unusable,
    );
    let disjoint = counts(&object(span.payload.usage.as_ref()), &BUCKETS, unusable);
    let has_sent = sent.keys().any(|key| *key != "total_tokens");
    if !has_sent && disjoint.is_empty() {
        return None;
    }
    let buckets = if disjoint.is_empty() {
        guessed_buckets(&sent, span.model.as_deref())
    } else {
        let count = |name: &str| *disjoint.get(name).unwrap_or(&0);
        Usage {
            input: count("input"),
            cache_read: count("cache_read"),
            cache_write: count("cache_write"),
            output: count("output"),
            reasoning: count("reasoning"),
            audio_input: count("audio_input"),
            audio_output: count("audio_output"),
        }
    };
    let count = |key: &str| *sent.get(key).unwrap_or(&0);
    let (prompt, completion) = if has_sent {
        (count("prompt_tokens"), count("completion_tokens"))
    } else {
        (
            buckets.input + buckets.cache_read + buckets.cache_write + buckets.audio_input,
            buckets.output + buckets.reasoning + buckets.audio_output,
        )
    };
    Some(SpanUsage {
        prompt,
        completion,
        buckets,
    })
}

/// `token_usage` in buckets. Reasoning lies outside of completion only if the
/// total says so; cache outside of prompt only for Anthropic, or if it is more.
fn guessed_buckets(sent: &BTreeMap<&'static str, i64>, model: Option<&str>) -> Usage {
    let count = |key: &str| *sent.get(key).unwrap_or(&0);
    let (prompt, completion) = (count("prompt_tokens"), count("completion_tokens"));
    let reasoning = count("reasoning_tokens");
    let (read, written) = (count("cache_read_tokens"), count("cache_creation_tokens"));
    let apart = model.is_some_and(|model| model.starts_with("claude")) || read + written > prompt;
    let (output, reasoning) =
        if sent.get("total_tokens") == Some(&(prompt + completion + reasoning)) {
            (completion, reasoning)
        } else {
            let within = reasoning.min(completion);
            (completion - within, within)
        };
    Usage {
        input: if apart {
            prompt
        } else {
            prompt - read - written
        },
        cache_read: read,
        cache_write: written,
        output,
        reasoning,
        audio_input: 0,
        audio_output: 0,
    }
}
