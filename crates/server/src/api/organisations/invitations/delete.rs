//! `DELETE /organizations/{org_id}/invitations/{invitation_id}`: there is none.

use axum::response::Response;

use crate::api::answers::{ManageErrors, NotFound};
use crate::errors::ApiError;
use crate::extract::member::{InvitationPath, Owner, no_invitation};
use crate::wire::values::UuidText;

/// Take an invitation back
///
/// There are none: a server has one user.
#[utoipa::path(
    delete,
    path = "/organizations/{org_id}/invitations/{invitation_id}",
    operation_id = "delete_invitation",
    tag = "members",
    params(
        ("org_id" = UuidText, Path, description = "From `GET /organizations`."),
        ("invitation_id" = UuidText, Path, description = "Of no invitation."),
    ),
    responses(NotFound, ManageErrors),
)]
pub(crate) async fn delete(
    _: Owner,
    InvitationPath(id): InvitationPath,
) -> Result<Response, ApiError> {
    Err(no_invitation(id))
}
