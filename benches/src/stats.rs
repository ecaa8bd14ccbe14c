//! Percentiles and rates.

use std::time::Duration;

/// Latencies of one run, in the order of arrival until they are summed up.
#[derive(Debug, Default, Clone)]
pub(crate) struct Latencies {
    micros: Vec<u32>,
}

/// What a run's latencies come to, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Spread {
    pub(crate) count: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p95_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
}

impl Latencies {
    /// Adds one measurement; longer than 71 minutes counts as that.
    pub(crate) fn add(&mut self, latency: Duration) {
        self.micros
            .push(u32::try_from(latency.as_micros()).unwrap_or(u32::MAX));
    }

    /// Adds the measurements of another run.
    pub(crate) fn append(&mut self, other: Self) {
        self.micros.extend(other.micros);
    }

    /// Returns the exact percentiles; all zero when nothing was measured.
    pub(crate) fn spread(mut self) -> Spread {
        self.micros.sort_unstable();
        let at = |percent| percentile(&self.micros, percent) as f64 / 1000.0;
        Spread {
            count: self.micros.len(),
            p50_ms: at(50.0),
            p95_ms: at(95.0),
            p99_ms: at(99.0),
            max_ms: at(100.0),
        }
    }
}

/// Returns the nearest-rank percentile of sorted values: the smallest value
/// that at least `percent` % of them do not exceed. 0 when there are none.
pub(crate) fn percentile(sorted: &[u32], percent: f64) -> u32 {
    let rank = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
    let index = rank.clamp(1, sorted.len().max(1)) - 1;
    sorted.get(index).copied().unwrap_or(0)
}

/// Returns the middle of the values (the lower one of two), 0 for none.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len().saturating_sub(1) / 2;
    sorted.get(middle).copied().unwrap_or(0.0)
}

/// Counts of something in each second of a run.
#[derive(Debug, Default, Clone)]
pub(crate) struct PerSecond {
    counts: Vec<u64>,
}

impl PerSecond {
    /// Counts `amount` in the second that `elapsed` falls into.
    pub(crate) fn add(&mut self, elapsed: Duration, amount: u64) {
        let second = usize::try_from(elapsed.as_secs()).unwrap_or(usize::MAX);
        if second >= self.counts.len() {
            self.counts.resize(second + 1, 0);
        }
        self.counts[second] += amount;
    }

    /// Adds another connection's counts.
    pub(crate) fn append(&mut self, other: &Self) {
        for (second, amount) in other.counts.iter().enumerate() {
            self.add(Duration::from_secs(second as u64), *amount);
        }
    }

    /// Returns the smallest count among the first `seconds` whole seconds;
    /// seconds without any count are 0.
    pub(crate) fn slowest(&self, seconds: u64) -> u64 {
        let whole = 0..usize::try_from(seconds).unwrap_or(usize::MAX);
        whole
            .map(|second| self.counts.get(second).copied().unwrap_or(0))
            .min()
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let values: Vec<u32> = (1..=100).collect();
        assert_eq!(percentile(&values, 50.0), 50);
        assert_eq!(percentile(&values, 95.0), 95);
        assert_eq!(percentile(&values, 99.0), 99);
        assert_eq!(percentile(&values, 100.0), 100);
        assert_eq!(percentile(&[7], 1.0), 7);
        assert_eq!(percentile(&[], 50.0), 0);
    }

    #[test]
    fn p99_of_few_values_is_the_largest() {
        assert_eq!(percentile(&[1, 2, 3], 99.0), 3);
    }

    #[test]
    fn spread_sorts_and_converts() {
        let mut latencies = Latencies::default();
        for micros in [3000, 1000, 2000] {
            latencies.add(Duration::from_micros(micros));
        }
        let mut more = Latencies::default();
        more.add(Duration::from_millis(9));
        latencies.append(more);
        let spread = latencies.spread();
        assert_eq!((spread.count, spread.p50_ms, spread.max_ms), (4, 2.0, 9.0));
    }

    #[test]
    fn median_ignores_order() {
        assert_eq!(median(&[9.0, 1.0, 5.0]), 5.0);
        assert_eq!(median(&[4.0, 1.0]), 1.0);
        assert_eq!(median(&[]), 0.0);
    }

    #[test]
    fn an_idle_second_is_the_slowest() {
        let mut counts = PerSecond::default();
        counts.add(Duration::from_millis(200), 50);
        let mut other = PerSecond::default();
        other.add(Duration::from_millis(2100), 70);
        other.add(Duration::from_millis(100), 5);
        counts.append(&other);
        assert_eq!(counts.slowest(1), 55);
        assert_eq!(counts.slowest(3), 0);
    }
}
