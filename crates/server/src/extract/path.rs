//! Values in the path.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use pandaprobe_model::TraceId;
use uuid::Uuid;

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

/// A session id: any text, percent-encoded.
#[derive(Debug)]
pub(crate) struct SessionIdPath(pub(crate) String);

impl FromRequestParts<App> for SessionIdPath {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(Self(text(parts, app, "session_id").await?))
    }
}

/// An organisation's id.
#[derive(Debug)]
pub(crate) struct OrganisationIdPath(pub(crate) Uuid);

impl FromRequestParts<App> for OrganisationIdPath {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let text = text(parts, app, "org_id").await?;
        let id = Uuid::try_parse(&text).map_err(|_| invalid("org_id", NOT_A_UUID))?;
        Ok(Self(id))
    }
}
