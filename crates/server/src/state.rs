//! What every handler may use.

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use pandaprobe_engine::Engine;

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
}

impl Default for Settings {
    /// No keys, 64 MiB bodies.
    fn default() -> Self {
        Self {
            keys_required: false,
            allowed_hosts: Vec::new(),
            body_limit: 64 << 20,
            environment: "production".to_owned(),
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
}

impl App {
    /// Puts the state together.
    pub fn new(engine: Arc<Engine>, settings: Settings) -> Self {
        Self(Arc::new(Parts { engine, settings }))
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
