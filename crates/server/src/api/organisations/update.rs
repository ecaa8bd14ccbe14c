//! `PATCH /organizations/{org_id}`: renames it.

use axum::http::StatusCode;
use axum::response::Response;

use crate::api::answers::{BodyErrors, ManageErrors};
use crate::errors::ApiError;
use crate::extract::body::{RequestBody, read};
use crate::extract::member::Owner;
use crate::respond;
use crate::wire::decode::manage;
use crate::wire::organisation::{Organization, OrganizationUpdate};
use crate::wire::values::UuidText;

/// Rename the organization
#[utoipa::path(
    patch,
    path = "/organizations/{org_id}",
    operation_id = "update_organization",
    tag = "organizations",
    params(("org_id" = UuidText, Path, description = "From `GET /organizations`.")),
    request_body = OrganizationUpdate,
    responses(
        (status = 200, description = "The organization as it is now.", body = Organization),
        ManageErrors,
        BodyErrors,
    ),
)]
pub(crate) async fn update(owner: Owner, body: RequestBody) -> Result<Response, ApiError> {
    if let Some(name) = read(body.bytes, manage::organisation).await? {
        owner.store().rename_organisation(name).await?;
    }
    let organisation = Organization::from(owner.store().organisation().await?);
    Ok(respond::json(StatusCode::OK, &organisation))
}
