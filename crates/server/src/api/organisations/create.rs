//! `POST /organizations`: always refused.

use axum::response::Response;

use crate::api::answers::ManageErrors;
use crate::errors::ApiError;
use crate::extract::member::Manager;

/// Make an organization
///
/// Always refused: a server has exactly one.
#[utoipa::path(
    post,
    path = "/organizations",
    operation_id = "create_organization",
    tag = "organizations",
    responses(ManageErrors)
)]
pub(crate) async fn create(_: Manager) -> Result<Response, ApiError> {
    Err(ApiError::forbidden(
        "This server has exactly one organization; keep things apart in projects, or run \
         another server",
    ))
}
