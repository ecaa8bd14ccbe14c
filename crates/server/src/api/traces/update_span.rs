//! `PATCH /traces/{trace_id}/spans/{span_id}`: changes a span.

use std::sync::Arc;

use axum::response::Response;

use crate::api::answers::{NotFound, WriteErrors};
use crate::errors::ApiError;
use crate::extract::body::{self, RequestBody, read};
use crate::extract::context::Scope;
use crate::extract::path::SpanPath;
use crate::respond;
use crate::wire::decode::patch;
use crate::wire::span::SpanResponse;
use crate::wire::update::SpanUpdate;
use crate::wire::values::{SpanIdText, TraceIdText};

/// Change a span
///
/// Only the members that are there count: null clears, `metadata` merges by key.
/// Totals of the trace, its session and its user follow.
#[utoipa::path(
    patch,
    path = "/traces/{trace_id}/spans/{span_id}",
    operation_id = "update_span",
    tag = "traces",
    params(
        ("trace_id" = TraceIdText, Path, description = "Any UUID form."),
        ("span_id" = SpanIdText, Path, description = "Any UUID form, or 16 hex digits."),
    ),
    request_body = SpanUpdate,
    responses(
        (status = 200, description = "The span as it is now.", body = SpanResponse),
        NotFound,
        WriteErrors,
    ),
)]
pub(crate) async fn update_span(
    scope: Scope,
    SpanPath(trace, span): SpanPath,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let missing = || ApiError::not_found(format!("Span {span} of trace {trace} not found"));
    let patch = read(body.bytes, patch::span).await?;
    let project = scope.project().await?.ok_or_else(missing)?.key;
    let engine = Arc::clone(scope.engine());
    let changed = async move { engine.store().patch_span(project, trace, span, patch).await };
    if !body::store(body.held, changed).await? {
        return Err(missing());
    }
    let found = scope.store().span(project, trace, span).await?;
    let found = found.ok_or_else(missing)?;
    respond::large(move || SpanResponse::new(trace, found)).await
}
