//! Every route of the product.

use std::any::Any;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use tower::ServiceBuilder;
use tower::util::option_layer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate as _, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::organisations::{self, api_keys, invitations, members, projects, subscriptions};
use crate::api::{
    cli, evaluations, filter_schema, health, login, me, openapi, root, sessions,
    subscriptions as offers, traces,
};
use crate::errors::{ApiError, ErrorCode};
use crate::extract::unread;
use crate::security::{cors, origin, rate};
use crate::state::App;
use crate::ui;

/// The endpoints that the specification describes.
pub(crate) fn endpoints() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::Frame::openapi())
        // Data
        .routes(routes!(traces::list::list, traces::create::create))
        .routes(routes!(traces::batch::batch))
        .routes(routes!(traces::batch_delete::batch_delete))
        .routes(routes!(traces::batch_tags::batch_tags))
        .routes(routes!(traces::analytics::analytics))
        .routes(routes!(traces::users::users))
        .routes(routes!(
            traces::get::get,
            traces::update::update,
            traces::delete::delete
        ))
        .routes(routes!(traces::add_spans::add_spans))
        .routes(routes!(traces::update_span::update_span))
        .routes(routes!(sessions::list::list))
        .routes(routes!(sessions::batch_delete::batch_delete))
        .routes(routes!(sessions::batch_tags::batch_tags))
        .routes(routes!(sessions::analytics::analytics))
        .routes(routes!(
            sessions::by_id::by_id,
            sessions::by_id::update_by_id,
            sessions::by_id::delete_by_id
        ))
        .routes(routes!(
            sessions::get::get,
            sessions::update::update,
            sessions::delete::delete
        ))
        .routes(routes!(
            evaluations::list_scores::list_scores,
            evaluations::create_score::create_score
        ))
        // Management
        .routes(routes!(me::get::get))
        .routes(routes!(me::invitations::invitations))
        .routes(routes!(me::accept_invitation::accept_invitation))
        .routes(routes!(me::decline_invitation::decline_invitation))
        .routes(routes!(
            organisations::list::list,
            organisations::create::create
        ))
        .routes(routes!(
            organisations::get::get,
            organisations::update::update,
            organisations::delete::delete
        ))
        .routes(routes!(members::list::list))
        .routes(routes!(members::update::update, members::remove::remove))
        .routes(routes!(
            invitations::list::list,
            invitations::create::create
        ))
        .routes(routes!(invitations::delete::delete))
        .routes(routes!(projects::list::list, projects::create::create))
        .routes(routes!(
            projects::get::get,
            projects::update::update,
            projects::delete::delete
        ))
        .routes(routes!(api_keys::list::list, api_keys::create::create))
        .routes(routes!(api_keys::get::get, api_keys::delete::delete))
        .routes(routes!(api_keys::rotate::rotate))
        .routes(routes!(subscriptions::get::get))
        .routes(routes!(subscriptions::usage::usage))
        .routes(routes!(subscriptions::billing::billing))
        .routes(routes!(subscriptions::invoices::invoices))
        .routes(routes!(subscriptions::checkout::checkout))
        .routes(routes!(subscriptions::portal::portal))
        .routes(routes!(offers::plans::plans))
        .routes(routes!(cli::codes::codes))
        .routes(routes!(cli::exchange::exchange))
        .routes(routes!(filter_schema::filter_schema))
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
    let routes = endpoints
        // The web app
        .route("/ui", get(ui::enter))
        .route("/ui/", get(ui::index))
        .route("/ui/{*path}", get(ui::page))
        // Where older clients look for documentation
        .route("/docs", get(specification))
        .route("/redoc", get(specification))
        .route("/scalar", get(specification))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed);
    guarded(routes, &app).with_state(app)
}

/// Puts around the routes what holds for every request.
fn guarded(routes: Router<App>, app: &App) -> Router<App> {
    routes.layer(
        ServiceBuilder::new()
            .layer(from_fn(request_id))
            .layer(nosniff())
            .layer(from_fn(unread::drain))
            .layer(from_fn_with_state(app.clone(), origin::guard))
            // Around all that can fail: pages that are let in may read errors, too.
            .layer(option_layer(cors::layer(
                &app.settings.cors_allowed_origins,
            )))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn_with_state(app.clone(), rate::limit))
            .layer(compression()),
    )
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
    use std::sync::Arc;

    use pandaprobe_engine::{Engine, Limits};

    use super::*;
    use crate::state::Settings;

    #[tokio::test]
    async fn a_panic_is_a_problem_like_any_other() {
        use pandaprobe_store::sqlite::{Options, SqliteStore};
        use tower::ServiceExt as _;
        async fn broken() -> &'static str {
            panic!("secret")
        }
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(Options::new(dir.path())).unwrap();
        let engine = Engine::new(Arc::new(store), Limits::default());
        let app = App::new(Arc::new(engine), Settings::default());
        let routes = Router::new().route("/", get(broken));
        let request = Request::builder().header("x-request-id", "mine");
        let answer = guarded(routes, &app)
            .with_state(app)
            .oneshot(request.body(axum::body::Body::empty()).unwrap())
            .await
            .unwrap();
        assert_eq!(answer.status(), 500);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        assert_eq!(answer.headers()["x-request-id"], "mine");
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
