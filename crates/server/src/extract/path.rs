//! Values in the path.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use pandaprobe_model::{SpanId, TraceId};

use crate::errors::{ApiError, FieldError};
use crate::state::App;
use crate::wire::decode::NOT_A_UUID;

fn invalid(name: &str, message: &'static str) -> ApiError {
    ApiError::invalid(vec![FieldError::new(format!("path -> {name}"), message)])
}

async fn text(parts: &mut Parts, app: &App, name: &str) -> Result<String, ApiError> {
    let path = Path::<String>::from_request_parts(parts, app).await;
    // Only percent-encoded bytes that are no UTF-8 get here as an error.
    let Path(text) = path.map_err(|_| invalid(name, "Input should be valid UTF-8"))?;
    Ok(text)
}

/// A trace id in any UUID form.
#[derive(Debug)]
pub(crate) struct TraceIdPath(pub(crate) TraceId);

impl FromRequestParts<App> for TraceIdPath {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let text = text(parts, app, "trace_id").await?;
        let id = TraceId::parse(&text).map_err(|_| invalid("trace_id", NOT_A_UUID))?;
        Ok(Self(id))
    }
}

/// A span of a trace, by `trace_id` and `span_id`.
#[derive(Debug)]
pub(crate) struct SpanPath(pub(crate) TraceId, pub(crate) SpanId);

impl FromRequestParts<App> for SpanPath {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let path = Path::<(String, String)>::from_request_parts(parts, app).await;
        let Path((trace, span)) =
            path.map_err(|_| invalid("span_id", "Input should be valid UTF-8"))?;
        let trace = TraceId::parse(&trace).map_err(|_| invalid("trace_id", NOT_A_UUID))?;
        let span = SpanId::parse(&span).map_err(|_| invalid("span_id", NOT_A_UUID))?;
        Ok(Self(trace, span))
    }
}

/// A session id: any text, percent-encoded.
#[derive(Debug)]
pub(crate) struct SessionIdPath(pub(crate) String);

impl FromRequestParts<App> for SessionIdPath {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(Self(text(parts, app, "session_id").await?))
    }
}
