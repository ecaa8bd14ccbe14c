//! `GET /sessions/by-id`: as `GET /sessions/{session_id}`, for ids that do not
//! fit into a path.

use axum::response::Response;
use utoipa::IntoParams;

use super::get::{SessionParams, session};
use crate::api::answers::{NotFound, ReadErrors};
use crate::errors::ApiError;
use crate::extract::context::Scope;
use crate::extract::query::{Pairs, Query, QueryParams};
use crate::wire::session::SessionDetail;

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
