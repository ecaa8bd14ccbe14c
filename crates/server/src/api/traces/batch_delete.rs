//! `POST /traces/batch/delete`: deletes many traces.

use axum::http::StatusCode;
use axum::response::Response;

use crate::api::answers::{Deleted, WriteErrors};
use crate::errors::ApiError;
use crate::extract::body::{RequestBody, read};
use crate::extract::context::Scope;
use crate::respond;
use crate::wire::decode::bulk;
use crate::wire::update::TraceIds;

/// Delete many traces
///
/// With their spans and scores, all in one go. Unknown ids are passed over.
#[utoipa::path(
    post,
    path = "/traces/batch/delete",
    operation_id = "delete_traces",
    tag = "traces",
    request_body = TraceIds,
    responses(
        (status = 200, description = "How many traces there were.", body = Deleted),
        WriteErrors,
    ),
)]
pub(crate) async fn batch_delete(scope: Scope, body: RequestBody) -> Result<Response, ApiError> {
    let ids = read(body.bytes, bulk::traces).await?;
    let deleted = match scope.project().await? {
        Some(project) => scope.store().delete_traces(project.key, ids).await?,
        None => 0,
    };
    Ok(respond::json(StatusCode::OK, &Deleted { deleted }))
}
