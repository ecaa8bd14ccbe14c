//! The web app, embedded in the program, under `/ui/`.

use std::borrow::Cow;

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Redirect};
use rust_embed::RustEmbed;

/// What `npm run build` left in `web/dist`; empty if it was not run. Debug
/// builds read the folder while they run.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Assets;

const INDEX: &str = "index.html";

/// Scripts, styles, fonts and data come from here only; nobody may frame the app.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; font-src 'self' data:; frame-ancestors 'none'; base-uri 'self'";

/// Sends `/ui` to where relative links work.
pub(crate) async fn enter() -> Redirect {
    Redirect::permanent("/ui/")
}

/// Serves the app's start page.
pub(crate) async fn index() -> Response<Body> {
    serve(INDEX, embedded)
}

/// Serves a file of the app, or its start page for addresses inside the app.
pub(crate) async fn page(Path(path): Path<String>) -> Response<Body> {
    serve(&path, embedded)
}

fn embedded(path: &str) -> Option<Cow<'static, [u8]>> {
    Assets::get(path).map(|file| file.data)
}

fn serve(path: &str, get: impl Fn(&str) -> Option<Cow<'static, [u8]>>) -> Response<Body> {
    if let Some(found) = get(path) {
        return file(path, found);
    }
    if is_asset(path) {
        return (StatusCode::NOT_FOUND, "Not Found").into_response();
    }
    match get(INDEX) {
        Some(index) => file(INDEX, index),
        None => (StatusCode::NOT_FOUND, Html(NOT_BUILT)).into_response(),
    }
}

/// Whether a path names a file rather than a place in the app. Session ids,
/// which may end in anything, travel in the query.
fn is_asset(path: &str) -> bool {
    path.starts_with("assets/")
        || path.rsplit('/').next().is_some_and(|name| {
            let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
            matches!(
                extension,
                "js" | "css"
                    | "map"
                    | "svg"
                    | "png"
                    | "ico"
                    | "woff2"
                    | "json"
                    | "txt"
                    | "webmanifest"
            )
        })
}

fn file(path: &str, data: Cow<'static, [u8]>) -> Response<Body> {
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let mut kind = kind.essence_str().to_owned();
    if kind.starts_with("text/") {
        kind.push_str("; charset=utf-8");
    }
    // Names under assets/ hold a hash of their content.
    let caching = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut response = Response::new(Body::from(data));
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(&kind) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    for (name, value) in [
        (header::CACHE_CONTROL, caching),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

const NOT_BUILT: &str = "<!doctype html><meta charset=\"utf-8\"><title>PandaProbe</title>\
    <h1>The web app is not part of this build</h1>\
    <p>Build it with <code>make build</code> (or <code>npm ci &amp;&amp; npm run build</code> in \
    <code>web/</code>), then build the server again. The API works without it.</p>\n";

#[cfg(test)]
mod tests {
    use super::*;

    fn built(path: &str) -> Option<Cow<'static, [u8]>> {
        let known = [
            "index.html",
            "assets/app-1a2b.js",
            "theme.js",
            "favicon.svg",
        ];
        known
            .contains(&path)
            .then(|| Cow::Owned(path.as_bytes().to_vec()))
    }

    fn check(path: &str, status: u16, kind: &str, caching: &str) {
        let response = serve(path, built);
        let header = |name| {
            response
                .headers()
                .get(name)
                .map_or("", |v| v.to_str().unwrap())
        };
        assert_eq!(response.status().as_u16(), status, "{path}");
        assert_eq!(header(header::CONTENT_TYPE), kind, "{path}");
        assert_eq!(header(header::CACHE_CONTROL), caching, "{path}");
    }

    #[test]
    fn files_and_places_in_the_app() {
        let forever = "public, max-age=31536000, immutable";
        let html = "text/html; charset=utf-8";
        check("index.html", 200, html, "no-cache");
        check("p/default/sessions", 200, html, "no-cache");
        check("p/v1.2/session", 200, html, "no-cache");
        check(
            "assets/app-1a2b.js",
            200,
            "text/javascript; charset=utf-8",
            forever,
        );
        check(
            "theme.js",
            200,
            "text/javascript; charset=utf-8",
            "no-cache",
        );
        check("favicon.svg", 200, "image/svg+xml", "no-cache");
        check("assets/gone.js", 404, "text/plain; charset=utf-8", "");
        check("gone.js", 404, "text/plain; charset=utf-8", "");
    }

    #[test]
    fn a_build_without_the_app_says_so() {
        let response = serve(INDEX, |_| None);
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }
}
