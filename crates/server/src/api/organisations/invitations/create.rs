//! `POST /organizations/{org_id}/invitations`: always refused.

use axum::response::Response;

use crate::api::answers::ManageErrors;
use crate::errors::ApiError;
use crate::extract::member::Owner;
use crate::wire::values::UuidText;

/// Invite somebody
///
/// Always refused: a server has one user. Give people API keys instead.
#[utoipa::path(
    post,
    path = "/organizations/{org_id}/invitations",
    operation_id = "create_invitation",
    tag = "members",
    params(("org_id" = UuidText, Path, description = "From `GET /organizations`.")),
    responses(ManageErrors),
)]
pub(crate) async fn create(_: Owner) -> Result<Response, ApiError> {
    Err(ApiError::forbidden(
        "This server has one user, so nobody can be invited; make an API key for whoever \
         needs access",
    ))
}
