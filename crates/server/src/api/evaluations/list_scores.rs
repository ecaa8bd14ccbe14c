//! `GET /evaluations/trace-scores`: the scores of a project.

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_model::query::{Page, Window};
use pandaprobe_model::score::{ScoreDataType, ScoreQuery, ScoreSource, ScoreStatus};
use pandaprobe_model::{Timestamp, TraceId};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::answers::ReadErrors;
use crate::errors::ApiError;
use crate::extract::context::Scope;
use crate::extract::query::{PageParams, Pairs, Query, QueryParams};
use crate::respond;
use crate::wire::score::TraceScore;
use crate::wire::values::{TraceIdText, UuidText};
use crate::wire::words::{ScoreDataTypeWord, ScoreSourceWord, ScoreStatusWord};

/// Which scores.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ScoreFilters {
    /// Of this trace.
    #[param(value_type = Option<TraceIdText>)]
    trace_id: Option<TraceId>,
    /// With this name.
    name: Option<String>,
    /// From this source.
    #[param(value_type = Option<ScoreSourceWord>)]
    source: Option<ScoreSource>,
    /// With this status.
    #[param(value_type = Option<ScoreStatusWord>)]
    status: Option<ScoreStatus>,
    /// With this data type.
    #[param(value_type = Option<ScoreDataTypeWord>)]
    data_type: Option<ScoreDataType>,
    /// Made by this evaluation run; scores that were sent in are made by none.
    #[param(value_type = Option<UuidText>)]
    eval_run_id: Option<Uuid>,
    /// With this environment; scores that were sent in have none.
    environment: Option<String>,
    /// Stored at or after.
    #[param(value_type = Option<String>, format = DateTime)]
    date_from: Option<Timestamp>,
    /// Stored before.
    #[param(value_type = Option<String>, format = DateTime)]
    date_to: Option<Timestamp>,
}

impl QueryParams for ScoreFilters {
    fn read(query: &mut Pairs) -> Self {
        Self {
            trace_id: query.id("trace_id", TraceId::parse),
            name: query.text("name"),
            source: query.word("source"),
            status: query.word("status"),
            data_type: query.word("data_type"),
            eval_run_id: query.id("eval_run_id", Uuid::try_parse),
            environment: query.text("environment"),
            date_from: query.time("date_from"),
            date_to: query.time("date_to"),
        }
    }
}

impl ScoreFilters {
    /// Returns the query; `None` if nothing can match.
    fn query(self, window: Window) -> Option<ScoreQuery> {
        let Self {
            trace_id,
            name,
            source,
            status,
            data_type,
            eval_run_id,
            environment,
            date_from,
            date_to,
        } = self;
        if eval_run_id.is_some() || environment.is_some() {
            // Every score here was sent in.
            return None;
        }
        Some(ScoreQuery {
            trace_id,
            name,
            source,
            status,
            data_type,
            created_after: date_from,
            created_before: date_to,
            window,
        })
    }
}

/// A part of the matching scores.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceScorePage {
    items: Vec<TraceScore>,
    /// How many match in all.
    total: u64,
    limit: u32,
    offset: u64,
}

/// List scores of traces
///
/// Newest first.
#[utoipa::path(
    get,
    path = "/evaluations/trace-scores",
    operation_id = "list_trace_scores",
    tag = "evaluations",
    params(ScoreFilters, PageParams),
    responses(
        (status = 200, description = "A page of scores.", body = TraceScorePage),
        ReadErrors,
    ),
)]
pub(crate) async fn list_scores(
    scope: Scope,
    Query(filters): Query<ScoreFilters>,
    Query(part): Query<PageParams>,
) -> Result<Response, ApiError> {
    let window = Window::from(part);
    let (items, total) = match (scope.project().await?, filters.query(window)) {
        (Some(project), Some(query)) => {
            let Page { items, total } = scope.store().scores(project.key, query).await?;
            let items = items.into_iter();
            let items = items.map(|score| TraceScore::new(project.id, score));
            (items.collect(), total)
        }
        _ => (Vec::new(), 0),
    };
    let page = TraceScorePage {
        items,
        total,
        limit: window.limit,
        offset: window.offset,
    };
    Ok(respond::json(StatusCode::OK, &page))
}
