//! `GET /organizations`: the one organisation.

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_model::project;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::answers::ReadErrors;
use crate::errors::ApiError;
use crate::extract::context::Caller;
use crate::respond;
use crate::wire::values::{Id, Time, UuidText};

/// What a caller is in the organisation.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Role {
    /// May do everything: keys carry no roles.
    Owner,
}

/// An organisation: it owns projects and keys.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Organization {
    id: UuidText,
    name: String,
    created_at: Time,
    role: Role,
}

impl From<project::Organisation> for Organization {
    fn from(organisation: project::Organisation) -> Self {
        let project::Organisation {
            id,
            name,
            created_at,
        } = organisation;
        Self {
            id: Id(id),
            name,
            created_at: Time(created_at),
            role: Role::Owner,
        }
    }
}

/// List organizations
///
/// A server has exactly one.
#[utoipa::path(
    get,
    path = "/organizations",
    operation_id = "list_organizations",
    tag = "organizations",
    responses((status = 200, description = "The organization.", body = Vec<Organization>), ReadErrors),
)]
pub(crate) async fn list(caller: Caller) -> Result<Response, ApiError> {
    let organisation = caller.store().organisation().await?;
    let list = [Organization::from(organisation)];
    Ok(respond::json(StatusCode::OK, &list))
}
