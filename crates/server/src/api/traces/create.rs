//! `POST /traces`: takes in one trace, or a part of one.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::keep;
use crate::api::answers::WriteErrors;
use crate::errors::ApiError;
use crate::extract::body::{RequestBody, read};
use crate::extract::context::Scope;
use crate::respond;
use crate::wire::create::TraceCreate;
use crate::wire::decode;
use crate::wire::values::{Id, TraceIdText, UuidText};

/// The trace is on disk.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TraceAccepted)]
pub(crate) struct Accepted {
    /// The trace; made up by the server if none was given.
    trace_id: TraceIdText,
    /// Kept for older clients; there is nothing to wait for.
    task_id: UuidText,
}

/// Take in a trace
///
/// Stores a trace with its spans, or a part of one. When the answer arrives the
/// data is on disk and in every list and total. Parts of one `trace_id` may come
/// in any order and any number of times: they are merged. Bodies may be
/// compressed with gzip, deflate or zstd.
#[utoipa::path(
    post,
    path = "/traces",
    operation_id = "create_trace",
    tag = "traces",
    request_body = TraceCreate,
    responses((status = 202, description = "Stored.", body = Accepted), WriteErrors),
)]
pub(crate) async fn create(scope: Scope, body: RequestBody) -> Result<Response, ApiError> {
    let fragment = read(body.bytes, decode::one).await?;
    let trace_id = fragment.trace_id;
    keep(&scope, vec![fragment], body.held).await?;
    let accepted = Accepted {
        trace_id: Id(trace_id),
        task_id: Id(Uuid::new_v4()),
    };
    Ok(respond::json(StatusCode::ACCEPTED, &accepted))
}
