//! `PATCH /organizations/{org_id}/members/{user_id}`: always refused.

use axum::response::Response;
use pandaprobe_engine::organisation;

use crate::api::answers::{ManageErrors, NotFound};
use crate::errors::ApiError;
use crate::extract::member::{Owner, UserPath};
use crate::wire::values::UuidText;

/// Change a member
///
/// Always refused: the only member is the owner.
#[utoipa::path(
    patch,
    path = "/organizations/{org_id}/members/{user_id}",
    operation_id = "update_member",
    tag = "members",
    params(
        ("org_id" = UuidText, Path, description = "From `GET /organizations`."),
        ("user_id" = UuidText, Path, description = "From `GET /organizations/{org_id}/members`."),
    ),
    responses(NotFound, ManageErrors),
)]
pub(crate) async fn update(owner: Owner, UserPath(id): UserPath) -> Result<Response, ApiError> {
    if organisation::Owner::of(owner.organisation()).user_id == id {
        return Err(ApiError::forbidden(
            "The owner's role cannot be changed: a server has one user",
        ));
    }
    Err(ApiError::not_found(format!("Member {id} not found")))
}
