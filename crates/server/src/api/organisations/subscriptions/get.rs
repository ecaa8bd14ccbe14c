//! `GET /organizations/{org_id}/subscriptions`: the terms.

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_engine::organisation::Subscription;
use pandaprobe_model::Timestamp;

use crate::api::answers::ReadErrors;
use crate::errors::ApiError;
use crate::extract::member::Member;
use crate::respond;
use crate::wire::subscription::SubscriptionAnswer;
use crate::wire::values::UuidText;

/// Get the subscription
///
/// The plan is fixed: nothing is limited and nothing costs.
#[utoipa::path(
    get,
    path = "/organizations/{org_id}/subscriptions",
    operation_id = "get_subscription",
    tag = "subscriptions",
    params(("org_id" = UuidText, Path, description = "From `GET /organizations`.")),
    responses(
        (status = 200, description = "The subscription.", body = SubscriptionAnswer),
        ReadErrors,
    ),
)]
pub(crate) async fn get(member: Member) -> Result<Response, ApiError> {
    let subscription = Subscription::of(&member.organisation, Timestamp::now());
    let answer = SubscriptionAnswer::from(subscription);
    Ok(respond::json(StatusCode::OK, &answer))
}
