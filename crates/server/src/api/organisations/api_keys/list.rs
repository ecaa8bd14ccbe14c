//! `GET /organizations/{org_id}/api-keys`: all keys.

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_model::Timestamp;

use crate::api::answers::ReadErrors;
use crate::errors::ApiError;
use crate::extract::member::Member;
use crate::respond;
use crate::wire::key::ApiKey;
use crate::wire::values::UuidText;

/// List API keys
///
/// Newest first, revoked and expired ones too. A key for one project shows only
/// those for the same project.
#[utoipa::path(
    get,
    path = "/organizations/{org_id}/api-keys",
    operation_id = "list_api_keys",
    tag = "api keys",
    params(("org_id" = UuidText, Path, description = "From `GET /organizations`.")),
    responses(
        (status = 200, description = "All keys; `raw_key` is null.", body = Vec<ApiKey>),
        ReadErrors,
    ),
)]
pub(crate) async fn list(member: Member) -> Result<Response, ApiError> {
    let (org_id, now) = (member.organisation.id, Timestamp::now());
    let keys = member.store().api_keys().await?.into_iter();
    let list: Vec<_> = keys
        .filter(|key| member.may_see(key))
        .map(|key| ApiKey::new(org_id, key, now))
        .collect();
    Ok(respond::json(StatusCode::OK, &list))
}
