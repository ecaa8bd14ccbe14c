//! When to try again.

use std::time::{Duration, SystemTime};

use crate::id::random_unit;

/// Wait after the first failure, before jitter.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// Longest wait that grows by itself, before jitter.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Longest wait that a server may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(300);

/// The wait after `failures` failures in a row (at least 1): doubling from 0.5 s to 30 s,
/// of which a random half is taken off, so that many programs do not return at once.
pub(crate) fn backoff(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let full = FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT);
    full.mul_f64(0.5 + 0.5 * random_unit())
}

/// Reads `Retry-After`: seconds or an HTTP date, at most five minutes; `None` if it is
/// neither.
pub(crate) fn parse_retry_after(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    let wait = match header.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = httpdate::parse_http_date(header).ok()?;
            date.duration_since(now).unwrap_or_default()
        }
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn retry_after_takes_seconds_and_dates() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(parse_retry_after("7", now), Some(Duration::from_secs(7)));
        assert_eq!(parse_retry_after("0", now), Some(Duration::ZERO));
        assert_eq!(
            parse_retry_after("Sun, 06 Nov 1994 08:49:47 GMT", now),
            Some(Duration::from_secs(10))
        );
        assert_eq!(
            parse_retry_after("Sun, 06 Nov 1994 08:49:07 GMT", now),
            Some(Duration::ZERO)
        );
        assert_eq!(parse_retry_after("99999999", now), Some(RETRY_AFTER_MAX));
        assert_eq!(parse_retry_after("soon", now), None);
    }

    proptest! {
        #[test]
        fn waits_grow_within_bounds(failures in 1_u32..100) {
            let wait = backoff(failures);
            prop_assert!(wait >= FIRST_WAIT / 2);
            prop_assert!(wait <= LONGEST_WAIT);
        }
    }
}
