//! `GET /organizations/{org_id}/subscriptions/billing`: nothing to pay.

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_engine::organisation::Subscription;
use pandaprobe_model::Timestamp;

use crate::api::answers::ReadErrors;
use crate::errors::ApiError;
use crate::extract::member::Member;
use crate::respond;
use crate::wire::subscription::Billing;
use crate::wire::values::UuidText;

/// Get the bill
///
/// Nothing costs anything.
#[utoipa::path(
    get,
    path = "/organizations/{org_id}/subscriptions/billing",
    operation_id = "get_billing",
    tag = "subscriptions",
    params(("org_id" = UuidText, Path, description = "From `GET /organizations`.")),
    responses(
        (status = 200, description = "What is owed for this month: nothing.", body = Billing),
        ReadErrors,
    ),
)]
pub(crate) async fn billing(member: Member) -> Result<Response, ApiError> {
    let subscription = Subscription::of(&member.organisation, Timestamp::now());
    Ok(respond::json(StatusCode::OK, &Billing::new(&subscription)))
}
