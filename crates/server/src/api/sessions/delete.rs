//! `DELETE /sessions/{session_id}`: deletes a session.

use axum::http::StatusCode;
use axum::response::Response;

use super::missing;
use crate::api::answers::{CommandErrors, Deleted, NotFound};
use crate::errors::ApiError;
use crate::extract::context::Scope;
use crate::extract::path::SessionIdPath;
use crate::respond;

/// Delete a session
///
/// With all of its traces, their spans and scores. Ids that do not fit into a
/// path can be deleted with `/sessions/by-id`.
#[utoipa::path(
    delete,
    path = "/sessions/{session_id}",
    operation_id = "delete_session",
    tag = "sessions",
    params(("session_id" = String, Path, description = "Percent-encoded.")),
    responses(
        (status = 200, description = "How many traces it had.", body = Deleted),
        NotFound,
        CommandErrors,
    ),
)]
pub(crate) async fn delete(
    scope: Scope,
    SessionIdPath(id): SessionIdPath,
) -> Result<Response, ApiError> {
    remove(&scope, id).await
}

/// Deletes the session `id` and answers how many traces that were.
pub(super) async fn remove(scope: &Scope, id: String) -> Result<Response, ApiError> {
    let project = scope.project().await?.ok_or_else(missing)?;
    let deleted = scope.store().delete_session(project.key, id).await?;
    let deleted = deleted.ok_or_else(missing)?;
    Ok(respond::json(StatusCode::OK, &Deleted { deleted }))
}
