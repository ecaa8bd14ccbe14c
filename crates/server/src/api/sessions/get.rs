//! `GET /sessions/{session_id}`: one session with a part of its traces.

use axum::response::Response;
use pandaprobe_model::query::Window;
use utoipa::IntoParams;

use super::missing;
use crate::api::answers::{NotFound, ReadErrors};
use crate::errors::ApiError;
use crate::extract::context::Scope;
use crate::extract::path::SessionIdPath;
use crate::extract::query::{Pairs, Query, QueryParams};
use crate::respond;
use crate::wire::session::SessionDetail;

/// Which part of the traces.
#[derive(Debug, Clone, Copy, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SessionParams {
    /// At most this many traces.
    #[param(required = false, minimum = 1, maximum = 1000, default = 200)]
    limit: u32,
    /// After leaving out this many.
    #[param(required = false, minimum = 0, default = 0)]
    offset: u64,
}

impl QueryParams for SessionParams {
    fn read(query: &mut Pairs) -> Self {
        let Window { limit, offset } = query.window(1000, 200);
        Self { limit, offset }
    }
}

/// Get a session
///
/// The totals cover all of its traces; `traces` is the part that was asked for,
/// by start, with spans and payloads. Ids that do not fit into a path, such as
/// `.` or `by-id`, can be asked for with `/sessions/by-id`.
#[utoipa::path(
    get,
    path = "/sessions/{session_id}",
    operation_id = "get_session",
    tag = "sessions",
    params(("session_id" = String, Path, description = "Percent-encoded."), SessionParams),
    responses((status = 200, description = "The session.", body = SessionDetail), NotFound, ReadErrors),
)]
pub(crate) async fn get(
    scope: Scope,
    SessionIdPath(id): SessionIdPath,
    Query(params): Query<SessionParams>,
) -> Result<Response, ApiError> {
    session(&scope, id, params).await
}

/// Answers with the session `id`.
pub(crate) async fn session(
    scope: &Scope,
    id: String,
    params: SessionParams,
) -> Result<Response, ApiError> {
    let SessionParams { limit, offset } = params;
    let project = scope.project().await?.ok_or_else(missing)?;
    let window = Window { limit, offset };
    let session = scope.store().session(project.key, id, window).await?;
    let session = session.ok_or_else(missing)?;
    respond::large(move || SessionDetail::new(project.id, session)).await
}
