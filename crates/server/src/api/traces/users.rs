//! `GET /traces/users`: whom the agents worked for.

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_model::query::{Page, Window};
use pandaprobe_model::user::UserSummary;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::answers::ReadErrors;
use crate::errors::ApiError;
use crate::extract::context::Scope;
use crate::extract::query::{PageParams, Query};
use crate::respond;
use crate::wire::user::TraceUser;

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
    params(PageParams),
    responses((status = 200, description = "A page of users.", body = TraceUserPage), ReadErrors),
)]
pub(crate) async fn users(
    scope: Scope,
    Query(params): Query<PageParams>,
) -> Result<Response, ApiError> {
    let window = Window::from(params);
    let page = match scope.project().await? {
        Some(project) => scope.store().users(project.key, window).await?,
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
