//! Wall-clock time that never runs backwards within a trace.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A moment in nanoseconds since 1970-01-01 UTC (years 1677 to 2262).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The current wall-clock time.
    pub fn now() -> Self {
        Self(wall_nanos())
    }

    /// From nanoseconds since 1970-01-01 UTC.
    pub fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// From seconds since 1970-01-01 UTC; `None` if not finite or out of range.
    pub fn from_seconds(seconds: f64) -> Option<Self> {
        let nanos = seconds * 1e9;
        let in_range = nanos.is_finite() && nanos.abs() < i64::MAX as f64;
        in_range.then_some(Self(nanos as i64))
    }

    /// Reads an ISO 8601 / RFC 3339 time; without an offset it is taken as UTC.
    /// `None` if it is not a time or out of range.
    pub fn parse(text: &str) -> Option<Self> {
        let parsed = text.parse::<jiff::Timestamp>().ok().or_else(|| {
            let civil = text.parse::<DateTime>().ok()?;
            TimeZone::UTC.to_timestamp(civil).ok()
        })?;
        i64::try_from(parsed.as_nanosecond()).ok().map(Self)
    }

    /// Nanoseconds since 1970-01-01 UTC.
    pub fn nanos(self) -> i64 {
        self.0
    }

    /// Appends the time as the wire has it: ISO 8601 in UTC with microseconds, which
    /// are left out when zero (`2026-01-02T03:04:05.123456+00:00`).
    pub fn push_to(self, out: &mut String) {
        // Rounding down keeps the order of any two times.
        let micros = self.0.div_euclid(1_000);
        let Ok(timestamp) = jiff::Timestamp::from_microsecond(micros) else {
            return;
        };
        let at = TimeZone::UTC.to_datetime(timestamp);
        push_padded(out, at.year().unsigned_abs().into(), 4);
        for (separator, part) in [
            ('-', at.month()),
            ('-', at.day()),
            ('T', at.hour()),
            (':', at.minute()),
            (':', at.second()),
        ] {
            out.push(separator);
            push_padded(out, part.unsigned_abs().into(), 2);
        }
        let fraction = micros.rem_euclid(1_000_000);
        if fraction != 0 {
            out.push('.');
            push_padded(out, fraction.unsigned_abs(), 6);
        }
        out.push_str("+00:00");
    }
}

fn push_padded(out: &mut String, number: u64, width: u32) {
    for position in (0..width).rev() {
        let digit = number / 10_u64.pow(position) % 10;
        out.push(char::from(b'0' + digit as u8));
    }
}

/// The clock of one trace: read from the wall once, then carried on by the monotonic
/// clock, so that a step of the system time cannot give a span a negative duration.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    wall: i64,
    monotonic: Instant,
}

impl Clock {
    /// Starts a clock at the current wall time.
    pub fn start() -> Self {
        Self {
            wall: wall_nanos(),
            monotonic: Instant::now(),
        }
    }

    /// The time at which the clock was started.
    pub fn started(&self) -> Timestamp {
        Timestamp(self.wall)
    }

    /// The time by this clock; never earlier than any it gave before.
    pub fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.monotonic.elapsed().as_nanos()).unwrap_or(i64::MAX);
        Timestamp(self.wall.saturating_add(elapsed))
    }
}

pub(crate) fn wall_nanos() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |n| -n),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(time: Timestamp) -> String {
        let mut out = String::new();
        time.push_to(&mut out);
        out
    }

    #[test]
    fn prints_microseconds_only_when_there_are_some() {
        assert_eq!(text(Timestamp(0)), "1970-01-01T00:00:00+00:00");
        assert_eq!(
            text(Timestamp(1_767_323_045_123_456_789)),
            "2026-01-02T03:04:05.123456+00:00"
        );
        assert_eq!(text(Timestamp(-1_000)), "1969-12-31T23:59:59.999999+00:00");
    }

    #[test]
    fn reads_offsets_and_takes_naive_times_as_utc() {
        let utc = Timestamp::parse("2025-01-02T03:04:05.678901+00:00");
        assert_eq!(utc, Timestamp::parse("2025-01-02T03:04:05.678901"));
        assert_eq!(utc, Timestamp::parse("2025-01-02T05:04:05.678901+02:00"));
        assert_eq!(utc, Timestamp::parse("2025-01-02 03:04:05.678901Z"));
        assert_eq!(Timestamp::parse("soon"), None);
        assert_eq!(Timestamp::parse("9999-01-01T00:00:00Z"), None);
    }

    #[test]
    fn refuses_seconds_that_are_no_time() {
        assert_eq!(Timestamp::from_seconds(1.5), Some(Timestamp(1_500_000_000)));
        assert_eq!(Timestamp::from_seconds(f64::NAN), None);
        assert_eq!(Timestamp::from_seconds(1e30), None);
    }

    #[test]
    fn a_clock_does_not_run_backwards() {
        let clock = Clock::start();
        let times: Vec<_> = (0..1000).map(|_| clock.now()).collect();
        assert!(times.is_sorted());
    }

    proptest! {
        #[test]
        fn printed_times_read_back_to_the_microsecond(nanos in any::<i64>()) {
            let back = Timestamp::parse(&text(Timestamp(nanos))).map(Timestamp::nanos);
            let floor = nanos.div_euclid(1_000).checked_mul(1_000);
            prop_assert_eq!(back, floor);
        }
    }
}
