//! `DELETE /organizations/{org_id}/projects/{project_id}`: deletes it with its data.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::api::answers::{ManageErrors, NotFound};
use crate::errors::ApiError;
use crate::extract::member::{Owner, ProjectPath, no_project};
use crate::wire::values::UuidText;

/// Delete a project
///
/// With all that is in it, and at once: its name is free again, and the keys that
/// open it alone are revoked. Nothing can bring it back.
#[utoipa::path(
    delete,
    path = "/organizations/{org_id}/projects/{project_id}",
    operation_id = "delete_project",
    tag = "projects",
    params(
        ("org_id" = UuidText, Path, description = "From `GET /organizations`."),
        ("project_id" = UuidText, Path, description = "From `GET /organizations/{org_id}/projects`."),
    ),
    responses((status = 204, description = "Deleted."), NotFound, ManageErrors),
)]
pub(crate) async fn delete(
    owner: Owner,
    ProjectPath(id): ProjectPath,
) -> Result<Response, ApiError> {
    if owner.engine().delete_project(id).await? {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Err(no_project(id))
}
