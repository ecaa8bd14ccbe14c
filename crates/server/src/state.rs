//! What every handler may use.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::DefaultClock;
use pandaprobe_engine::Engine;

use crate::security::cors::WebOrigin;
use crate::security::rate::RateLimits;

/// How the server behaves; resolved once at the edge.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether data is only for those who have a key.
    pub keys_required: bool,
    /// Hosts (with or without a port) that requests may name besides loopback
    /// and addresses.
    pub allowed_hosts: Vec<String>,
    /// The largest request body in bytes, decompressed.
    pub body_limit: u64,
    /// What `/health` calls this installation, such as `production`.
    pub environment: String,
    /// Origins of web pages that may use this server from browsers.
    pub cors_allowed_origins: Vec<WebOrigin>,
    /// How many requests a minute one caller may send to one path; `None` for
    /// any number.
    pub rate_limit_per_minute: Option<NonZeroU32>,
    /// How long a request body may make no progress.
    pub upload_timeout: Duration,
}

impl Default for Settings {
    /// No keys, 64 MiB bodies that may rest for a minute, no other origins, no rate limit.
    fn default() -> Self {
        Self {
            keys_required: false,
            allowed_hosts: Vec::new(),
            body_limit: 64 << 20,
            environment: "production".to_owned(),
            cors_allowed_origins: Vec::new(),
            rate_limit_per_minute: None,
            upload_timeout: Duration::from_secs(60),
        }
    }
}

impl Settings {
    /// Tells whether keys are required for a server bound to `address`: always
    /// but on loopback, there on demand.
    pub fn keys_required_at(address: SocketAddr, demanded: bool) -> bool {
        demanded || !address.ip().is_loopback()
    }
}

/// The shared state; cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<Parts>);

/// What [`App`] shares.
#[derive(Debug)]
pub struct Parts {
    /// What the product decides.
    pub engine: Arc<Engine>,
    /// How the server behaves.
    pub settings: Settings,
    /// The count of requests, if they are limited.
    pub(crate) rates: Option<RateLimits>,
}

impl App {
    /// Puts the state together.
    pub fn new(engine: Arc<Engine>, settings: Settings) -> Self {
        let limit = settings.rate_limit_per_minute;
        Self(Arc::new(Parts {
            engine,
            rates: limit.map(|limit| RateLimits::new(limit, DefaultClock::default())),
            settings,
        }))
    }
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_may_do_without_keys() {
        let required = |address: &str, demanded| {
            Settings::keys_required_at(address.parse().unwrap(), demanded)
        };
        assert!(!required("127.0.0.1:8000", false));
        assert!(!required("127.9.9.9:8000", false));
        assert!(!required("[::1]:8000", false));
        assert!(required("127.0.0.1:8000", true));
        assert!(required("0.0.0.0:8000", false));
        assert!(required("[::]:8000", false));
        assert!(required("192.168.1.5:8000", false));
    }
}
