//! `GET /traces/{trace_id}`: one trace with everything.

use axum::response::Response;
use pandaprobe_model::TraceId;
use pandaprobe_model::project::Project;

use super::missing;
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
    let project = scope.project().await?.ok_or_else(|| missing(id))?;
    trace(&scope, &project, id).await
}

/// Answers with the trace `id`.
pub(super) async fn trace(
    scope: &Scope,
    project: &Project,
    id: TraceId,
) -> Result<Response, ApiError> {
    let project_id = project.id;
    let trace = scope.store().trace(project.key, id).await?;
    let trace = trace.ok_or_else(|| missing(id))?;
    respond::large(move || TraceResponse::new(project_id, trace)).await
}
