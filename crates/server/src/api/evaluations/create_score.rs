//! `POST /evaluations/trace-scores`: stores a judgement on a trace.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;

use crate::api::answers::{NotFound, WriteErrors};
use crate::errors::ApiError;
use crate::extract::body::{self, RequestBody, read};
use crate::extract::context::Scope;
use crate::respond;
use crate::wire::decode::score;
use crate::wire::score::TraceScore;
use crate::wire::update::TraceScoreCreate;

/// Score a trace
///
/// Always adds a score, also beside an older one of the same name.
#[utoipa::path(
    post,
    path = "/evaluations/trace-scores",
    operation_id = "create_trace_score",
    tag = "evaluations",
    request_body = TraceScoreCreate,
    responses(
        (status = 201, description = "Stored.", body = TraceScore),
        NotFound,
        WriteErrors,
    ),
)]
pub(crate) async fn create_score(scope: Scope, body: RequestBody) -> Result<Response, ApiError> {
    let new = read(body.bytes, score::trace_score).await?;
    let id = new.trace_id;
    let missing = || ApiError::not_found(format!("Trace {id} not found"));
    let project = scope.project().await?.ok_or_else(missing)?;
    let (engine, key) = (Arc::clone(scope.engine()), project.key);
    let stored = async move { engine.store().add_score(key, new).await };
    let score = body::store(body.held, stored).await?;
    let score = TraceScore::new(project.id, score.ok_or_else(missing)?);
    Ok(respond::json(StatusCode::CREATED, &score))
}
