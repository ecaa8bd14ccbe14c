//! Every route of the product.

use std::any::Any;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate as _, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::{health, login, openapi, organisations, root, sessions, traces};
use crate::errors::{ApiError, ErrorCode};
use crate::security::origin;
use crate::state::App;
use crate::ui;

/// The endpoints that the specification describes.
pub(crate) fn endpoints() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::Frame::openapi())
        // Data
        .routes(routes!(traces::list::list, traces::create::create))
        .routes(routes!(traces::batch::batch))
        .routes(routes!(traces::get::get))
        .routes(routes!(sessions::list::list))
        .routes(routes!(sessions::by_id::by_id))
        .routes(routes!(sessions::get::get))
        // Management
        .routes(routes!(organisations::list::list))
        .routes(routes!(organisations::projects::projects))
        // The server itself
        .routes(routes!(root::root))
        .routes(routes!(health::health))
        .routes(routes!(login::login))
        .routes(routes!(login::logout))
        .routes(routes!(openapi::openapi))
}

/// The whole server.
pub fn router(app: App) -> Router {
    let (endpoints, _) = endpoints().split_for_parts();
    endpoints
        // The web app
        .route("/ui", get(ui::enter))
        .route("/ui/", get(ui::index))
        .route("/ui/{*path}", get(ui::page))
        // Where older clients look for documentation
        .route("/docs", get(specification))
        .route("/redoc", get(specification))
        .route("/scalar", get(specification))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(
            ServiceBuilder::new()
                .layer(from_fn(request_id))
                .layer(nosniff())
                .layer(CatchPanicLayer::custom(panicked))
                .layer(from_fn_with_state(app.clone(), origin::guard))
                .layer(compression()),
        )
        .with_state(app)
}

fn compression() -> CompressionLayer<impl tower_http::compression::Predicate> {
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(DefaultPredicate::new().and(SizeAbove::new(1024)))
}

fn nosniff() -> SetResponseHeaderLayer<HeaderValue> {
    let nosniff = HeaderValue::from_static("nosniff");
    SetResponseHeaderLayer::overriding(X_CONTENT_TYPE_OPTIONS, nosniff)
}

async fn specification() -> Redirect {
    Redirect::temporary("/openapi.json")
}

async fn not_found() -> ApiError {
    ApiError::not_found("Not Found")
}

async fn method_not_allowed() -> ApiError {
    ApiError::new(ErrorCode::MethodNotAllowed, "Method Not Allowed")
}

fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let cause = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("unknown cause");
    tracing::error!(cause, "a handler panicked");
    ApiError::internal().into_response()
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives every answer the request's id, or a new one.
async fn request_id(request: Request, next: Next) -> Response {
    let sent = request.headers().get(REQUEST_ID);
    let id = sent
        .filter(|id| !id.is_empty() && id.len() <= 200 && id.to_str().is_ok())
        .cloned()
        .or_else(|| HeaderValue::try_from(uuid::Uuid::new_v4().to_string()).ok());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    let status = response.status().as_u16();
    tracing::debug!(%method, path, status, request_id = ?id, "request");
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_problem_like_any_other() {
        use tower::ServiceExt as _;
        async fn broken() -> &'static str {
            panic!("secret")
        }
        let router: Router = Router::new()
            .route("/", get(broken))
            .layer(CatchPanicLayer::custom(panicked));
        let answer = router
            .oneshot(Request::<axum::body::Body>::default())
            .await
            .unwrap();
        assert_eq!(answer.status(), 500);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let body = axum::body::to_bytes(answer.into_body(), 10_000)
            .await
            .unwrap();
        let body = std::str::from_utf8(&body).unwrap();
        assert!(
            body.contains("Internal Server Error") && !body.contains("secret"),
            "{body}"
        );
    }
}
