//! Settings of the transport, resolved by the language binding.

use std::fmt;
use std::time::Duration;

/// How a transport sends. Every field has a default except the endpoint.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The server.
    pub endpoint: Endpoint,
    /// Sent as `X-API-Key`.
    pub api_key: Option<String>,
    /// Sent as `X-Project-Name`.
    pub project_name: Option<String>,
    /// Sent as `User-Agent`.
    pub user_agent: String,
    /// Number of waiting items that starts a send.
    pub batch_size: usize,
    /// Longest wait of an item before a send is started.
    pub flush_interval: Duration,
    /// Most items held in memory; 0 is no limit of its own.
    pub max_queue_items: usize,
    /// Most bytes held in memory, waiting and in flight together.
    pub max_queue_bytes: usize,
    /// An item older than this is given up when an attempt to send it fails.
    pub retry_horizon: Duration,
}

impl Settings {
    /// Default of [`Settings::batch_size`].
    pub const BATCH_SIZE: usize = 10;
    /// Default of [`Settings::flush_interval`].
    pub const FLUSH_INTERVAL: Duration = Duration::from_secs(5);
    /// Default of [`Settings::max_queue_bytes`]: 64 MiB.
    pub const MAX_QUEUE_BYTES: usize = 64 << 20;
    /// Default of [`Settings::retry_horizon`]: five minutes.
    pub const RETRY_HORIZON: Duration = Duration::from_secs(300);

    /// Default settings for `endpoint`.
    pub fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            api_key: None,
            project_name: None,
            user_agent: concat!("pandaprobe-rust/", env!("CARGO_PKG_VERSION")).to_owned(),
            batch_size: Self::BATCH_SIZE,
            flush_interval: Self::FLUSH_INTERVAL,
            max_queue_items: 0,
            max_queue_bytes: Self::MAX_QUEUE_BYTES,
            retry_horizon: Self::RETRY_HORIZON,
        }
    }
}

/// Base URL of a server, `http` or `https`, without a trailing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    url: String,
    loopback: bool,
    tls: bool,
}

/// Why a text is no endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointError(String);

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "endpoint {:?} is not an http or https URL", self.0)
    }
}

impl std::error::Error for EndpointError {}

impl Endpoint {
    /// Reads a base URL.
    ///
    /// # Errors
    /// When it is not an `http` or `https` URL with a host.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        let url = text.trim().trim_end_matches('/');
        let invalid = || EndpointError(text.to_owned());
        let uri: ureq::http::Uri = url.parse().map_err(|_| invalid())?;
        let tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(invalid()),
        };
        let host = uri
            .host()
            .filter(|host| !host.is_empty())
            .ok_or_else(invalid)?;
        Ok(Self {
            url: url.to_owned(),
            loopback: is_loopback(host),
            tls,
        })
    }

    /// The URL of `path`, which begins with a slash.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// The base URL.
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// Whether the host is this machine: `localhost`, `127.0.0.0/8` or `::1`.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Whether the scheme is `https`.
    pub fn is_tls(&self) -> bool {
        self.tls
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let name = bare.trim_end_matches('.').to_ascii_lowercase();
    if name == "localhost" || name.ends_with(".localhost") {
        return true;
    }
    bare.parse::<std::net::IpAddr>()
        .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_recognised_in_all_its_forms() {
        for url in [
            "http://127.0.0.1:8000",
            "http://127.9.9.9",
            "http://localhost:1/",
            "http://[::1]:8000",
            "https://LOCALHOST",
        ] {
            assert!(Endpoint::parse(url).unwrap().is_loopback(), "{url}");
        }
        for url in [
            "http://10.0.0.1",
            "https://api.example.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
        ] {
            assert!(!Endpoint::parse(url).unwrap().is_loopback(), "{url}");
        }
    }

    #[test]
    fn trailing_slashes_go_and_paths_stay() {
        assert_eq!(
            Endpoint::parse(" http://a/b// ").unwrap().url("/traces"),
            "http://a/b/traces"
        );
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for text in ["", "127.0.0.1:8000", "ftp://a", "http://", "nonsense"] {
            assert!(Endpoint::parse(text).is_err(), "{text}");
        }
    }
}
