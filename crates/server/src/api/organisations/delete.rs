//! `DELETE /organizations/{org_id}`: always refused.

use axum::response::Response;

use crate::api::answers::ManageErrors;
use crate::errors::ApiError;
use crate::extract::member::Owner;
use crate::wire::values::UuidText;

/// Delete the organization
///
/// Always refused: a server has exactly one. Projects can be deleted.
#[utoipa::path(
    delete,
    path = "/organizations/{org_id}",
    operation_id = "delete_organization",
    tag = "organizations",
    params(("org_id" = UuidText, Path, description = "From `GET /organizations`.")),
    responses(ManageErrors),
)]
pub(crate) async fn delete(_: Owner) -> Result<Response, ApiError> {
    Err(ApiError::forbidden(
        "This server has exactly one organization, which cannot be deleted; its projects can",
    ))
}
