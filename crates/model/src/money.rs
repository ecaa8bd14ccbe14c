//! Money: an integer number of 10⁻¹² US dollars, so that sums kept by delta
//! equal a recount to the last digit.

use std::ops::{Add, AddAssign, Neg, Sub};

/// An amount in units of 10⁻¹² US dollars.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(pub i64);

const DIGITS: i32 = 12;

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The largest amount that one span may add to totals: 100,000 USD. Above
    /// it a value is a unit mistake; it is kept as sent and not summed.
    pub const SPAN_LIMIT: Self = Self(100_000 * 1_000_000_000_000);

    /// Reads a JSON number exactly, without going through floating point;
    /// digits below 10⁻¹² are rounded half to even.
    ///
    /// `None` if the text is no number, is negative or above
    /// [`Money::SPAN_LIMIT`].
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let negative = whole.starts_with('-');
        let whole = whole.trim_start_matches(['-', '+']);
        let digits: String = whole.chars().chain(fraction.chars()).collect();
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let digits = digits.trim_start_matches('0');
        if digits.is_empty() {
            return Some(Self::ZERO);
        }
        if negative {
            return None;
        }
        let shift = i32::try_from(fraction.len())
            .ok()
            .and_then(|len| exponent.checked_sub(len)?.checked_add(DIGITS))?;
        let amount = shifted(digits, shift)?;
        (amount <= Self::SPAN_LIMIT.0).then_some(Self(amount))
    }

    /// Returns the amount in US dollars, the nearest float.
    pub fn to_usd(self) -> f64 {
        self.0 as f64 / 1e12
    }
}

/// `digits` × 10^`shift`, rounded half to even; `None` when it does not fit.
fn shifted(digits: &str, shift: i32) -> Option<i64> {
    if shift >= 0 {
        let value: i64 = digits.parse().ok()?;
        return value.checked_mul(10_i64.checked_pow(shift.unsigned_abs())?);
    }
    let cut = digits.len().checked_sub(shift.unsigned_abs() as usize);
    let Some(cut) = cut else { return Some(0) };
    let (kept, dropped) = digits.split_at(cut);
    let value: i64 = if kept.is_empty() {
        0
    } else {
        kept.parse().ok()?
    };
    let tie = dropped.starts_with('5') && dropped[1..].bytes().all(|b| b == b'0');
    let up = if tie {
        value % 2 == 1
    } else {
        dropped.as_bytes().first().is_some_and(|&b| b >= b'5')
    };
    value.checked_add(i64::from(up))
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.wrapping_sub(other.0))
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.wrapping_neg())
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_decimal_text_exactly() {
        for (text, want) in [
            ("0", 0),
            ("-0.0", 0),
            ("0.002", 2_000_000_000),
            ("1", 1_000_000_000_000),
            ("1.5e-3", 1_500_000_000),
            ("2E2", 200_000_000_000_000),
            ("0.000000000001", 1),
            ("0.0000000000005", 0),
            ("0.0000000000015", 2),
            ("0.00000000000050001", 1),
            ("1e-400", 0),
            ("100000", 100_000_000_000_000_000),
        ] {
            assert_eq!(Money::parse(text), Some(Money(want)), "{text}");
        }
    }

    #[test]
    fn refuses_what_must_not_be_summed() {
        for text in [
            "",
            "-1",
            "abc",
            "100000.000000000001",
            "1e300",
            "1e99999999999",
            "\"1\"",
            "null",
            ".",
        ] {
            assert_eq!(Money::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_floats_to_their_precision(value in 0.0_f64..100_000.0) {
            let got = Money::parse(&format!("{value:e}")).unwrap().to_usd();
            prop_assert!((got - value).abs() <= value * 1e-12 + 1e-12);
        }
    }
}
