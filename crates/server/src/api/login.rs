//! `POST /login` and `POST /logout`: keys for browsers, kept in a cookie that
//! scripts cannot read.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use pandaprobe_engine::keys::KeyCheck;
use pandaprobe_model::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::answers::{ForeignPlace, RateLimited, WriteErrors};
use crate::errors::{ApiError, FieldError};
use crate::extract::body::RequestBody;
use crate::security::credentials;
use crate::state::App;
use crate::wire::decode::REQUIRED;

/// Who wants in.
#[derive(Deserialize, ToSchema)]
#[schema(as = Login)]
pub(crate) struct LoginBody {
    /// An API key of the organization.
    #[schema(example = "sk_pp_…")]
    api_key: String,
}

/// Log in
///
/// Checks a key and sets it as an `HttpOnly`, `SameSite=Strict` cookie. Where no
/// keys are required this always succeeds and sets nothing.
#[utoipa::path(
    post,
    path = "/login",
    tag = "server",
    request_body = LoginBody,
    responses((status = 204, description = "Logged in."), WriteErrors),
    security(()),
)]
pub(crate) async fn login(State(app): State<App>, body: RequestBody) -> Result<Response, ApiError> {
    let LoginBody { api_key } = serde_json::from_slice(&body.bytes).map_err(|error| {
        let (field, message) = match error.classify() {
            serde_json::error::Category::Data => ("api_key", REQUIRED.to_owned()),
            _ => ("", format!("JSON decode error: {error}")),
        };
        ApiError::invalid(vec![FieldError::new(field, message)])
    })?;
    if !app.settings.keys_required {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let api_key = api_key.trim();
    match app.engine.check_key(api_key, Timestamp::now()).await? {
        KeyCheck::Valid(_) => Ok(with_cookie(&credentials::cookie(api_key))),
        refused => Err(credentials::invalid_key(&refused)),
    }
}

/// Log out
///
/// Makes the browser forget the key.
#[utoipa::path(
    post,
    path = "/logout",
    tag = "server",
    responses((status = 204, description = "Logged out."), ForeignPlace, RateLimited),
    security(()),
)]
pub(crate) async fn logout() -> Response {
    with_cookie(&credentials::no_cookie())
}

fn with_cookie(cookie: &str) -> Response {
    (
        StatusCode::NO_CONTENT,
        [(header::SET_COOKIE, cookie.to_owned())],
    )
        .into_response()
}
