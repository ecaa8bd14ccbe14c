//! `POST /me/invitations/{invitation_id}/decline`: declines an invitation.

use axum::response::Response;

use crate::api::answers::{ManageErrors, NotFound};
use crate::errors::ApiError;
use crate::extract::member::{InvitationPath, Manager, no_invitation};
use crate::wire::values::UuidText;

/// Decline an invitation
///
/// There are none: a server has one user.
#[utoipa::path(
    post,
    path = "/me/invitations/{invitation_id}/decline",
    operation_id = "decline_invitation",
    tag = "me",
    params(("invitation_id" = UuidText, Path, description = "Of no invitation.")),
    responses(NotFound, ManageErrors),
)]
pub(crate) async fn decline_invitation(
    _: Manager,
    InvitationPath(id): InvitationPath,
) -> Result<Response, ApiError> {
    Err(no_invitation(id))
}
