//! `POST /organizations/{org_id}/subscriptions/checkout`: always refused.

use axum::response::Response;

use crate::api::answers::ManageErrors;
use crate::errors::ApiError;
use crate::extract::member::Owner;
use crate::wire::values::UuidText;

/// Subscribe to a plan
///
/// Always refused: nothing costs anything.
#[utoipa::path(
    post,
    path = "/organizations/{org_id}/subscriptions/checkout",
    operation_id = "open_checkout",
    tag = "subscriptions",
    params(("org_id" = UuidText, Path, description = "From `GET /organizations`.")),
    responses(ManageErrors),
)]
pub(crate) async fn checkout(_: Owner) -> Result<Response, ApiError> {
    Err(super::nothing_to_pay())
}
