//! Times: integer nanoseconds, UTC.

use std::fmt;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use thiserror::Error;

/// A point in time, as nanoseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// Why a text or number is no usable time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ParseTimeError {
    /// Neither ISO 8601 nor a number.
    #[error("Input should be a valid datetime, as ISO 8601 or seconds since the epoch")]
    Syntax,
    /// A real time, but outside of [`Timestamp::MIN`]..[`Timestamp::MAX`].
    #[error("Input should be a datetime between 1970-01-01 and 2199-12-31")]
    Range,
}

const NANOS: i64 = 1_000_000_000;

/// Above this, an epoch number counts milliseconds: the rule of pydantic's
/// `speedate`, which existing clients rely on.
const MILLISECOND_WATERSHED: f64 = 2e10;

impl Timestamp {
    /// The earliest time that is accepted: 1970-01-01T00:00:00Z.
    pub const MIN: Self = Self(0);
    /// The latest time that is accepted: 2199-12-31T23:59:59.999999999Z.
    pub const MAX: Self = Self(7_258_118_400 * NANOS - 1);

    /// Returns the current time.
    pub fn now() -> Self {
        Self::from_jiff(jiff::Timestamp::now()).unwrap_or(Self::MIN)
    }

    /// Parses ISO 8601 (date and time with `T` or a space, any offset or none,
    /// which means UTC; or a bare date), or a number of seconds or milliseconds
    /// since the epoch as text.
    ///
    /// # Errors
    /// [`ParseTimeError`] says whether the form or the range is wrong.
    pub fn parse(text: &str) -> Result<Self, ParseTimeError> {
        let text = text.trim();
        if let Ok(time) = text.parse::<jiff::Timestamp>() {
            return Self::from_jiff(time);
        }
        if let Ok(number) = text.parse::<f64>() {
            return Self::from_epoch(number);
        }
        // Without an offset jiff reads a civil time; with a bad one neither parses.
        let civil = text
            .parse::<DateTime>()
            .ok()
            .filter(|_| !has_offset(text))
            .or_else(|| text.parse::<Date>().ok().map(DateTime::from))
            .ok_or_else(|| syntax_or_range(text))?;
        let zoned = civil
            .to_zoned(TimeZone::UTC)
            .map_err(|_| ParseTimeError::Range)?;
        Self::from_jiff(zoned.timestamp())
    }

    /// Reads a number of seconds, or above 2·10¹⁰ of milliseconds, since the epoch.
    ///
    /// # Errors
    /// [`ParseTimeError::Range`] outside of the accepted times, for NaN too.
    pub fn from_epoch(number: f64) -> Result<Self, ParseTimeError> {
        let seconds = if number.abs() > MILLISECOND_WATERSHED {
            number / 1000.0
        } else {
            number
        };
        let limit = Self::MAX.0 / NANOS + 1;
        if !(0.0..limit as f64).contains(&seconds) {
            return Err(ParseTimeError::Range);
        }
        // A float holds the present to about 0.2 µs: more digits would be noise.
        let micros = (seconds * 1e6).round() as i64;
        Self::checked(micros.saturating_mul(1000))
    }

    /// Accepts nanoseconds since the epoch if they are in range.
    ///
    /// # Errors
    /// [`ParseTimeError::Range`].
    pub fn checked(nanos: i64) -> Result<Self, ParseTimeError> {
        let time = Self(nanos);
        if (Self::MIN..=Self::MAX).contains(&time) {
            Ok(time)
        } else {
            Err(ParseTimeError::Range)
        }
    }

    fn from_jiff(time: jiff::Timestamp) -> Result<Self, ParseTimeError> {
        i64::try_from(time.as_nanosecond())
            .map_err(|_| ParseTimeError::Range)
            .and_then(Self::checked)
    }

    /// Returns the milliseconds from `earlier` to `self`; negative when `self`
    /// comes first.
    pub fn millis_since(self, earlier: Self) -> f64 {
        (self.0 - earlier.0) as f64 / 1e6
    }
}

impl fmt::Display for Timestamp {
    /// Prints what Python's `isoformat` prints for UTC: microseconds only when
    /// they are not zero, `+00:00`, never `Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = jiff::Timestamp::from_nanosecond(i128::from(self.0)).unwrap_or_default();
        let civil = TimeZone::UTC.to_datetime(time);
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            civil.year(),
            civil.month(),
            civil.day(),
            civil.hour(),
            civil.minute(),
            civil.second()
        )?;
        let micros = civil.subsec_nanosecond() / 1000;
        if micros != 0 {
            write!(f, ".{micros:06}")?;
        }
        f.write_str("+00:00")
    }
}

/// Whether a time of day is followed by an offset: `Z`, `+…` or `-…`.
fn has_offset(text: &str) -> bool {
    text.find(['T', 't', ' '])
        .is_some_and(|at| text[at + 1..].contains(['Z', 'z', '+', '-']))
}

/// A well-formed ISO time that jiff refuses for its year is out of range.
fn syntax_or_range(text: &str) -> ParseTimeError {
    let digits = text.trim_start_matches(['+', '-']);
    let year_len = digits.bytes().take_while(u8::is_ascii_digit).count();
    let dated = digits[year_len..].starts_with('-');
    if dated && year_len > 4 {
        ParseTimeError::Range
    } else {
        ParseTimeError::Syntax
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, want: &str) {
        assert_eq!(Timestamp::parse(text).unwrap().to_string(), want, "{text}");
    }

    #[test]
    fn reads_what_clients_send() {
        check("2026-01-02T03:04:05Z", "2026-01-02T03:04:05+00:00");
        check(
            "2026-01-02T03:04:05.678901+00:00",
            "2026-01-02T03:04:05.678901+00:00",
        );
        check(
            "2026-01-02T03:04:05.5+02:00",
            "2026-01-02T01:04:05.500000+00:00",
        );
        check("2026-01-02T03:04:05-0130", "2026-01-02T04:34:05+00:00");
        check("2026-01-02 03:04:05", "2026-01-02T03:04:05+00:00");
        check(
            "2026-01-02T03:04:05.123456789",
            "2026-01-02T03:04:05.123456+00:00",
        );
        check("2026-01-02", "2026-01-02T00:00:00+00:00");
        check("1767323045", "2026-01-02T03:04:05+00:00");
        check("1767323045123", "2026-01-02T03:04:05.123000+00:00");
        check("1767323045.25", "2026-01-02T03:04:05.250000+00:00");
    }

    #[test]
    fn tells_a_wrong_form_from_a_wrong_range() {
        for text in [
            "",
            "yesterday",
            "2026-13-01",
            "2026-01-02T25:00:00Z",
            "12:00",
            "2026-01-02T03:04:05+99:00",
        ] {
            assert_eq!(
                Timestamp::parse(text),
                Err(ParseTimeError::Syntax),
                "{text}"
            );
        }
        for text in [
            "1969-12-31T23:59:59Z",
            "0001-01-01",
            "2200-01-01T00:00:00Z",
            "9999-12-31",
            "+12026-01-01",
            "-5",
            "1e300",
            "nan",
        ] {
            assert_eq!(Timestamp::parse(text), Err(ParseTimeError::Range), "{text}");
        }
    }

    #[test]
    fn keeps_nanoseconds() {
        assert_eq!(
            Timestamp::parse("2026-01-02T03:04:05.123456789Z")
                .unwrap()
                .0
                % NANOS,
            123_456_789
        );
    }
}
