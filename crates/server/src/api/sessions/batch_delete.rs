//! `POST /sessions/batch/delete`: deletes many sessions.

use axum::http::StatusCode;
use axum::response::Response;

use crate::api::answers::{Deleted, WriteErrors};
use crate::errors::ApiError;
use crate::extract::body::{RequestBody, read};
use crate::extract::context::Scope;
use crate::respond;
use crate::wire::decode::bulk;
use crate::wire::update::SessionIds;

/// Delete many sessions
///
/// With all of their traces, one session after the other. Unknown ids are passed
/// over.
#[utoipa::path(
    post,
    path = "/sessions/batch/delete",
    operation_id = "delete_sessions",
    tag = "sessions",
    request_body = SessionIds,
    responses(
        (status = 200, description = "How many traces the sessions had.", body = Deleted),
        WriteErrors,
    ),
)]
pub(crate) async fn batch_delete(scope: Scope, body: RequestBody) -> Result<Response, ApiError> {
    let ids = read(body.bytes, bulk::sessions).await?;
    let mut deleted = 0;
    if let Some(project) = scope.project().await? {
        for id in ids {
            let traces = scope.store().delete_session(project.key, id).await?;
            deleted += traces.unwrap_or_default();
        }
    }
    Ok(respond::json(StatusCode::OK, &Deleted { deleted }))
}
