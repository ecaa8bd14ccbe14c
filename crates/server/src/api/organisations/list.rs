//! `GET /organizations`: the one organisation.

use axum::http::StatusCode;
use axum::response::Response;

use crate::api::answers::ReadErrors;
use crate::errors::ApiError;
use crate::extract::context::Caller;
use crate::respond;
use crate::wire::organisation::Organization;

/// List organizations
///
/// A server has exactly one.
#[utoipa::path(
    get,
    path = "/organizations",
    operation_id = "list_organizations",
    tag = "organizations",
    responses(
        (status = 200, description = "The organization.", body = Vec<Organization>),
        ReadErrors,
    ),
)]
pub(crate) async fn list(caller: Caller) -> Result<Response, ApiError> {
    let organisation = caller.store().organisation().await?;
    let list = [Organization::from(organisation)];
    Ok(respond::json(StatusCode::OK, &list))
}
