//! Answers as JSON.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::errors::ApiError;
use crate::extract::body::blocking;

/// Answers with `value` as JSON. For what is small: see [`large`].
pub(crate) fn json<T: Serialize>(status: StatusCode, value: &T) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => typed(status, "application/json", Body::from(body)),
        Err(error) => {
            // Our own types always serialise, and a problem document does for sure.
            tracing::error!(%error, "an answer could not be written as JSON");
            (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error").into_response()
        }
    }
}

/// As [`json`], for an answer with a secret in it, which no cache may keep.
pub(crate) fn secret<T: Serialize>(status: StatusCode, value: &T) -> Response {
    let mut response = json(status, value);
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}

/// Answers 200 with what `make` returns, as JSON, made and written on a thread
/// that may be busy for long: other requests must not wait for a large trace.
pub(crate) async fn large<T, F>(make: F) -> Result<Response, ApiError>
where
    T: Serialize,
    F: FnOnce() -> T + Send + 'static,
{
    blocking(move || json(StatusCode::OK, &make())).await
}

/// Answers 200 with a fixed text.
pub(crate) fn text(content_type: &'static str, text: &'static str) -> Response {
    typed(StatusCode::OK, content_type, Body::from(text))
}

fn typed(status: StatusCode, content_type: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let kind = HeaderValue::from_static(content_type);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
