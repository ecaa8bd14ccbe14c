//! `POST /sessions/batch/tags`: adds and removes own tags of many sessions.

use axum::http::StatusCode;
use axum::response::Response;

use crate::api::answers::{Updated, WriteErrors};
use crate::errors::ApiError;
use crate::extract::body::{RequestBody, read};
use crate::extract::context::Scope;
use crate::respond;
use crate::wire::decode::bulk;
use crate::wire::update::SessionTags;

/// Tag many sessions
///
/// Changes the tags set on the sessions themselves; those of their traces stay
/// theirs. Removes first, then adds: what is in both is added. Unknown ids are
/// passed over.
#[utoipa::path(
    post,
    path = "/sessions/batch/tags",
    operation_id = "tag_sessions",
    tag = "sessions",
    request_body = SessionTags,
    responses(
        (status = 200, description = "How many sessions there are, changed or not; 0 if there \
            was nothing to add or remove.", body = Updated),
        WriteErrors,
    ),
)]
pub(crate) async fn batch_tags(scope: Scope, body: RequestBody) -> Result<Response, ApiError> {
    let (ids, change) = read(body.bytes, bulk::session_tags).await?;
    let updated = match scope.project().await? {
        Some(project) if !change.is_empty() => {
            scope.store().tag_sessions(project.key, ids, change).await?
        }
        _ => 0,
    };
    Ok(respond::json(StatusCode::OK, &Updated { updated }))
}
