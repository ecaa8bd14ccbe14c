//! Figures over time, as the HTTP contract's analytics endpoints give them.

use crate::filter::Filter;
use crate::{Money, Timestamp};

/// The width of a bucket. Buckets begin on the hour, at midnight UTC, or on
/// Monday at midnight UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Granularity {
    /// One hour.
    Hour,
    /// One day.
    #[default]
    Day,
    /// One week.
    Week,
}

const HOUR: i64 = 3_600_000_000_000;
const DAY: i64 = 24 * HOUR;
/// 1970-01-01 was a Thursday; the Monday before it.
const FIRST_MONDAY: i64 = -3 * DAY;

impl Granularity {
    /// Width in nanoseconds.
    pub fn width(self) -> i64 {
        match self {
            Self::Hour => HOUR,
            Self::Day => DAY,
            Self::Week => 7 * DAY,
        }
    }

    /// A start of some bucket, from which all are counted.
    pub fn origin(self) -> i64 {
        match self {
            Self::Hour | Self::Day => 0,
            Self::Week => FIRST_MONDAY,
        }
    }

    /// Returns the start of the bucket that holds `time`.
    pub fn bucket(self, time: Timestamp) -> Timestamp {
        let since = time.0 - self.origin();
        Timestamp(self.origin() + since.div_euclid(self.width()) * self.width())
    }
}

/// A range of time and the buckets to cut it into.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalyticsQuery {
    /// Which traces or, in figures about sessions, which sessions.
    pub filter: Filter,
    /// From here on.
    pub from: Timestamp,
    /// Before here.
    pub to: Timestamp,
    /// Bucket width.
    pub granularity: Granularity,
}

/// Traces that started in a bucket.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceBucket {
    /// Its start.
    pub bucket: Timestamp,
    /// How many.
    pub trace_count: i64,
    /// How many with status ERROR.
    pub error_count: i64,
    /// Over those that have ended, in milliseconds; `None` if none has.
    pub latency: Option<Latency>,
}

/// Percentiles interpolate between neighbours, as PostgreSQL's
/// `percentile_cont` does. All in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Latency {
    /// Mean.
    pub avg: f64,
    /// Median.
    pub p50: f64,
    /// 90th percentile.
    pub p90: f64,
    /// 99th percentile.
    pub p99: f64,
}

impl Latency {
    /// Computes the figures over values in milliseconds, in any order; `None`
    /// of none.
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        values.sort_unstable_by(f64::total_cmp);
        let at = |fraction: f64| {
            let place = fraction * (values.len() - 1) as f64;
            let below = place.floor() as usize;
            let above = values[(below + 1).min(values.len() - 1)];
            values[below] + (above - values[below]) * (place - below as f64)
        };
        Some(Self {
            avg: values.iter().sum::<f64>() / values.len() as f64,
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
        })
    }
}

/// Tokens and cost of counted spans that started in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageBucket {
    /// Its start.
    pub bucket: Timestamp,
    /// Prompt tokens.
    pub prompt: i64,
    /// Completion tokens.
    pub completion: i64,
    /// Cost.
    pub cost: Money,
}

/// What one model did in a range of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelUsage {
    /// Its name as spans give it.
    pub model: String,
    /// Spans that name it, of any kind.
    pub call_count: i64,
    /// Prompt and completion tokens of those that count.
    pub tokens: i64,
    /// Cost of those that count.
    pub cost: Money,
}

/// Sessions whose first trace in the range started in a bucket.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionBucket {
    /// Its start.
    pub bucket: Timestamp,
    /// How many.
    pub session_count: i64,
    /// Traces in the range per session.
    pub avg_traces: f64,
    /// Mean over the sessions of the sum of their traces' latencies in the
    /// range, in milliseconds; `None` if no trace has ended.
    pub avg_latency_ms: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_begin_where_the_contract_says() {
        let time = |text: &str| Timestamp::parse(text).unwrap();
        let check = |granularity: Granularity, at: &str, want: &str| {
            assert_eq!(granularity.bucket(time(at)), time(want));
        };
        check(
            Granularity::Hour,
            "2026-01-02T03:59:59Z",
            "2026-01-02T03:00:00Z",
        );
        check(
            Granularity::Day,
            "2026-01-02T00:00:00Z",
            "2026-01-02T00:00:00Z",
        );
        // A Friday; the week began on Monday.
        check(
            Granularity::Week,
            "2026-01-02T03:04:05Z",
            "2025-12-29T00:00:00Z",
        );
        check(
            Granularity::Week,
            "2025-12-29T00:00:00Z",
            "2025-12-29T00:00:00Z",
        );
        assert_eq!(Granularity::Day.bucket(Timestamp(-1)), Timestamp(-DAY));
    }

    #[test]
    fn percentiles_interpolate() {
        let latency = Latency::of(vec![40.0, 10.0, 20.0, 30.0]).unwrap();
        assert_eq!((latency.avg, latency.p50, latency.p90), (25.0, 25.0, 37.0));
        assert_eq!(Latency::of(vec![7.0]).unwrap().p99, 7.0);
        assert_eq!(Latency::of(Vec::new()), None);
    }
}
