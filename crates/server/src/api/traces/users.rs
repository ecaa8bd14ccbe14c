//! `GET /traces/users`: whom the agents worked for.

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_model::filter::{Entity, Filter};
use pandaprobe_model::query::{Page, UserQuery, Window};
use pandaprobe_model::user::UserSummary;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::api::answers::ReadErrors;
use crate::errors::ApiError;
use crate::extract::context::Scope;
use crate::extract::query::{Pairs, Query, QueryParams};
use crate::respond;
use crate::wire::user::TraceUser;

/// Which users.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UserListParams {
    /// At most this many.
    #[param(required = false, minimum = 1, maximum = 200, default = 50)]
    limit: u32,
    /// After leaving out this many.
    #[param(required = false, minimum = 0, default = 0)]
    offset: u64,
    /// Which, in the filter language; see `/filter-schema`.
    #[param(value_type = Option<String>, example = "cost:>1 last:7d")]
    filter: Filter,
}

impl QueryParams for UserListParams {
    fn read(query: &mut Pairs) -> Self {
        let Window { limit, offset } = query.window(200, 50);
        Self {
            limit,
            offset,
            filter: query.filter(Entity::User),
        }
    }
}

/// A part of the users.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceUserPage {
    items: Vec<TraceUser>,
    /// How many there are in all.
    total: u64,
    limit: u32,
    offset: u64,
}

impl TraceUserPage {
    fn new(page: Page<UserSummary>, window: Window) -> Self {
        Self {
            items: page.items.into_iter().map(TraceUser::from).collect(),
            total: page.total,
            limit: window.limit,
            offset: window.offset,
        }
    }
}

/// List users
///
/// Last seen first. Traces without a user belong to none.
#[utoipa::path(
    get,
    path = "/traces/users",
    operation_id = "list_users",
    tag = "traces",
    params(UserListParams),
    responses((status = 200, description = "A page of users.", body = TraceUserPage), ReadErrors),
)]
pub(crate) async fn users(
    scope: Scope,
    Query(params): Query<UserListParams>,
) -> Result<Response, ApiError> {
    let UserListParams {
        limit,
        offset,
        filter,
    } = params;
    let window = Window { limit, offset };
    let query = UserQuery { filter, window };
    let page = match scope.project().await? {
        Some(project) => scope.store().users(project.key, query).await?,
        None => Page {
            items: Vec::new(),
            total: 0,
        },
    };
    Ok(respond::json(
        StatusCode::OK,
        &TraceUserPage::new(page, window),
    ))
}
