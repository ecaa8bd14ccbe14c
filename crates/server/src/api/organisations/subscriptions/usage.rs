//! `GET /organizations/{org_id}/subscriptions/usage`: how much is stored.

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_engine::organisation::Subscription;
use pandaprobe_model::Timestamp;

use crate::api::answers::ReadErrors;
use crate::errors::ApiError;
use crate::extract::member::Member;
use crate::respond;
use crate::wire::subscription::SubscriptionUsage;
use crate::wire::values::UuidText;

/// Get the usage
///
/// Counts what is stored now. Limits of 9007199254740991 are none.
#[utoipa::path(
    get,
    path = "/organizations/{org_id}/subscriptions/usage",
    operation_id = "get_subscription_usage",
    tag = "subscriptions",
    params(("org_id" = UuidText, Path, description = "From `GET /organizations`.")),
    responses(
        (status = 200, description = "What is used of the plan.", body = SubscriptionUsage),
        ReadErrors,
    ),
)]
pub(crate) async fn usage(member: Member) -> Result<Response, ApiError> {
    let traces = member
        .engine()
        .stored_traces(member.rights().project())
        .await?;
    let subscription = Subscription::of(&member.organisation, Timestamp::now());
    let usage = SubscriptionUsage::new(&subscription, traces);
    Ok(respond::json(StatusCode::OK, &usage))
}
