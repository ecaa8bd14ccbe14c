//! `GET /openapi.json`: what this file's neighbours document.

use std::sync::OnceLock;

use axum::response::Response;
use utoipa::Modify;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};

use crate::api::answers::{ForeignPlace, RateLimited};
use crate::errors::{ApiError, Problem};
use crate::wire::words::{
    GranularityWord, OrderWord, ScoreStatusWord, SessionSortWord, TraceMetricWord, TraceSortWord,
};
use crate::{respond, router};

/// The parts of the specification that belong to no endpoint.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "PandaProbe",
        description = "What AI agents did, session by session.\n\n\
            The project is named in the header `X-Project-Name`; on a loopback address it may be \
            left out (`default`), and so may the key. Reading an unknown project gives empty lists; \
            writing makes it.\n\n\
            Times are UTC. Errors are `application/problem+json` (RFC 9457). Unknown members and \
            parameters are passed over. Every answer carries `X-Request-ID`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "sessions", description = "One agent lifecycle made of many traces."),
        (name = "traces", description = "One request, made of spans."),
        (name = "evaluations", description = "Scores: judgements on traces."),
        (name = "filters", description = "The language that selects sessions and traces."),
        (name = "organizations", description = "Who owns projects and keys; a server has exactly one."),
        (name = "projects", description = "The boundary of data."),
        (name = "api keys", description = "What opens the organization, or a part of it."),
        (name = "members", description = "Who belongs to the organization: one user, its owner."),
        (name = "me", description = "Who is asking."),
        (name = "subscriptions", description = "The terms: one plan, without limits and without cost."),
        (name = "cli", description = "Logging a command line in through a browser."),
        (name = "server", description = "The server itself."),
    ),
    security((), ("api_key" = []), ("bearer" = []), ("cookie" = [])),
    modifiers(&Security),
    // What only parameters refer to has to be named here.
    components(schemas(Problem, TraceSortWord, SessionSortWord, OrderWord, TraceMetricWord, GranularityWord, ScoreStatusWord)),
)]
pub(crate) struct Frame;

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let header = ApiKeyValue::with_description("X-API-Key", "The key.");
        components.add_security_scheme("api_key", SecurityScheme::ApiKey(ApiKey::Header(header)));
        let bearer = Http::new(HttpAuthScheme::Bearer);
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let cookie = ApiKeyValue::with_description("pandaprobe_key", "Set by `POST /login`.");
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// Returns the whole specification.
pub fn specification() -> OpenApi {
    let (_, openapi) = router::endpoints().split_for_parts();
    openapi
}

/// The specification
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "server",
    responses(
        (status = 200, description = "This document.", body = serde_json::Value),
        ForeignPlace,
        RateLimited,
    ),
    security(()),
)]
pub(crate) async fn openapi() -> Result<Response, ApiError> {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = match TEXT.get() {
        Some(text) => text,
        None => {
            let made = specification().to_json().map_err(|error| {
                tracing::error!(%error, "the specification could not be written");
                ApiError::internal()
            })?;
            TEXT.get_or_init(|| made)
        }
    };
    Ok(respond::text("application/json", text.as_str()))
}
