//! `GET /organizations/{org_id}`: the organisation.

use axum::http::StatusCode;
use axum::response::Response;

use crate::api::answers::ReadErrors;
use crate::errors::ApiError;
use crate::extract::member::Member;
use crate::respond;
use crate::wire::organisation::Organization;
use crate::wire::values::UuidText;

/// Get the organization
#[utoipa::path(
    get,
    path = "/organizations/{org_id}",
    operation_id = "get_organization",
    tag = "organizations",
    params(("org_id" = UuidText, Path, description = "From `GET /organizations`.")),
    responses(
        (status = 200, description = "The organization.", body = Organization),
        ReadErrors,
    ),
)]
pub(crate) async fn get(member: Member) -> Result<Response, ApiError> {
    let organisation = Organization::from(member.organisation);
    Ok(respond::json(StatusCode::OK, &organisation))
}
