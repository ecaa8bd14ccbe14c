//! `/sessions/by-id`: as `/sessions/{session_id}`, for ids that do not fit into
//! a path.

use axum::response::Response;
use utoipa::IntoParams;

use super::delete::remove;
use super::get::{SessionParams, session};
use super::update::change;
use crate::api::answers::{CommandErrors, Deleted, NotFound, ReadErrors, WriteErrors};
use crate::errors::ApiError;
use crate::extract::body::RequestBody;
use crate::extract::context::Scope;
use crate::extract::query::{Pairs, Query, QueryParams};
use crate::wire::session::{SessionDetail, SessionSummary};
use crate::wire::update::SessionUpdate;

/// Which session.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct IdParam {
    /// The session's id, any text.
    id: String,
}

impl QueryParams for IdParam {
    fn read(query: &mut Pairs) -> Self {
        Self {
            id: query.required_text("id"),
        }
    }
}

/// Get a session by any id
///
/// Session ids may hold any character, slashes and dots included.
#[utoipa::path(
    get,
    path = "/sessions/by-id",
    operation_id = "get_session_by_id",
    tag = "sessions",
    params(IdParam, SessionParams),
    responses((status = 200, description = "The session.", body = SessionDetail), NotFound, ReadErrors),
)]
pub(crate) async fn by_id(
    scope: Scope,
    Query(IdParam { id }): Query<IdParam>,
    Query(params): Query<SessionParams>,
) -> Result<Response, ApiError> {
    session(&scope, id, params).await
}

/// Change a session by any id
///
/// As `PATCH /sessions/{session_id}`.
#[utoipa::path(
    patch,
    path = "/sessions/by-id",
    operation_id = "update_session_by_id",
    tag = "sessions",
    params(IdParam),
    request_body = SessionUpdate,
    responses(
        (status = 200, description = "The session as it is now.", body = SessionSummary),
        NotFound,
        WriteErrors,
    ),
)]
pub(crate) async fn update_by_id(
    scope: Scope,
    Query(IdParam { id }): Query<IdParam>,
    body: RequestBody,
) -> Result<Response, ApiError> {
    change(&scope, id, body).await
}

/// Delete a session by any id
///
/// As `DELETE /sessions/{session_id}`.
#[utoipa::path(
    delete,
    path = "/sessions/by-id",
    operation_id = "delete_session_by_id",
    tag = "sessions",
    params(IdParam),
    responses(
        (status = 200, description = "How many traces it had.", body = Deleted),
        NotFound,
        CommandErrors,
    ),
)]
pub(crate) async fn delete_by_id(
    scope: Scope,
    Query(IdParam { id }): Query<IdParam>,
) -> Result<Response, ApiError> {
    remove(&scope, id).await
}
