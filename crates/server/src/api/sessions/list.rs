//! `GET /sessions`: the sessions of a project.

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_model::Timestamp;
use pandaprobe_model::filter::{Entity, Filter, Interval, Test};
use pandaprobe_model::query::{Order, Page, SessionQuery, SessionSort, Window};
use pandaprobe_model::session;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::api::answers::ReadErrors;
use crate::errors::ApiError;
use crate::extract::context::Scope;
use crate::extract::query::{Pairs, Query, QueryParams};
use crate::respond;
use crate::wire::session::SessionSummary;
use crate::wire::words::{OrderWord, SessionSortWord};

/// Which sessions, in which order. Whole sessions are selected: totals are
/// always over all of a session's traces.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SessionListParams {
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
    /// With a trace of this user.
    user_id: Option<String>,
    /// With (true) or without (false) a trace that has status ERROR.
    has_error: Option<bool>,
    /// Still active at or after: sessions are selected by overlap.
    #[param(value_type = Option<String>, format = DateTime)]
    started_after: Option<Timestamp>,
    /// Begun before.
    #[param(value_type = Option<String>, format = DateTime)]
    started_before: Option<Timestamp>,
    /// With any of these; repeat the parameter.
    #[param(required = false, style = Form, explode)]
    tags: Vec<String>,
    /// Whose id or name holds this text, in any case.
    query: Option<String>,
    /// What to sort by; `recent` (last activity) when absent.
    #[param(value_type = Option<SessionSortWord>)]
    sort_by: SessionSort,
    /// `desc` when absent; missing values come first then.
    #[param(value_type = Option<OrderWord>)]
    sort_order: Order,
}

impl QueryParams for SessionListParams {
    fn read(query: &mut Pairs) -> Self {
        let Window { limit, offset } = query.window(200, 50);
        Self {
            limit,
            offset,
            filter: query.filter(Entity::Session),
            user_id: query.text("user_id"),
            has_error: query.boolean("has_error"),
            started_after: query.time("started_after"),
            started_before: query.time("started_before"),
            tags: query.texts("tags"),
            query: query.search("query"),
            sort_by: query.word("sort_by").unwrap_or_default(),
            sort_order: query.word("sort_order").unwrap_or_default(),
        }
    }
}

impl From<SessionListParams> for SessionQuery {
    fn from(params: SessionListParams) -> Self {
        let SessionListParams {
            limit,
            offset,
            filter,
            user_id,
            has_error,
            started_after,
            started_before,
            tags,
            query,
            sort_by,
            sort_order,
        } = params;
        let is = |field, test| Filter::is(Entity::Session, field, test);
        let status = |failed| if failed { "error" } else { "ok" };
        let wanted = [
            user_id.map(|id| is("user", Test::equals(id))),
            has_error.map(|failed| is("status", Test::equals(status(failed)))),
            // By overlap: still active after, begun before.
            started_after.map(|time| is("active", Test::Whole(Interval::at_least(time.0)))),
            started_before.map(|time| is("started", Test::Whole(Interval::below(time.0)))),
            (!tags.is_empty()).then(|| is("tag", Test::OneOf(tags))),
            query.map(Filter::Text),
        ];
        Self {
            filter: wanted.into_iter().flatten().fold(filter, Filter::and),
            sort: sort_by,
            order: sort_order,
            window: Window { limit, offset },
        }
    }
}

/// A part of the matching sessions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionPage {
    items: Vec<SessionSummary>,
    /// How many match in all.
    total: u64,
    limit: u32,
    offset: u64,
}

impl SessionPage {
    fn new(page: Page<session::SessionSummary>, window: Window) -> Self {
        Self {
            items: page.items.into_iter().map(SessionSummary::from).collect(),
            total: page.total,
            limit: window.limit,
            offset: window.offset,
        }
    }
}

/// List sessions
///
/// Filters select whole sessions: totals are always the session's own.
#[utoipa::path(
    get,
    path = "/sessions",
    operation_id = "list_sessions",
    tag = "sessions",
    params(SessionListParams),
    responses((status = 200, description = "A page of sessions.", body = SessionPage), ReadErrors),
)]
pub(crate) async fn list(
    scope: Scope,
    Query(params): Query<SessionListParams>,
) -> Result<Response, ApiError> {
    let query = SessionQuery::from(params);
    let window = query.window;
    let page = match scope.project().await? {
        Some(project) => scope.store().sessions(project.key, query).await?,
        None => Page {
            items: Vec::new(),
            total: 0,
        },
    };
    Ok(respond::json(
        StatusCode::OK,
        &SessionPage::new(page, window),
    ))
}
