//! `PATCH /organizations/{org_id}/projects/{project_id}`: renames and describes it.

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_store::ProjectChange;

use super::name_taken;
use crate::api::answers::{BodyErrors, ManageErrors, NameTaken, NotFound};
use crate::errors::ApiError;
use crate::extract::body::{RequestBody, read};
use crate::extract::member::{Owner, ProjectPath, no_project};
use crate::respond;
use crate::wire::decode::manage::{self, ProjectPatch};
use crate::wire::project::{Project, ProjectUpdate};
use crate::wire::values::UuidText;

/// Change a project
///
/// Only the members that are there count. Keys and data stay with a project that
/// gets another name; whoever sends to the old name makes a new project.
#[utoipa::path(
    patch,
    path = "/organizations/{org_id}/projects/{project_id}",
    operation_id = "update_project",
    tag = "projects",
    params(
        ("org_id" = UuidText, Path, description = "From `GET /organizations`."),
        ("project_id" = UuidText, Path, description = "From `GET /organizations/{org_id}/projects`."),
    ),
    request_body = ProjectUpdate,
    responses(
        (status = 200, description = "The project as it is now.", body = Project),
        NotFound,
        NameTaken,
        ManageErrors,
        BodyErrors,
    ),
)]
pub(crate) async fn update(
    owner: Owner,
    ProjectPath(id): ProjectPath,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let ProjectPatch { name, description } = read(body.bytes, manage::project_patch).await?;
    let wanted = name.clone().unwrap_or_default();
    match owner.engine().update_project(id, name, description).await? {
        ProjectChange::Done(project) => Ok(respond::json(StatusCode::OK, &Project::from(project))),
        ProjectChange::Missing => Err(no_project(id)),
        ProjectChange::NameTaken => Err(name_taken(&wanted)),
    }
}
