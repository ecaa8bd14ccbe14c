//! `POST /organizations/{org_id}/projects`: makes a project.

use axum::http::StatusCode;
use axum::response::Response;

use super::name_taken;
use crate::api::answers::{BodyErrors, ManageErrors, NameTaken};
use crate::errors::ApiError;
use crate::extract::body::{RequestBody, read};
use crate::extract::member::Owner;
use crate::respond;
use crate::wire::decode::manage::{self, NewProject};
use crate::wire::project::{Project, ProjectCreate};
use crate::wire::values::UuidText;

/// Make a project
#[utoipa::path(
    post,
    path = "/organizations/{org_id}/projects",
    operation_id = "create_project",
    tag = "projects",
    params(("org_id" = UuidText, Path, description = "From `GET /organizations`.")),
    request_body = ProjectCreate,
    responses(
        (status = 201, description = "Made.", body = Project),
        NameTaken,
        ManageErrors,
        BodyErrors,
    ),
)]
pub(crate) async fn create(owner: Owner, body: RequestBody) -> Result<Response, ApiError> {
    let NewProject { name, description } = read(body.bytes, manage::project).await?;
    let made = owner.store().create_project(name.clone(), description);
    let project = made.await?.ok_or_else(|| name_taken(&name))?;
    Ok(respond::json(StatusCode::CREATED, &Project::from(project)))
}
