//! `GET /organizations/{org_id}/projects/{project_id}`: one project.

use axum::http::StatusCode;
use axum::response::Response;

use crate::api::answers::{NotFound, ReadErrors};
use crate::errors::ApiError;
use crate::extract::member::{Member, ProjectPath};
use crate::respond;
use crate::wire::project::Project;
use crate::wire::values::UuidText;

/// Get a project
#[utoipa::path(
    get,
    path = "/organizations/{org_id}/projects/{project_id}",
    operation_id = "get_project",
    tag = "projects",
    params(
        ("org_id" = UuidText, Path, description = "From `GET /organizations`."),
        ("project_id" = UuidText, Path, description = "From `GET /organizations/{org_id}/projects`."),
    ),
    responses(
        (status = 200, description = "The project.", body = Project),
        NotFound,
        ReadErrors,
    ),
)]
pub(crate) async fn get(
    member: Member,
    ProjectPath(id): ProjectPath,
) -> Result<Response, ApiError> {
    let project = member.project(id).await?;
    Ok(respond::json(StatusCode::OK, &Project::from(project)))
}
