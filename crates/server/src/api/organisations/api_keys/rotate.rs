//! `POST /organizations/{org_id}/api-keys/{key_id}/rotate`: makes its successor.

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_engine::keys::Rotation;
use pandaprobe_model::Timestamp;

use crate::api::answers::{ManageErrors, NotFound};
use crate::errors::ApiError;
use crate::extract::member::{KeyPath, Owner, no_key};
use crate::respond;
use crate::wire::key::ApiKey;
use crate::wire::values::UuidText;

/// Rotate an API key
///
/// Makes a key with the same name and rights that lives 90 days; it is in `raw_key`
/// and is never shown again. The old key goes on until it expires or is revoked.
/// 422 for a key that was revoked or never expires.
#[utoipa::path(
    post,
    path = "/organizations/{org_id}/api-keys/{key_id}/rotate",
    operation_id = "rotate_api_key",
    tag = "api keys",
    params(
        ("org_id" = UuidText, Path, description = "From `GET /organizations`."),
        ("key_id" = UuidText, Path, description = "From `GET /organizations/{org_id}/api-keys`."),
    ),
    responses(
        (status = 201, description = "The new key.", body = ApiKey),
        NotFound,
        ManageErrors,
    ),
)]
pub(crate) async fn rotate(owner: Owner, KeyPath(id): KeyPath) -> Result<Response, ApiError> {
    let now = Timestamp::now();
    let made = match owner.engine().rotate_key(id, now).await? {
        Rotation::Done(made) => made,
        Rotation::Missing => return Err(no_key(id)),
        Rotation::Revoked => {
            return Err(ApiError::unprocessable(
                "A revoked API key cannot be rotated",
            ));
        }
        Rotation::NeverExpires => {
            return Err(ApiError::unprocessable(
                "An API key that never expires cannot be rotated",
            ));
        }
    };
    let key = ApiKey::made(owner.organisation().id, made, now);
    Ok(respond::secret(StatusCode::CREATED, &key))
}
