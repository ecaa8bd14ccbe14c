//! From literals to values.

use std::ops::Bound;

use super::field::Kind;
use super::{Interval, Test};
use crate::{Money, Timestamp};

const MILLISECOND: i64 = 1_000_000;
const SECOND: i64 = 1000 * MILLISECOND;
const DAY: i64 = 24 * 3600 * SECOND;

/// A literal as written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Literal<'a> {
    pub(super) text: &'a str,
    /// In quotes, so that nothing in it has a meaning.
    pub(super) quoted: bool,
}

/// The stretch of whole numbers that a literal of an ordered kind stands for: a
/// date is a day. The end is exclusive for times, inclusive for the others.
pub(super) fn stretch(kind: Kind, text: &str, now: Timestamp) -> Result<(i64, i64), String> {
    let point = |value: Option<i64>, expected: &str| {
        value
            .map(|value| (value, value))
            .ok_or_else(|| format!("{text:?} is not {expected}"))
    };
    match kind {
        Kind::Count => point(count(text), "a whole number, such as 20 or 1.5k"),
        Kind::Money => point(money(text), "an amount in US dollars, such as 0.5"),
        Kind::Duration | Kind::Ago => {
            point(duration(text), "a duration with its unit, such as 500ms, 30s, 5m, 2h or 7d")
        }
        Kind::Time => time(text, now).ok_or_else(|| {
            format!("{text:?} is not a date, a time or how long ago, such as 2026-01-31, 2026-01-31T12:00:00Z or -7d")
        }),
        _ => Err(format!("{text:?} is not a number")),
    }
}

fn count(text: &str) -> Option<i64> {
    let lower = text.to_ascii_lowercase();
    let (digits, unit) = match lower.strip_suffix('k') {
        Some(digits) => (digits, 1e3),
        None => match lower.strip_suffix('m') {
            Some(digits) => (digits, 1e6),
            None => return text.parse().ok(),
        },
    };
    let value = number(digits)? * unit;
    (value.fract() == 0.0 && value.abs() < 9e18).then_some(value as i64)
}

fn money(text: &str) -> Option<i64> {
    Money::parse(text.strip_prefix('$').unwrap_or(text)).map(|money| money.0)
}

fn duration(text: &str) -> Option<i64> {
    if text == "0" {
        return Some(0);
    }
    let split = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (digits, unit) = text.split_at(split);
    let unit = match unit.to_ascii_lowercase().as_str() {
        "ns" => 1,
        "us" => 1000,
        "ms" => MILLISECOND,
        "s" | "sec" => SECOND,
        "m" | "min" => 60 * SECOND,
        "h" => 3600 * SECOND,
        "d" => DAY,
        "w" => 7 * DAY,
        _ => return None,
    };
    let value = number(digits)? * unit as f64;
    (0.0..9e18).contains(&value).then_some(value.round() as i64)
}

fn time(text: &str, now: Timestamp) -> Option<(i64, i64)> {
    if let Some(ago) = text.strip_prefix('-') {
        let at = now.0.checked_sub(duration(ago)?)?;
        return Some((at, at));
    }
    if text.eq_ignore_ascii_case("now") {
        return Some((now.0, now.0));
    }
    let at = Timestamp::parse(text).ok()?.0;
    // Epoch numbers parse as times too, but nobody writes them here by intent.
    if !text.contains('-') {
        return None;
    }
    let is_date = !text.contains([':', 'T', 't', ' ']);
    Some((at, if is_date { at.checked_add(DAY)? } else { at }))
}

/// A plain number, not `inf`, `nan` or hexadecimal.
pub(super) fn number(text: &str) -> Option<f64> {
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
    if text.is_empty() || !text.chars().all(plain) {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// The test that a text literal stands for: `*` at its ends is a wildcard.
pub(super) fn text_test(literal: Literal<'_>) -> Test {
    let Literal { text, quoted } = literal;
    if quoted {
        return Test::OneOf(vec![text.to_owned()]);
    }
    if text == "*" {
        return Test::Exists;
    }
    let (front, rest) = match text.strip_prefix('*') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (back, rest) = match rest.strip_suffix('*') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let rest = rest.to_owned();
    match (front, back) {
        (true, true) => Test::Contains(rest),
        (true, false) => Test::EndsWith(rest),
        (false, true) => Test::StartsWith(rest),
        (false, false) => Test::OneOf(vec![rest]),
    }
}

/// The range between two stretches.
pub(super) fn between(
    kind: Kind,
    low: Option<(i64, i64)>,
    high: Option<(i64, i64)>,
) -> Interval<i64> {
    Interval {
        low: low.map_or(Bound::Unbounded, |(low, _)| Bound::Included(low)),
        high: high.map_or(Bound::Unbounded, |(start, end)| end_of(kind, start, end)),
    }
}

/// The end of a stretch as a bound: a day ends before the next one.
pub(super) fn end_of(kind: Kind, start: i64, end: i64) -> Bound<i64> {
    if kind == Kind::Time && end > start {
        Bound::Excluded(end)
    } else {
        Bound::Included(end)
    }
}
