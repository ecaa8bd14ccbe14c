//! `POST /organizations/{org_id}/subscriptions/portal`: always refused.

use axum::response::Response;

use crate::api::answers::ManageErrors;
use crate::errors::ApiError;
use crate::extract::member::Owner;
use crate::wire::values::UuidText;

/// Open the billing portal
///
/// Always refused: nothing costs anything.
#[utoipa::path(
    post,
    path = "/organizations/{org_id}/subscriptions/portal",
    operation_id = "open_portal",
    tag = "subscriptions",
    params(("org_id" = UuidText, Path, description = "From `GET /organizations`.")),
    responses(ManageErrors),
)]
pub(crate) async fn portal(_: Owner) -> Result<Response, ApiError> {
    Err(super::nothing_to_pay())
}
