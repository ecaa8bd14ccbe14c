//! `GET /traces/{trace_id}`: one trace with everything.

use axum::response::Response;

use crate::api::answers::{NotFound, ReadErrors};
use crate::errors::ApiError;
use crate::extract::context::Scope;
use crate::extract::path::TraceIdPath;
use crate::respond;
use crate::wire::trace::TraceResponse;
use crate::wire::values::TraceIdText;

/// Get a trace
///
/// With all its spans and what went in and out of each.
#[utoipa::path(
    get,
    path = "/traces/{trace_id}",
    operation_id = "get_trace",
    tag = "traces",
    params(("trace_id" = TraceIdText, Path, description = "Any UUID form.")),
    responses((status = 200, description = "The trace.", body = TraceResponse), NotFound, ReadErrors),
)]
pub(crate) async fn get(scope: Scope, TraceIdPath(id): TraceIdPath) -> Result<Response, ApiError> {
    let missing = || ApiError::not_found(format!("Trace {id} not found"));
    let project = scope.project().await?.ok_or_else(missing)?;
    let trace = scope.store().trace(project.key, id).await?;
    let trace = trace.ok_or_else(missing)?;
    respond::large(move || TraceResponse::new(project.id, trace)).await
}
