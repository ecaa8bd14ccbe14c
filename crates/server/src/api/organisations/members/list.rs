//! `GET /organizations/{org_id}/members`: the one user.

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_engine::organisation;

use crate::api::answers::ReadErrors;
use crate::errors::ApiError;
use crate::extract::member::Member;
use crate::respond;
use crate::wire::organisation::Membership;
use crate::wire::values::UuidText;

/// List members
///
/// A server has one user, its owner.
#[utoipa::path(
    get,
    path = "/organizations/{org_id}/members",
    operation_id = "list_members",
    tag = "members",
    params(("org_id" = UuidText, Path, description = "From `GET /organizations`.")),
    responses((status = 200, description = "The owner.", body = Vec<Membership>), ReadErrors),
)]
pub(crate) async fn list(member: Member) -> Result<Response, ApiError> {
    let owner = organisation::Owner::of(&member.organisation);
    Ok(respond::json(StatusCode::OK, &[Membership::from(owner)]))
}
