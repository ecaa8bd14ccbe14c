//! Where API keys travel: `X-API-Key`, `Authorization` (Bearer, Basic or the
//! bare key), or the cookie that `POST /login` sets.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use pandaprobe_engine::keys::KeyCheck;
use pandaprobe_model::Timestamp;

use super::rights::Rights;
use crate::errors::{ApiError, ErrorCode};
use crate::state::App;

/// The cookie's name.
pub(crate) const COOKIE: &str = "pandaprobe_key";

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Lets a request through if no key is needed or it has a good one, and tells
/// what it may do.
///
/// Where no key is needed a key neither gives nor takes anything; that it was
/// used is noted all the same.
pub(crate) async fn require(app: &App, headers: &HeaderMap) -> Result<Rights, ApiError> {
    let mut worst = None;
    for key in candidates(headers) {
        let check = app.engine.check_key(&key, Timestamp::now()).await;
        if !app.settings.keys_required {
            continue;
        }
        match check? {
            KeyCheck::Valid(key) => return Ok(Rights::of(&key)),
            KeyCheck::Expired => worst = Some(EXPIRED),
            KeyCheck::Unknown => worst = worst.or(Some(UNKNOWN)),
        }
    }
    if app.settings.keys_required {
        return Err(unauthorized(worst.unwrap_or(MISSING)));
    }
    Ok(Rights::ALL)
}

const MISSING: &str = "An API key is required: send it as X-API-Key or as Authorization: Bearer";
const UNKNOWN: &str = "Invalid API key";
const EXPIRED: &str = "API key has expired";

/// The answer to a key that is not valid.
pub(crate) fn invalid_key(check: &KeyCheck) -> ApiError {
    unauthorized(match check {
        KeyCheck::Expired => EXPIRED,
        KeyCheck::Unknown | KeyCheck::Valid(_) => UNKNOWN,
    })
}

/// A refusal for want of a good key.
pub(crate) fn unauthorized(detail: &'static str) -> ApiError {
    ApiError::new(ErrorCode::Unauthorized, detail)
}

/// The keys that a request shows, from the first place that has any.
pub(super) fn candidates(headers: &HeaderMap) -> Vec<String> {
    if let Some(key) = headers.get(API_KEY).and_then(text) {
        return vec![key];
    }
    if let Some(value) = headers.get(header::AUTHORIZATION).and_then(text) {
        return authorization(&value);
    }
    cookie_keys(headers)
}

fn text(value: &HeaderValue) -> Option<String> {
    let text = std::str::from_utf8(value.as_bytes()).ok()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn authorization(value: &str) -> Vec<String> {
    let Some((scheme, rest)) = value.split_once(' ') else {
        return vec![value.to_owned()];
    };
    if scheme.eq_ignore_ascii_case("basic") {
        return basic(rest.trim()).unwrap_or_default();
    }
    vec![rest.trim().to_owned()]
}

/// Either part of Basic credentials may be the key: clients differ.
fn basic(encoded: &str) -> Option<Vec<String>> {
    let decoded = String::from_utf8(base64(encoded)?).ok()?;
    let (user, password) = decoded.split_once(':').unwrap_or((&decoded, ""));
    let parts = [password, user].into_iter().filter(|part| !part.is_empty());
    Some(parts.map(str::to_owned).collect())
}

fn base64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

fn cookie_keys(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == COOKIE)
        .filter_map(|(_, value)| decoded(value))
        .collect()
}

/// Returns the `Set-Cookie` value that keeps `key` in a browser for 30 days.
/// Scripts cannot read it, and no other site can make the browser send it.
pub(crate) fn cookie(key: &str) -> String {
    let value: String = form_urlencoded::byte_serialize(key.as_bytes()).collect();
    format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000")
}

/// Returns the `Set-Cookie` value that makes a browser forget the key.
pub(crate) fn no_cookie() -> String {
    format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")
}

fn decoded(value: &str) -> Option<String> {
    let (key, _) = form_urlencoded::parse(value.as_bytes()).next()?;
    (!key.is_empty()).then(|| key.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &str)], want: &[&str]) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        assert_eq!(candidates(&map), want, "{headers:?}");
    }

    #[test]
    fn keys_are_found_where_clients_put_them() {
        check(&[], &[]);
        check(&[("x-api-key", " k ")], &["k"]);
        check(&[("authorization", "Bearer k")], &["k"]);
        check(&[("authorization", "bearer   k")], &["k"]);
        check(&[("authorization", "k")], &["k"]);
        // "k:" and ":k" and "user:k"
        check(&[("authorization", "Basic azo=")], &["k"]);
        check(&[("authorization", "Basic Oms=")], &["k"]);
        check(&[("authorization", "Basic dXNlcjpr")], &["k", "user"]);
        check(&[("authorization", "Basic !!")], &[]);
        check(&[("cookie", "a=b; pandaprobe_key=k; c=d")], &["k"]);
    }

    #[test]
    fn the_header_goes_before_everything() {
        let bearer = ("authorization", "Bearer b");
        check(
            &[("x-api-key", "a"), bearer, ("cookie", "pandaprobe_key=c")],
            &["a"],
        );
        check(&[bearer, ("cookie", "pandaprobe_key=c")], &["b"]);
    }

    #[test]
    fn cookies_carry_any_key() {
        let set = cookie("a;b=c é");
        let (pair, _) = set.split_once(';').unwrap();
        check(&[("cookie", pair)], &["a;b=c é"]);
        check(&[("cookie", no_cookie().split_once(';').unwrap().0)], &[]);
    }
}
