//! `GET /organizations/{org_id}/invitations`: none.

use axum::http::StatusCode;
use axum::response::Response;

use crate::api::answers::ReadErrors;
use crate::errors::ApiError;
use crate::extract::member::Member;
use crate::respond;
use crate::wire::organisation::{Invitation, NO_INVITATIONS};
use crate::wire::values::UuidText;

/// List invitations
///
/// There are none: a server has one user.
#[utoipa::path(
    get,
    path = "/organizations/{org_id}/invitations",
    operation_id = "list_invitations",
    tag = "members",
    params(("org_id" = UuidText, Path, description = "From `GET /organizations`.")),
    responses((status = 200, description = "Nothing.", body = Vec<Invitation>), ReadErrors),
)]
pub(crate) async fn list(_: Member) -> Result<Response, ApiError> {
    Ok(respond::json(StatusCode::OK, &NO_INVITATIONS))
}
