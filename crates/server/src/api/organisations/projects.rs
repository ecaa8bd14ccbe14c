//! `GET /organizations/{org_id}/projects`: all projects.

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_model::project;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::answers::ReadErrors;
use crate::errors::{ApiError, ErrorCode};
use crate::extract::context::Caller;
use crate::extract::path::OrganisationIdPath;
use crate::respond;
use crate::wire::values::{Id, Time, UuidText};

/// A project: the boundary of data.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Project {
    id: UuidText,
    org_id: UuidText,
    /// Unique; requests name it in `X-Project-Name`.
    name: String,
    description: String,
    created_at: Time,
}

impl From<project::Project> for Project {
    fn from(project: project::Project) -> Self {
        let project::Project {
            key: _,
            id,
            org_id,
            name,
            description,
            created_at,
        } = project;
        Self {
            id: Id(id),
            org_id: Id(org_id),
            name,
            description,
            created_at: Time(created_at),
        }
    }
}

/// List projects
///
/// Newest first. A project is made by the first trace that names it.
#[utoipa::path(
    get,
    path = "/organizations/{org_id}/projects",
    operation_id = "list_projects",
    tag = "organizations",
    params(("org_id" = UuidText, Path, description = "From `GET /organizations`.")),
    responses((status = 200, description = "All projects.", body = Vec<Project>), ReadErrors),
)]
pub(crate) async fn projects(
    caller: Caller,
    OrganisationIdPath(id): OrganisationIdPath,
) -> Result<Response, ApiError> {
    if caller.store().organisation().await?.id != id {
        let detail = "You are not a member of this organization";
        return Err(ApiError::new(ErrorCode::Forbidden, detail));
    }
    let projects = caller.store().projects().await?;
    let list: Vec<_> = projects.into_iter().map(Project::from).collect();
    Ok(respond::json(StatusCode::OK, &list))
}
