//! `GET /traces`: the traces of a project.

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_model::Timestamp;
use pandaprobe_model::filter::{Entity, Filter, Interval, Test};
use pandaprobe_model::query::{Order, Page, TraceQuery, TraceSort, Window};
use pandaprobe_model::trace::{TraceStatus, TraceSummary};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::api::answers::ReadErrors;
use crate::errors::ApiError;
use crate::extract::context::Scope;
use crate::extract::query::{Pairs, Query, QueryParams};
use crate::respond;
use crate::wire::trace::TraceListItem;
use crate::wire::words::{OrderWord, TraceSortWord, TraceStatusWord};

/// Which traces, in which order.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TraceListParams {
    /// At most this many.
    #[param(required = false, minimum = 1, maximum = 200, default = 50)]
    limit: u32,
    /// After leaving out this many.
    #[param(required = false, minimum = 0, default = 0)]
    offset: u64,
    /// Which, in the filter language; see `/filter-schema`. The parameters below
    /// narrow it further.
    #[param(example = "status:error cost:>0.5 last:7d")]
    #[param(value_type = Option<String>)]
    filter: Filter,
    /// In this session.
    session_id: Option<String>,
    /// In any session (true) or in none (false).
    has_session: Option<bool>,
    /// Of this user.
    user_id: Option<String>,
    /// With this status.
    #[param(value_type = Option<TraceStatusWord>)]
    status: Option<TraceStatus>,
    /// With any of these; repeat the parameter.
    #[param(required = false, style = Form, explode)]
    tags: Vec<String>,
    /// Whose name holds this text, in any case.
    name: Option<String>,
    /// Started at or after.
    #[param(value_type = Option<String>, format = DateTime)]
    started_after: Option<Timestamp>,
    /// Started before.
    #[param(value_type = Option<String>, format = DateTime)]
    started_before: Option<Timestamp>,
    /// What to sort by; `started_at` when absent.
    #[param(value_type = Option<TraceSortWord>)]
    sort_by: TraceSort,
    /// `desc` when absent; missing values come first then.
    #[param(value_type = Option<OrderWord>)]
    sort_order: Order,
}

impl QueryParams for TraceListParams {
    fn read(query: &mut Pairs) -> Self {
        let Window { limit, offset } = query.window(200, 50);
        Self {
            limit,
            offset,
            filter: query.filter(Entity::Trace),
            session_id: query.text("session_id"),
            has_session: query.boolean("has_session"),
            user_id: query.text("user_id"),
            status: query.word("status"),
            tags: query.texts("tags"),
            name: query.search("name"),
            started_after: query.time("started_after"),
            started_before: query.time("started_before"),
            sort_by: query.word("sort_by").unwrap_or_default(),
            sort_order: query.word("sort_order").unwrap_or_default(),
        }
    }
}

impl From<TraceListParams> for TraceQuery {
    fn from(params: TraceListParams) -> Self {
        let TraceListParams {
            limit,
            offset,
            filter,
            session_id,
            has_session,
            user_id,
            status,
            tags,
            name,
            started_after,
            started_before,
            sort_by,
            sort_order,
        } = params;
        let is = |field, test| Filter::is(Entity::Trace, field, test);
        let in_any = || is("session", Test::Exists);
        let wanted = [
            session_id.map(|id| is("session", Test::equals(id))),
            has_session.map(|has| {
                if has {
                    in_any()
                } else {
                    Filter::Not(Box::new(in_any()))
                }
            }),
            user_id.map(|id| is("user", Test::equals(id))),
            status.map(|status| is("status", Test::equals(status.as_str().to_ascii_lowercase()))),
            (!tags.is_empty()).then(|| is("tag", Test::OneOf(tags))),
            name.map(|text| is("name", Test::Contains(text))),
            started_after.map(|time| is("started", Test::Whole(Interval::at_least(time.0)))),
            started_before.map(|time| is("started", Test::Whole(Interval::below(time.0)))),
        ];
        Self {
            filter: wanted.into_iter().flatten().fold(filter, Filter::and),
            sort: sort_by,
            order: sort_order,
            window: Window { limit, offset },
        }
    }
}

/// A part of the matching traces.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TracePage {
    items: Vec<TraceListItem>,
    /// How many match in all.
    total: u64,
    limit: u32,
    offset: u64,
}

impl TracePage {
    fn new(page: Page<TraceSummary>, window: Window) -> Self {
        Self {
            items: page.items.into_iter().map(TraceListItem::from).collect(),
            total: page.total,
            limit: window.limit,
            offset: window.offset,
        }
    }
}

/// List traces
///
/// Without spans and payloads. Includes traces that belong to no session.
#[utoipa::path(
    get,
    path = "/traces",
    operation_id = "list_traces",
    tag = "traces",
    params(TraceListParams),
    responses((status = 200, description = "A page of traces.", body = TracePage), ReadErrors),
)]
pub(crate) async fn list(
    scope: Scope,
    Query(params): Query<TraceListParams>,
) -> Result<Response, ApiError> {
    let query = TraceQuery::from(params);
    let window = query.window;
    let page = match scope.project().await? {
        Some(project) => scope.store().traces(project.key, query).await?,
        None => Page {
            items: Vec::new(),
            total: 0,
        },
    };
    Ok(respond::json(StatusCode::OK, &TracePage::new(page, window)))
}
