//! How spans add up.
//!
//! An agent span often repeats the tokens of the calls below it. So a span
//! counts only if it has usage and no descendant has: each token is counted
//! once, at the place closest to where it was spent.

use crate::trace::Totals;
use crate::usage::SpanUsage;
use crate::{Money, RawJson, json, usage};

/// What one span can add to totals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpanAmounts {
    /// Tokens, if the span says anything usable about them.
    pub usage: Option<SpanUsage>,
    /// Cost, as given or by the price table.
    pub cost: Option<Money>,
    /// Whether the cost is by the price table.
    pub priced: bool,
    /// Token and cost values that were not usable.
    pub unusable: u32,
}

impl SpanAmounts {
    /// Reads the amounts out of a span's payload.
    pub fn read(
        token_usage: Option<&RawJson>,
        usage: Option<&RawJson>,
        cost: Option<&RawJson>,
        model: Option<&str>,
    ) -> Self {
        let tokens = usage::read(token_usage, usage, model);
        let mut amounts = Self {
            usage: tokens.usage,
            cost: None,
            priced: false,
            unusable: tokens.unusable,
        };
        if let Some(total) = cost.and_then(total_cost) {
            amounts.cost = Money::parse(&total);
            amounts.unusable += u32::from(amounts.cost.is_none());
        }
        amounts
    }

    /// Whether the span has any tokens or cost, so that the spans above it do
    /// not count.
    pub fn bears(&self) -> bool {
        self.usage.is_some_and(|usage| !usage.is_zero())
            || self.cost.is_some_and(|cost| cost != Money::ZERO)
    }

    /// What the span adds, given whether it failed and whether a descendant
    /// bears usage.
    pub fn totals(&self, failed: bool, covered: bool) -> Totals {
        let mut totals = Totals {
            spans: 1,
            span_errors: i64::from(failed),
            unusable: i64::from(self.unusable),
            ..Totals::default()
        };
        if !covered {
            totals.usage = self.usage.unwrap_or_default();
            totals.cost = self.cost.unwrap_or_default();
            totals.unpriced = i64::from(!totals.usage.is_zero() && self.cost.is_none());
        }
        totals
    }
}

/// The text of `total` in a cost object.
fn total_cost(cost: &RawJson) -> Option<String> {
    let members = json::members(cost.as_bytes())?;
    let (_, total) = members.iter().rev().find(|(key, _)| key.0 == b"total")?;
    Some(total.get().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amounts(token_usage: &str, cost: &str) -> SpanAmounts {
        SpanAmounts::read(
            RawJson::parse(token_usage).as_ref(),
            None,
            RawJson::parse(cost).as_ref(),
            None,
        )
    }

    #[test]
    fn a_covered_span_adds_no_tokens_and_no_cost() {
        let span = amounts(r#"{"prompt_tokens":5}"#, r#"{"total":0.5,"prompt":0.5}"#);
        assert!(span.bears());
        let open = span.totals(true, false);
        assert_eq!(
            (
                open.spans,
                open.span_errors,
                open.usage.prompt,
                open.cost.to_usd()
            ),
            (1, 1, 5, 0.5)
        );
        let covered = span.totals(true, true);
        assert_eq!(
            covered,
            Totals {
                spans: 1,
                span_errors: 1,
                ..Totals::default()
            }
        );
    }

    #[test]
    fn tokens_without_cost_are_unpriced() {
        assert_eq!(
            amounts(r#"{"prompt_tokens":5}"#, "null")
                .totals(false, false)
                .unpriced,
            1
        );
        assert_eq!(
            amounts(r#"{"prompt_tokens":0}"#, "null")
                .totals(false, false)
                .unpriced,
            0
        );
        assert_eq!(
            amounts(r#"{"prompt_tokens":5}"#, r#"{"total":0}"#)
                .totals(false, false)
                .unpriced,
            0
        );
    }

    #[test]
    fn zeros_do_not_bear() {
        assert!(
            !amounts(
                r#"{"prompt_tokens":0,"completion_tokens":0}"#,
                r#"{"total":0}"#
            )
            .bears()
        );
        assert!(!amounts("null", "null").bears());
    }

    #[test]
    fn unusable_cost_is_counted() {
        assert_eq!(amounts("null", r#"{"total":1e12}"#).unusable, 1);
        assert_eq!(amounts("null", r#"{"total":-1}"#).unusable, 1);
    }
}
