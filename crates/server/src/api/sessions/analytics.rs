//! `GET /sessions/analytics`: figures about sessions over time.

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_model::Timestamp;
use pandaprobe_model::analytics::{AnalyticsQuery, Granularity};
use pandaprobe_model::filter::{Entity, Filter};
use utoipa::IntoParams;

use crate::api::answers::ReadErrors;
use crate::errors::ApiError;
use crate::extract::context::Scope;
use crate::extract::query::{Pairs, Query, QueryParams};
use crate::respond;
use crate::wire::analytics::SessionAnalyticsRow;
use crate::wire::words::GranularityWord;

/// When.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SessionAnalyticsParams {
    /// The width of a bucket; `day` when absent. Weeks begin on Monday.
    #[param(value_type = Option<GranularityWord>)]
    granularity: Granularity,
    /// With traces started at or after.
    #[param(value_type = String, format = DateTime)]
    started_after: Timestamp,
    /// With traces started before.
    #[param(value_type = String, format = DateTime)]
    started_before: Timestamp,
    /// Of which sessions, in the filter language; see `/filter-schema`.
    #[param(value_type = Option<String>, example = "tag:prod status:error")]
    filter: Filter,
}

impl QueryParams for SessionAnalyticsParams {
    fn read(query: &mut Pairs) -> Self {
        Self {
            granularity: query.word("granularity").unwrap_or_default(),
            started_after: query.required_time("started_after"),
            started_before: query.required_time("started_before"),
            filter: query.filter(Entity::Session),
        }
    }
}

/// Analyse sessions
///
/// One row for each bucket of time (UTC) with anything in it, in order of time.
/// Only traces that started in the range count; a session is placed by the first
/// of them.
#[utoipa::path(
    get,
    path = "/sessions/analytics",
    operation_id = "analyse_sessions",
    tag = "sessions",
    params(SessionAnalyticsParams),
    responses((status = 200, description = "Rows.", body = Vec<SessionAnalyticsRow>), ReadErrors),
)]
pub(crate) async fn analytics(
    scope: Scope,
    Query(params): Query<SessionAnalyticsParams>,
) -> Result<Response, ApiError> {
    let SessionAnalyticsParams {
        granularity,
        started_after,
        started_before,
        filter,
    } = params;
    let query = AnalyticsQuery {
        filter,
        from: started_after,
        to: started_before,
        granularity,
    };
    let rows = match scope.project().await? {
        Some(project) => scope.store().session_analytics(project.key, query).await?,
        None => Vec::new(),
    };
    let rows: Vec<_> = rows.into_iter().map(SessionAnalyticsRow::from).collect();
    Ok(respond::json(StatusCode::OK, &rows))
}
