//! `GET /`: the web app for browsers, a greeting for programs.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::VERSION;
use crate::api::answers::{ForeignPlace, RateLimited};
use crate::respond;

/// Who answers here.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Greeting {
    #[schema(value_type = String, example = "PandaProbe")]
    name: &'static str,
    #[schema(value_type = String, example = "0.1.0")]
    version: &'static str,
    #[schema(value_type = String, example = "healthy")]
    status: &'static str,
    #[schema(value_type = String, example = "/docs")]
    docs: &'static str,
    #[schema(value_type = String, example = "/scalar")]
    scalar: &'static str,
}

/// Greeting
///
/// Browsers are sent to the web app.
#[utoipa::path(
    get,
    path = "/",
    tag = "server",
    responses(
        (status = 200, description = "For programs.", body = Greeting),
        (status = 303, description = "For browsers: the web app is at `/ui/`."),
        ForeignPlace,
        RateLimited,
    ),
    security(()),
)]
pub(crate) async fn root(headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok());
    let mut response = if accept.is_some_and(|types| types.contains("text/html")) {
        Redirect::to("/ui/").into_response()
    } else {
        let greeting = Greeting {
            name: "PandaProbe",
            version: VERSION,
            status: "healthy",
            docs: "/docs",
            scalar: "/scalar",
        };
        respond::json(StatusCode::OK, &greeting)
    };
    let accept = header::HeaderValue::from_static("accept");
    response.headers_mut().insert(header::VARY, accept);
    response
}
