//! `GET /subscriptions/plans`: the one plan.

use axum::http::StatusCode;
use axum::response::Response;

use crate::api::answers::ReadErrors;
use crate::errors::ApiError;
use crate::extract::context::Caller;
use crate::respond;
use crate::wire::subscription::Plan;

/// List plans
///
/// There is one, without limits and without cost.
#[utoipa::path(
    get,
    path = "/subscriptions/plans",
    operation_id = "list_plans",
    tag = "subscriptions",
    responses((status = 200, description = "The plan.", body = Vec<Plan>), ReadErrors),
)]
pub(crate) async fn plans(_: Caller) -> Result<Response, ApiError> {
    Ok(respond::json(StatusCode::OK, &[Plan::ONLY]))
}
