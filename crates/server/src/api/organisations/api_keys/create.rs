//! `POST /organizations/{org_id}/api-keys`: makes a key.

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_model::Timestamp;

use crate::api::answers::{BodyErrors, ManageErrors};
use crate::errors::ApiError;
use crate::extract::body::{RequestBody, read};
use crate::extract::member::Owner;
use crate::respond;
use crate::wire::decode::manage;
use crate::wire::key::{ApiKey, ApiKeyCreate};
use crate::wire::values::UuidText;

/// Make an API key
///
/// It opens the organization, or one project, to do everything or to read. The key
/// is in `raw_key` and is never shown again.
#[utoipa::path(
    post,
    path = "/organizations/{org_id}/api-keys",
    operation_id = "create_api_key",
    tag = "api keys",
    params(("org_id" = UuidText, Path, description = "From `GET /organizations`.")),
    request_body = ApiKeyCreate,
    responses((status = 201, description = "Made.", body = ApiKey), ManageErrors, BodyErrors),
)]
pub(crate) async fn create(owner: Owner, body: RequestBody) -> Result<Response, ApiError> {
    let now = Timestamp::now();
    let wanted = read(body.bytes, move |body| manage::key(body, now)).await?;
    let made = owner.engine().create_key(wanted).await?;
    let key = ApiKey::made(owner.organisation().id, made, now);
    Ok(respond::secret(StatusCode::CREATED, &key))
}
