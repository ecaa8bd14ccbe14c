//! Web pages of other origins that may use this server. There are none unless
//! the settings name them, and no wildcard: a page anywhere could then read
//! everything.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, Method, Uri};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long browsers may remember what they were allowed.
const REMEMBERED: Duration = Duration::from_secs(600);

/// The origin of a web page: scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebOrigin(String);

/// Why a text is no [`WebOrigin`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebOriginError(String);

impl fmt::Display for WebOriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text) = self;
        if text.contains('*') {
            return write!(
                f,
                "`{text}` is refused: with a wildcard any web page could read all data; \
                 name each origin"
            );
        }
        write!(
            f,
            "`{text}` is no origin; write scheme, host and port, such as `http://localhost:3000`"
        )
    }
}

impl std::error::Error for WebOriginError {}

impl FromStr for WebOrigin {
    type Err = WebOriginError;

    /// Reads an origin as browsers send it; a slash at its end and the usual
    /// port of its scheme may be there.
    fn from_str(text: &str) -> Result<Self, WebOriginError> {
        parse(text.trim()).ok_or_else(|| WebOriginError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<WebOrigin> {
    let uri: Uri = text.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
    let bare = matches!(uri.path(), "" | "/") && uri.query().is_none() && !text.contains('#');
    let host = authority.host();
    if !bare || host.is_empty() || text.contains(['*', '@']) {
        return None;
    }
    let origin = match (scheme, authority.port_u16()) {
        (_, None) if authority.as_str() != host => return None,
        (_, None) | ("http", Some(80)) | ("https", Some(443)) => format!("{scheme}://{host}"),
        (_, Some(port)) => format!("{scheme}://{host}:{port}"),
    };
    Some(WebOrigin(origin.to_ascii_lowercase()))
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl WebOrigin {
    /// Whether this is the origin that a browser sent.
    pub(super) fn is(&self, sent: &str) -> bool {
        self.0.eq_ignore_ascii_case(sent)
    }
}

/// Returns what lets pages of these origins in; `None` if there are none.
pub(crate) fn layer(origins: &[WebOrigin]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let allowed = origins
        .iter()
        .filter_map(|origin| HeaderValue::try_from(&origin.0).ok());
    let methods = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ];
    let headers = [
        AUTHORIZATION,
        HeaderName::from_static("x-api-key"),
        HeaderName::from_static("x-organization-id"),
        HeaderName::from_static("x-project-id"),
        HeaderName::from_static("x-project-name"),
        HeaderName::from_static("x-request-id"),
        CONTENT_TYPE,
        ACCEPT,
    ];
    let exposed = [HeaderName::from_static("x-request-id"), RETRY_AFTER];
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(allowed))
        .allow_credentials(true)
        .allow_methods(methods)
        .allow_headers(headers)
        .expose_headers(exposed)
        .max_age(REMEMBERED);
    Some(layer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_as_browsers_write_them() {
        for (text, want) in [
            ("http://localhost:3000", "http://localhost:3000"),
            (" https://App.Example.com/ ", "https://app.example.com"),
            ("https://app.example.com:443", "https://app.example.com"),
            ("http://app.example.com:443", "http://app.example.com:443"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("tauri://localhost", "tauri://localhost"),
        ] {
            assert_eq!(text.parse::<WebOrigin>().unwrap().to_string(), want);
        }
    }

    #[test]
    fn whatever_else_is_refused() {
        for text in [
            "",
            "*",
            "null",
            "localhost:3000",
            "example.com",
            "https://*.example.com",
            "https://",
            "https://a/b",
            "https://a?b",
            "https://a#b",
            "https://u@a",
            "https://a:",
            "https://a:99999",
        ] {
            assert!(text.parse::<WebOrigin>().is_err(), "{text}");
        }
        let wildcard = "*".parse::<WebOrigin>().unwrap_err().to_string();
        assert!(wildcard.contains("wildcard"), "{wildcard}");
    }
}
