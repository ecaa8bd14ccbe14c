//! Proxies from the environment.

use std::env;

use ureq::Proxy;

use crate::settings::Endpoint;

/// The proxy for `endpoint`: `HTTPS_PROXY` or `HTTP_PROXY` by its scheme, else
/// `ALL_PROXY`, minus `NO_PROXY`; lower-case names count too. This machine itself is
/// never asked for through a proxy, which could not reach it.
pub(crate) fn proxy_for(endpoint: &Endpoint) -> Option<Proxy> {
    choose(endpoint, |name| env::var(name).ok())
}

fn choose(endpoint: &Endpoint, environment: impl Fn(&str) -> Option<String>) -> Option<Proxy> {
    if endpoint.is_loopback() {
        return None;
    }
    let variable = |name: &str| {
        let value = environment(name).or_else(|| environment(&name.to_ascii_lowercase()));
        value.filter(|value| !value.trim().is_empty())
    };
    let by_scheme = if endpoint.is_tls() {
        "HTTPS_PROXY"
    } else {
        "HTTP_PROXY"
    };
    let url = variable(by_scheme).or_else(|| variable("ALL_PROXY"))?;
    build(url.trim(), &variable("NO_PROXY").unwrap_or_default())
}

fn build(url: &str, exceptions: &str) -> Option<Proxy> {
    let url = if url.contains("://") {
        url.to_owned()
    } else {
        format!("http://{url}")
    };
    let given = Proxy::new(&url).ok()?;
    let mut builder = Proxy::builder(given.protocol())
        .host(given.host())
        .port(given.port());
    if let Some(username) = given.username() {
        builder = builder.username(username);
    }
    if let Some(password) = given.password() {
        builder = builder.password(password);
    }
    for exception in exceptions
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty())
    {
        builder = builder.no_proxy(exception);
        // In everyday use a bare domain means its subdomains too.
        if !exception.starts_with(['.', '*']) {
            builder = builder.no_proxy(&format!(".{exception}"));
        }
    }
    builder.build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(endpoint: &str, environment: &[(&str, &str)]) -> Option<String> {
        let endpoint = Endpoint::parse(endpoint).unwrap();
        let lookup = |name: &str| {
            environment
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        choose(&endpoint, lookup).map(|proxy| format!("{}:{}", proxy.host(), proxy.port()))
    }

    #[test]
    fn the_scheme_chooses_the_variable() {
        let environment = [
            ("HTTP_PROXY", "http://plain:1"),
            ("https_proxy", "secure:2"),
            ("ALL_PROXY", "http://all:3"),
        ];
        assert_eq!(
            chosen("http://example.com", &environment).as_deref(),
            Some("plain:1")
        );
        assert_eq!(
            chosen("https://example.com", &environment).as_deref(),
            Some("secure:2")
        );
        assert_eq!(
            chosen("https://example.com", &environment[2..]).as_deref(),
            Some("all:3")
        );
        assert_eq!(chosen("https://example.com", &[]), None);
        assert_eq!(chosen("https://example.com", &[("HTTPS_PROXY", " ")]), None);
    }

    #[test]
    fn this_machine_is_reached_directly() {
        assert_eq!(
            chosen("http://127.0.0.1:8000", &[("HTTP_PROXY", "http://plain:1")]),
            None
        );
    }
}
