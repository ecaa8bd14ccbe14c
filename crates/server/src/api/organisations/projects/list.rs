//! `GET /organizations/{org_id}/projects`: all projects.

use axum::http::StatusCode;
use axum::response::Response;

use crate::api::answers::ReadErrors;
use crate::errors::ApiError;
use crate::extract::member::Member;
use crate::respond;
use crate::wire::project::Project;
use crate::wire::values::UuidText;

/// List projects
///
/// Newest first. A project is also made by the first trace that names it. A key for
/// one project shows only that one.
#[utoipa::path(
    get,
    path = "/organizations/{org_id}/projects",
    operation_id = "list_projects",
    tag = "projects",
    params(("org_id" = UuidText, Path, description = "From `GET /organizations`.")),
    responses((status = 200, description = "All projects.", body = Vec<Project>), ReadErrors),
)]
pub(crate) async fn list(member: Member) -> Result<Response, ApiError> {
    let rights = member.rights();
    let projects = member.store().projects().await?.into_iter();
    let list: Vec<_> = projects
        .filter(|project| rights.opens(project.id))
        .map(Project::from)
        .collect();
    Ok(respond::json(StatusCode::OK, &list))
}
