//! Loopback is not trust: a page anywhere on the web can make a browser talk
//! to 127.0.0.1. Such requests give themselves away by their `Host` (a foreign
//! name that was made to resolve to us: DNS rebinding) or by their `Origin`
//! (a form or script of another site), and are refused.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::cors::WebOrigin;
use crate::errors::ApiError;
use crate::state::App;

/// Refuses requests with a foreign `Host` or `Origin`.
pub(crate) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let settings = &app.settings;
    let allowed = Allowed {
        hosts: &settings.allowed_hosts,
        origins: &settings.cors_allowed_origins,
    };
    match check(request.headers(), allowed) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// What the settings allow besides loopback and addresses.
#[derive(Debug, Clone, Copy, Default)]
struct Allowed<'a> {
    hosts: &'a [String],
    origins: &'a [WebOrigin],
}

fn check(headers: &HeaderMap, allowed: Allowed<'_>) -> Result<(), ApiError> {
    // No browser leaves `Host` out.
    let Some(host) = headers.get(header::HOST) else {
        return Ok(());
    };
    let host = host.to_str().unwrap_or_default();
    if !is_ours(host, allowed.hosts) {
        return Err(ApiError::forbidden(format!(
            "The host {host:?} is not served here; if it should be, start the server with --allowed-host {host}"
        )));
    }
    for origin in headers.get_all(header::ORIGIN) {
        let origin = origin.to_str().unwrap_or_default();
        let authority = origin.split_once("://").map_or("", |(_, rest)| rest);
        // An address of ours is not enough here: another port is another program.
        let known = authority.eq_ignore_ascii_case(host)
            || listed(authority, allowed.hosts)
            || allowed.origins.iter().any(|known| known.is(origin));
        if !known {
            return Err(ApiError::forbidden(format!(
                "Requests from the origin {origin:?} are refused; if they should not be, start the server with --cors-origin {origin}"
            )));
        }
    }
    Ok(())
}

/// Whether nobody else can own the name: loopback and addresses cannot be
/// rebound, other names must have been allowed. The port says nothing, since
/// it is often forwarded.
fn is_ours(authority: &str, allowed: &[String]) -> bool {
    let (host, _) = split_port(authority);
    let address = host.trim_start_matches('[').trim_end_matches(']');
    address.parse::<IpAddr>().is_ok()
        || host.eq_ignore_ascii_case("localhost")
        || listed(authority, allowed)
}

/// Whether the authority, or its host, is on the list.
fn listed(authority: &str, allowed: &[String]) -> bool {
    let (host, _) = split_port(authority);
    allowed.iter().any(|known| {
        !known.is_empty()
            && (known.eq_ignore_ascii_case(authority) || known.eq_ignore_ascii_case(host))
    })
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        // The colons of a bare IPv6 address are no ports.
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !port.is_empty() => {
            if host.contains(':') && !host.ends_with(']') {
                (authority, None)
            } else {
                (host, Some(port))
            }
        }
        _ => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        let allowed = [
            "probe.example.com".to_owned(),
            "other.example:8443".to_owned(),
        ];
        let origins = ["http://localhost:5173".parse().unwrap()];
        let allowed = Allowed {
            hosts: &allowed,
            origins: &origins,
        };
        check(&headers, allowed).is_ok()
    }

    #[test]
    fn hosts() {
        for host in [
            "127.0.0.1:8000",
            "localhost:8000",
            "LOCALHOST",
            "[::1]:8000",
            "192.168.1.5:8000",
            "probe.example.com",
            "Probe.Example.com:8000",
            "other.example:8443",
        ] {
            assert!(passes(host, None), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:8000",
            "127.0.0.1.evil.example",
            "localhost.evil.example:8000",
            "other.example:1",
            "other.example",
            "",
            ":8000",
        ] {
            assert!(!passes(host, None), "{host}");
        }
    }

    #[test]
    fn origins() {
        let host = "127.0.0.1:8000";
        for origin in [
            "http://127.0.0.1:8000",
            "https://127.0.0.1:8000",
            "https://probe.example.com",
            "https://other.example:8443",
            "http://localhost:5173",
        ] {
            assert!(passes(host, Some(origin)), "{origin}");
        }
        for origin in [
            "http://127.0.0.1:3000",
            "http://localhost:8000",
            "https://localhost:5173",
            "https://evil.example",
            "null",
            "",
        ] {
            assert!(!passes(host, Some(origin)), "{origin}");
        }
    }

    #[test]
    fn a_request_without_a_host_is_no_browsers() {
        assert!(check(&HeaderMap::new(), Allowed::default()).is_ok());
    }
}
