//! `POST /traces/{trace_id}/spans`: adds spans to a trace.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_model::trace::SpanFragment;
use serde::Serialize;
use utoipa::ToSchema;

use super::missing;
use crate::api::answers::{NotFound, WriteErrors};
use crate::errors::ApiError;
use crate::extract::body::{self, RequestBody, read};
use crate::extract::context::Scope;
use crate::extract::path::TraceIdPath;
use crate::respond;
use crate::wire::create::SpanCreate;
use crate::wire::decode;
use crate::wire::values::{Id, SpanIdText, TraceIdText};

/// The spans are on disk.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpansAdded {
    /// The spans in the order sent; made up by the server where none were given.
    span_ids: Vec<SpanIdText>,
}

/// Add spans to a trace
///
/// Any number of them, in any order. Spans that are there already are merged.
#[utoipa::path(
    post,
    path = "/traces/{trace_id}/spans",
    operation_id = "add_spans",
    tag = "traces",
    params(("trace_id" = TraceIdText, Path, description = "Any UUID form.")),
    request_body(
        content = Vec<SpanCreate>,
        description = "At least one span.",
        content_type = "application/json",
    ),
    responses(
        (status = 201, description = "Stored.", body = SpansAdded),
        NotFound,
        WriteErrors,
    ),
)]
pub(crate) async fn add_spans(
    scope: Scope,
    TraceIdPath(id): TraceIdPath,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let spans = read(body.bytes, decode::spans).await?;
    let project = scope.project().await?.ok_or_else(|| missing(id))?.key;
    let mut held = body.held;
    // Tiny spans take up more as values than they did as text.
    held.grow((spans.len() * size_of::<SpanFragment>()) as u64)?;
    let span_ids = spans.iter().map(|span| Id(span.span_id)).collect();
    let engine = Arc::clone(scope.engine());
    let added = async move { engine.store().add_spans(project, id, spans).await };
    if !body::store(held, added).await? {
        return Err(missing(id));
    }
    Ok(respond::json(StatusCode::CREATED, &SpansAdded { span_ids }))
}
