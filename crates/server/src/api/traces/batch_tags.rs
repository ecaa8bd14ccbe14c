//! `POST /traces/batch/tags`: adds and removes tags of many traces.

use axum::http::StatusCode;
use axum::response::Response;

use crate::api::answers::{Updated, WriteErrors};
use crate::errors::ApiError;
use crate::extract::body::{RequestBody, read};
use crate::extract::context::Scope;
use crate::respond;
use crate::wire::decode::bulk;
use crate::wire::update::TraceTags;

/// Tag many traces
///
/// Removes first, then adds: what is in both is added. Unknown ids are passed over.
#[utoipa::path(
    post,
    path = "/traces/batch/tags",
    operation_id = "tag_traces",
    tag = "traces",
    request_body = TraceTags,
    responses(
        (status = 200, description = "How many traces there are, changed or not; 0 if there was \
            nothing to add or remove.", body = Updated),
        WriteErrors,
    ),
)]
pub(crate) async fn batch_tags(scope: Scope, body: RequestBody) -> Result<Response, ApiError> {
    let (ids, change) = read(body.bytes, bulk::trace_tags).await?;
    let updated = match scope.project().await? {
        Some(project) if !change.is_empty() => {
            scope.store().tag_traces(project.key, ids, change).await?
        }
        _ => 0,
    };
    Ok(respond::json(StatusCode::OK, &Updated { updated }))
}
