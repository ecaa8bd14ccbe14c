//! `GET /me`: who is asking.

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_engine::organisation::Owner;

use crate::api::answers::ReadErrors;
use crate::errors::ApiError;
use crate::extract::context::Caller;
use crate::respond;
use crate::wire::me::User;

/// Who am I
///
/// Always the same user: a server has keys, but no users of its own.
#[utoipa::path(
    get,
    path = "/me",
    operation_id = "get_me",
    tag = "me",
    responses((status = 200, description = "The user.", body = User), ReadErrors),
)]
pub(crate) async fn get(caller: Caller) -> Result<Response, ApiError> {
    let organisation = caller.store().organisation().await?;
    let user = User::from(Owner::of(&organisation));
    Ok(respond::json(StatusCode::OK, &user))
}
