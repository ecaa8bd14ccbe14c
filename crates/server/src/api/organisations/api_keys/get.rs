//! `GET /organizations/{org_id}/api-keys/{key_id}`: one key.

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_model::Timestamp;

use crate::api::answers::{NotFound, ReadErrors};
use crate::errors::ApiError;
use crate::extract::member::{KeyPath, Member};
use crate::respond;
use crate::wire::key::ApiKey;
use crate::wire::values::UuidText;

/// Get an API key
#[utoipa::path(
    get,
    path = "/organizations/{org_id}/api-keys/{key_id}",
    operation_id = "get_api_key",
    tag = "api keys",
    params(
        ("org_id" = UuidText, Path, description = "From `GET /organizations`."),
        ("key_id" = UuidText, Path, description = "From `GET /organizations/{org_id}/api-keys`."),
    ),
    responses(
        (status = 200, description = "The key; `raw_key` is null.", body = ApiKey),
        NotFound,
        ReadErrors,
    ),
)]
pub(crate) async fn get(member: Member, KeyPath(id): KeyPath) -> Result<Response, ApiError> {
    let key = member.api_key(id).await?;
    let key = ApiKey::new(member.organisation.id, key, Timestamp::now());
    Ok(respond::json(StatusCode::OK, &key))
}
