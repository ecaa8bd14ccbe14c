//! `GET /traces/analytics`: figures about traces over time.

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_model::Timestamp;
use pandaprobe_model::analytics::{AnalyticsQuery, Granularity};
use pandaprobe_model::filter::{Entity, Filter};
use pandaprobe_model::project::Project;
use utoipa::IntoParams;

use crate::api::answers::ReadErrors;
use crate::errors::ApiError;
use crate::extract::context::Scope;
use crate::extract::query::{Pairs, Query, QueryParams};
use crate::respond;
use crate::wire::analytics::{ModelUsageRow, TokenUsageRow, TraceAnalyticsRow, TraceVolumeRow};
use crate::wire::words::{GranularityWord, TraceMetric, TraceMetricWord};

/// So many models are named.
const MOST_MODELS: u32 = 10;

/// What about, and when.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TraceAnalyticsParams {
    /// What about; `volume` when absent. `errors` and `latency` give the same rows, and so do
    /// `cost` and `tokens`.
    #[param(value_type = Option<TraceMetricWord>)]
    metric: TraceMetric,
    /// The width of a bucket; `day` when absent. Weeks begin on Monday. Of no account for
    /// `models`.
    #[param(value_type = Option<GranularityWord>)]
    granularity: Granularity,
    /// Started at or after.
    #[param(value_type = String, format = DateTime)]
    started_after: Timestamp,
    /// Started before.
    #[param(value_type = String, format = DateTime)]
    started_before: Timestamp,
    /// Of which traces, in the filter language; see `/filter-schema`.
    #[param(value_type = Option<String>, example = "tag:prod -user:test")]
    filter: Filter,
}

impl QueryParams for TraceAnalyticsParams {
    fn read(query: &mut Pairs) -> Self {
        Self {
            metric: query.word("metric").unwrap_or_default(),
            granularity: query.word("granularity").unwrap_or_default(),
            started_after: query.required_time("started_after"),
            started_before: query.required_time("started_before"),
            filter: query.filter(Entity::Trace),
        }
    }
}

/// Analyse traces
///
/// One row for each bucket of time (UTC) with anything in it, in order of time.
/// Traces are placed by their start; tokens, cost and models by the start of the
/// span. `models` gives the ten that were called most, most calls first.
#[utoipa::path(
    get,
    path = "/traces/analytics",
    operation_id = "analyse_traces",
    tag = "traces",
    params(TraceAnalyticsParams),
    responses(
        (status = 200, description = "Rows; which ones depends on the metric.",
            body = Vec<TraceAnalyticsRow>),
        ReadErrors,
    ),
)]
pub(crate) async fn analytics(
    scope: Scope,
    Query(params): Query<TraceAnalyticsParams>,
) -> Result<Response, ApiError> {
    let rows = match scope.project().await? {
        Some(project) => rows(&scope, &project, params).await?,
        None => Vec::new(),
    };
    Ok(respond::json(StatusCode::OK, &rows))
}

async fn rows(
    scope: &Scope,
    project: &Project,
    params: TraceAnalyticsParams,
) -> Result<Vec<TraceAnalyticsRow>, ApiError> {
    let TraceAnalyticsParams {
        metric,
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
    let (store, project) = (scope.store(), project.key);
    Ok(match metric {
        TraceMetric::Volume | TraceMetric::Errors | TraceMetric::Latency => {
            let rows = store.trace_analytics(project, query).await?.into_iter();
            rows.map(|row| TraceAnalyticsRow::Traces(TraceVolumeRow::from(row)))
                .collect()
        }
        TraceMetric::Cost | TraceMetric::Tokens => {
            let rows = store.usage_analytics(project, query).await?.into_iter();
            rows.map(|row| TraceAnalyticsRow::Usage(TokenUsageRow::from(row)))
                .collect()
        }
        TraceMetric::Models => {
            let rows = store.model_analytics(project, query, MOST_MODELS).await?;
            rows.into_iter()
                .map(|row| TraceAnalyticsRow::Model(ModelUsageRow::from(row)))
                .collect()
        }
    })
}
