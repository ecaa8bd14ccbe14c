//! `DELETE /traces/{trace_id}`: deletes a trace.

use axum::http::StatusCode;

use super::missing;
use crate::api::answers::{CommandErrors, NotFound};
use crate::errors::ApiError;
use crate::extract::context::Scope;
use crate::extract::path::TraceIdPath;
use crate::wire::values::TraceIdText;

/// Delete a trace
///
/// With its spans and scores. Its session goes with its last trace. A part of it
/// that arrives later makes it anew.
#[utoipa::path(
    delete,
    path = "/traces/{trace_id}",
    operation_id = "delete_trace",
    tag = "traces",
    params(("trace_id" = TraceIdText, Path, description = "Any UUID form.")),
    responses((status = 204, description = "Gone."), NotFound, CommandErrors),
)]
pub(crate) async fn delete(
    scope: Scope,
    TraceIdPath(id): TraceIdPath,
) -> Result<StatusCode, ApiError> {
    let project = scope.project().await?.ok_or_else(|| missing(id))?;
    match scope.store().delete_traces(project.key, vec![id]).await? {
        0 => Err(missing(id)),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}
