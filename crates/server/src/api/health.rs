//! `GET /health`: the server is there.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_model::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::VERSION;
use crate::api::answers::ForeignPlace;
use crate::respond;
use crate::state::App;
use crate::wire::values::Time;

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health<'a> {
    #[schema(example = "healthy")]
    status: &'a str,
    #[schema(example = "0.1.0")]
    version: &'a str,
    /// What the installation calls itself.
    #[schema(example = "production")]
    environment: &'a str,
    /// The server's clock.
    timestamp: Time,
}

/// Health
///
/// Answers as soon as the server listens; needs no key.
#[utoipa::path(
    get,
    path = "/health",
    tag = "server",
    responses(
        (status = 200, description = "The server is up.", body = Health<'_>),
        ForeignPlace,
    ),
    security(()),
)]
pub(crate) async fn health(State(app): State<App>) -> Response {
    let health = Health {
        status: "healthy",
        version: VERSION,
        environment: &app.settings.environment,
        timestamp: Time(Timestamp::now()),
    };
    respond::json(StatusCode::OK, &health)
}
