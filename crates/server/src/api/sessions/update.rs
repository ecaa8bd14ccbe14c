//! `PATCH /sessions/{session_id}`: names a session, adds metadata, sets tags.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_model::query::Window;

use super::missing;
use crate::api::answers::{NotFound, WriteErrors};
use crate::errors::ApiError;
use crate::extract::body::{self, RequestBody, read};
use crate::extract::context::Scope;
use crate::extract::path::SessionIdPath;
use crate::respond;
use crate::wire::decode::patch;
use crate::wire::session::SessionSummary;
use crate::wire::update::SessionUpdate;

/// Change a session
///
/// Only the members that are there count. What is set here stands beside what
/// the session's traces say, and before it where there can be only one. Ids that
/// do not fit into a path can be changed with `/sessions/by-id`.
#[utoipa::path(
    patch,
    path = "/sessions/{session_id}",
    operation_id = "update_session",
    tag = "sessions",
    params(("session_id" = String, Path, description = "Percent-encoded.")),
    request_body = SessionUpdate,
    responses(
        (status = 200, description = "The session as it is now.", body = SessionSummary),
        NotFound,
        WriteErrors,
    ),
)]
pub(crate) async fn update(
    scope: Scope,
    SessionIdPath(id): SessionIdPath,
    body: RequestBody,
) -> Result<Response, ApiError> {
    change(&scope, id, body).await
}

/// Changes the session `id` as `body` says and answers with it.
pub(super) async fn change(
    scope: &Scope,
    id: String,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let patch = read(body.bytes, patch::session).await?;
    let project = scope.project().await?.ok_or_else(missing)?.key;
    let (engine, session) = (Arc::clone(scope.engine()), id.clone());
    let changed = async move { engine.store().patch_session(project, session, patch).await };
    if !body::store(body.held, changed).await? {
        return Err(missing());
    }
    let none = Window {
        limit: 0,
        offset: 0,
    };
    let session = scope.store().session(project, id, none).await?;
    let summary = session.ok_or_else(missing)?.summary;
    Ok(respond::json(
        StatusCode::OK,
        &SessionSummary::from(summary),
    ))
}
