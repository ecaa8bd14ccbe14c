//! Prices of models: from token counts to cost.

use std::collections::HashMap;

use thiserror::Error;

use crate::Money;
use crate::rollup::SpanAmounts;
use crate::usage::Usage;

/// What one token of each bucket costs, in 10⁻¹² USD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates([i64; Usage::BUCKETS]);

impl Rates {
    /// Returns what tokens cost. Costs beyond what an `i64` holds are cut there.
    pub fn cost(self, usage: Usage) -> Money {
        let parts = usage.to_array().into_iter().zip(self.0);
        let sum: i128 = parts
            .map(|(tokens, rate)| i128::from(tokens) * i128::from(rate))
            .sum();
        Money(i64::try_from(sum).unwrap_or(i64::MAX)).min(Money::SPAN_LIMIT)
    }
}

/// A line of a price table that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("price table, line {line}: {what}")]
pub struct BadPrices {
    /// Counted from 1.
    pub line: usize,
    /// What was expected.
    pub what: String,
}

/// Prices by model name.
#[derive(Debug, Clone, Default)]
pub struct PriceBook {
    rates: HashMap<String, Rates>,
}

/// The first line of a price table; prices are USD for a million tokens. An
/// empty price means that of the plain input, or output, tokens.
pub const HEADER: &str =
    "model,input,cache_read,cache_write,output,reasoning,audio_input,audio_output";

impl PriceBook {
    /// Reads a table: [`HEADER`], then a line for each model. Lines that are
    /// empty or begin with `#` are left out.
    ///
    /// # Errors
    /// [`BadPrices`] with the first line that cannot be read.
    pub fn parse(table: &str) -> Result<Self, BadPrices> {
        let bad = |line: usize, what: &str| BadPrices {
            line: line + 1,
            what: what.to_owned(),
        };
        let mut lines = table
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        match lines.next() {
            Some((_, HEADER)) => {}
            other => return Err(bad(other.map_or(0, |(at, _)| at), HEADER)),
        }
        let mut rates = HashMap::new();
        for (at, line) in lines {
            let mut cells = line.split(',');
            let model = cells.next().filter(|model| !model.is_empty());
            let model = model.ok_or_else(|| bad(at, "a model"))?;
            let prices: Vec<&str> = cells.collect();
            let read = read_rates(&prices).ok_or_else(|| bad(at, "seven prices"))?;
            rates.insert(model.to_owned(), read);
        }
        Ok(Self { rates })
    }

    /// How many models have a price.
    pub fn len(&self) -> usize {
        self.rates.len()
    }

    /// Whether no model has a price.
    pub fn is_empty(&self) -> bool {
        self.rates.is_empty()
    }

    /// Finds the price of a model under the name that a caller gave it: as it
    /// is, else without a provider before it and without a date, a version or
    /// `latest` behind it.
    pub fn find(&self, model: &str) -> Option<Rates> {
        let name = model.trim().to_ascii_lowercase();
        let mut name = name.as_str();
        loop {
            if let Some(rates) = self.dated(name) {
                return Some(rates);
            }
            // `openai/gpt-4o`, `models/gemini-2.0-flash`
            name = name.split_once('/')?.1;
        }
    }

    fn dated(&self, name: &str) -> Option<Rates> {
        let exact = self.rates.get(name);
        exact.or_else(|| self.rates.get(undated(name)?)).copied()
    }

    /// Adds the cost to amounts that have tokens and none. `None` of a model,
    /// or one without a price, leaves them unpriced.
    pub fn price(&self, mut amounts: SpanAmounts, model: Option<&str>) -> SpanAmounts {
        let usage = amounts.usage.filter(|usage| !usage.is_zero());
        if let (None, Some(usage), Some(model)) = (amounts.cost, usage, model)
            && let Some(rates) = self.find(model)
        {
            amounts.cost = Some(rates.cost(usage.buckets));
            amounts.priced = true;
        }
        amounts
    }
}

/// The name without what providers put behind it: `-2024-08-06`, `-20241022`,
/// `@20241022`, `-latest`, `:0`, `-v1:0`.
fn undated(name: &str) -> Option<&str> {
    let cut = name.split_once([':', '@']).map_or(name, |(name, _)| name);
    let cut = cut.strip_suffix("-latest").unwrap_or(cut);
    let cut = cut
        .strip_suffix("-v1")
        .or(cut.strip_suffix("-v2"))
        .unwrap_or(cut);
    let digits = |text: &str, shape: &[usize]| {
        let mut parts = text.split('-');
        shape.iter().all(|len| {
            parts.next().is_some_and(|part| {
                part.len() == *len && part.bytes().all(|byte| byte.is_ascii_digit())
            })
        }) && parts.next().is_none()
    };
    let stem = |width: usize, shape: &[usize]| {
        let at = cut.len().checked_sub(width)?;
        let (stem, tail) = (cut.get(..at)?, cut.get(at..)?);
        let date = tail.strip_prefix('-')?;
        digits(date, shape).then_some(stem)
    };
    let found = stem(11, &[4, 2, 2]).or_else(|| stem(9, &[8]));
    found.or_else(|| (cut != name).then_some(cut))
}

fn read_rates(prices: &[&str]) -> Option<Rates> {
    let [
        input,
        cache_read,
        cache_write,
        output,
        reasoning,
        audio_input,
        audio_output,
    ] = prices
    else {
        return None;
    };
    let (input, output) = (rate(input)?, rate(output)?);
    let or = |price: &str, default: i64| match price {
        "" => Some(default),
        price => rate(price),
    };
    Some(Rates([
        input,
        or(cache_read, input)?,
        or(cache_write, input)?,
        output,
        or(reasoning, output)?,
        or(audio_input, input)?,
        or(audio_output, output)?,
    ]))
}

/// From USD for a million tokens to 10⁻¹² USD for one.
fn rate(price: &str) -> Option<i64> {
    Some(Money::parse(price)?.0 / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::SpanUsage;

    fn book() -> PriceBook {
        let table = format!(
            "# comment\n{HEADER}\ngpt-4o,2.5,1.25,,10,,,\nclaude-sonnet-4,3,0.3,3.75,15,,,\n\nfree,0,,,0,,,\n"
        );
        PriceBook::parse(&table).unwrap()
    }

    #[test]
    fn tokens_cost_what_the_table_says() {
        let usage = Usage {
            input: 1_000_000,
            cache_read: 1000,
            output: 10,
            reasoning: 1,
            ..Usage::default()
        };
        let cost = book().find("gpt-4o").unwrap().cost(usage);
        assert_eq!(cost, Money::parse("2.50136").unwrap());
    }

    #[test]
    fn names_are_found_as_providers_write_them() {
        let book = book();
        for name in [
            "gpt-4o",
            "GPT-4o",
            "openai/gpt-4o",
            "azure/eu/gpt-4o",
            "gpt-4o-2024-08-06",
            "openai/gpt-4o-2024-08-06",
            "claude-sonnet-4-20250514",
            "claude-sonnet-4@20250514",
            "claude-sonnet-4-20250514-v1:0",
            "claude-sonnet-4-latest",
        ] {
            assert!(book.find(name).is_some(), "{name}");
        }
        for name in [
            "gpt-4o-mini",
            "gpt-4",
            "",
            "openai/",
            "gpt-4o-2024-08",
            "x-é0000000",
            "gpt-4o-12",
        ] {
            assert!(book.find(name).is_none(), "{name}");
        }
    }

    #[test]
    fn only_tokens_without_a_cost_are_priced() {
        let usage = SpanUsage {
            prompt: 10,
            buckets: Usage {
                input: 10,
                ..Usage::default()
            },
            ..SpanUsage::default()
        };
        let unpriced = SpanAmounts {
            usage: Some(usage),
            ..SpanAmounts::default()
        };
        let given = SpanAmounts {
            cost: Some(Money(7)),
            ..unpriced
        };
        let book = book();
        let priced = book.price(unpriced, Some("gpt-4o"));
        assert_eq!(
            (priced.cost, priced.priced),
            (Some(Money(25_000_000)), true)
        );
        assert_eq!(book.price(given, Some("gpt-4o")), given);
        assert_eq!(book.price(unpriced, Some("unknown")), unpriced);
        assert_eq!(book.price(unpriced, None), unpriced);
        let empty = SpanAmounts {
            usage: Some(SpanUsage::default()),
            ..SpanAmounts::default()
        };
        assert_eq!(book.price(empty, Some("gpt-4o")), empty);
        // A price of nothing is a price.
        assert_eq!(book.price(unpriced, Some("free")).cost, Some(Money::ZERO));
    }

    #[test]
    fn bad_tables_are_named() {
        let bad = |table: &str| PriceBook::parse(table).unwrap_err().line;
        assert_eq!(bad("model,price"), 1);
        assert_eq!(bad(&format!("{HEADER}\nx,1,2")), 2);
        assert_eq!(bad(&format!("{HEADER}\n\nx,a,,,1,,,")), 3);
        assert_eq!(bad(&format!("{HEADER}\n,1,,,1,,,")), 2);
    }

    #[test]
    fn a_cost_never_exceeds_what_a_span_may_add() {
        let usage = Usage {
            input: i64::MAX,
            ..Usage::default()
        };
        assert_eq!(
            book().find("gpt-4o").unwrap().cost(usage),
            Money::SPAN_LIMIT
        );
    }
}
