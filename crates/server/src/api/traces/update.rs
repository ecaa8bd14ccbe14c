//! `PATCH /traces/{trace_id}`: changes a trace.

use std::sync::Arc;

use axum::response::Response;

use super::get::trace;
use super::missing;
use crate::api::answers::{NotFound, WriteErrors};
use crate::errors::ApiError;
use crate::extract::body::{self, RequestBody, read};
use crate::extract::context::Scope;
use crate::extract::path::TraceIdPath;
use crate::wire::decode::patch;
use crate::wire::trace::TraceResponse;
use crate::wire::update::TraceUpdate;
use crate::wire::values::TraceIdText;

/// Change a trace
///
/// Only the members that are there count: null clears, `tags` replaces,
/// `metadata` merges by key. Unlike parts of a trace, changes apply in the order
/// in which they arrive.
#[utoipa::path(
    patch,
    path = "/traces/{trace_id}",
    operation_id = "update_trace",
    tag = "traces",
    params(("trace_id" = TraceIdText, Path, description = "Any UUID form.")),
    request_body = TraceUpdate,
    responses(
        (status = 200, description = "The trace as it is now.", body = TraceResponse),
        NotFound,
        WriteErrors,
    ),
)]
pub(crate) async fn update(
    scope: Scope,
    TraceIdPath(id): TraceIdPath,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let patch = read(body.bytes, patch::trace).await?;
    let project = scope.project().await?.ok_or_else(|| missing(id))?;
    let (engine, key) = (Arc::clone(scope.engine()), project.key);
    let changed = async move { engine.store().patch_trace(key, id, patch).await };
    if !body::store(body.held, changed).await? {
        return Err(missing(id));
    }
    trace(&scope, &project, id).await
}
