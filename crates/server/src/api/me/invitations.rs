//! `GET /me/invitations`: invitations to the user.

use axum::http::StatusCode;
use axum::response::Response;

use crate::api::answers::ReadErrors;
use crate::errors::ApiError;
use crate::extract::context::Caller;
use crate::respond;
use crate::wire::organisation::{Invitation, NO_INVITATIONS};

/// List my invitations
///
/// There are none: a server has one user.
#[utoipa::path(
    get,
    path = "/me/invitations",
    operation_id = "list_my_invitations",
    tag = "me",
    responses((status = 200, description = "Nothing.", body = Vec<Invitation>), ReadErrors),
)]
pub(crate) async fn invitations(_: Caller) -> Result<Response, ApiError> {
    Ok(respond::json(StatusCode::OK, &NO_INVITATIONS))
}
