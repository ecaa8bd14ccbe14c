//! How often one caller may call one path, if the settings limit it.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use pandaprobe_engine::keys::KeyCheck;
use pandaprobe_model::Timestamp;

use super::credentials;
use crate::errors::ApiError;
use crate::state::App;

/// After so many requests the counters that are full again are forgotten.
const SWEPT_AFTER: usize = 4_096;

/// Counters, one for each caller and path. They hold hashes, so that their size
/// does not depend on what callers send.
#[derive(Debug)]
pub(crate) struct RateLimits<C: Clock = DefaultClock> {
    limiter: RateLimiter<u64, DashMapStateStore<u64>, C, NoOpMiddleware<C::Instant>>,
    clock: C,
    hasher: RandomState,
    per_minute: NonZeroU32,
    checks: AtomicUsize,
}

impl<C: Clock + Clone> RateLimits<C> {
    /// Allows `per_minute` requests at once; spent ones come back one by one.
    pub(crate) fn new(per_minute: NonZeroU32, clock: C) -> Self {
        let quota = Quota::per_minute(per_minute);
        Self {
            limiter: RateLimiter::new(quota, DashMapStateStore::default(), clock.clone()),
            clock,
            hasher: RandomState::new(),
            per_minute,
            checks: AtomicUsize::new(0),
        }
    }

    /// Counts a request; tells how long to wait if there were too many.
    fn count(&self, caller: &str, path: &str) -> Result<(), Duration> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % SWEPT_AFTER == SWEPT_AFTER - 1 {
            self.limiter.retain_recent();
        }
        let key = self.hasher.hash_one((caller, path));
        self.limiter
            .check_key(&key)
            .map_err(|not_until| not_until.wait_time_from(self.clock.now()))
    }

    fn exceeded(&self, wait: Duration) -> ApiError {
        let detail = format!("Rate limit exceeded: {} per 1 minute", self.per_minute);
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        ApiError::too_many(detail, seconds.max(1))
    }
}

/// Refuses what exceeds the limit. Whoever watches over the server may always
/// ask whether it is well.
pub(crate) async fn limit(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let counted = match &app.rates {
        Some(rates) if path != "/health" => {
            let keys = credentials::candidates(request.headers());
            let address = request.extensions().get().copied();
            rates
                .count(&caller(&app, keys, address).await, &path)
                .map_err(|wait| rates.exceeded(wait))
        }
        _ => Ok(()),
    };
    match counted {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// The key that the request shows, else the address it comes from. Where keys
/// are required only good ones count: nobody gets a count of his own for each
/// key that he makes up.
async fn caller(app: &App, keys: Vec<String>, address: Option<ConnectInfo<SocketAddr>>) -> String {
    for key in keys {
        if !app.settings.keys_required || is_good(app, &key).await {
            return key;
        }
    }
    address.map_or_else(String::new, |ConnectInfo(address)| address.ip().to_string())
}

async fn is_good(app: &App, key: &str) -> bool {
    let check = app.engine.check_key(key, Timestamp::now()).await;
    matches!(check, Ok(KeyCheck::Valid(_)))
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;

    use super::*;

    #[test]
    fn each_caller_and_path_has_its_own_count() {
        let clock = FakeRelativeClock::default();
        let rates = RateLimits::new(NonZeroU32::new(2).unwrap(), clock.clone());
        for (caller, path) in [("a", "/x"), ("a", "/y"), ("b", "/x")] {
            assert!(rates.count(caller, path).is_ok());
            assert!(rates.count(caller, path).is_ok());
            assert!(rates.count(caller, path).is_err());
        }
        clock.advance(Duration::from_secs(30));
        assert!(rates.count("a", "/x").is_ok());
        let wait = rates.count("a", "/x").unwrap_err();
        assert_eq!(wait, Duration::from_secs(30));
        clock.advance(Duration::from_secs(60));
        assert!(rates.count("a", "/x").is_ok() && rates.count("a", "/x").is_ok());
    }

    #[test]
    fn counters_that_are_full_again_are_forgotten() {
        let clock = FakeRelativeClock::default();
        let rates = RateLimits::new(NonZeroU32::new(60).unwrap(), clock.clone());
        for number in 0..SWEPT_AFTER * 4 {
            rates.count("a", &format!("/traces/{number}")).unwrap();
            clock.advance(Duration::from_millis(10));
        }
        assert!(
            rates.limiter.len() <= SWEPT_AFTER,
            "{}",
            rates.limiter.len()
        );
    }
}
