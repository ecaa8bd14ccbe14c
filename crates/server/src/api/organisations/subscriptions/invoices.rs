//! `GET /organizations/{org_id}/subscriptions/invoices`: none.

use axum::http::StatusCode;
use axum::response::Response;
use utoipa::IntoParams;

use crate::api::answers::ReadErrors;
use crate::errors::ApiError;
use crate::extract::member::Member;
use crate::extract::query::{Pairs, Query, QueryParams};
use crate::respond;
use crate::wire::subscription::{Invoice, NO_INVOICES};
use crate::wire::values::UuidText;

/// How many are wanted.
#[derive(Debug, Clone, Copy, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "checked, but there is nothing to cut")]
pub(crate) struct InvoiceParams {
    /// At most this many.
    #[param(required = false, minimum = 1, maximum = 36, default = 12)]
    limit: u32,
}

impl QueryParams for InvoiceParams {
    fn read(query: &mut Pairs) -> Self {
        let limit = query.window(36, 12).limit;
        Self { limit }
    }
}

/// List invoices
///
/// There are none.
#[utoipa::path(
    get,
    path = "/organizations/{org_id}/subscriptions/invoices",
    operation_id = "list_invoices",
    tag = "subscriptions",
    params(
        ("org_id" = UuidText, Path, description = "From `GET /organizations`."),
        InvoiceParams,
    ),
    responses((status = 200, description = "Nothing.", body = Vec<Invoice>), ReadErrors),
)]
pub(crate) async fn invoices(_: Member, _: Query<InvoiceParams>) -> Result<Response, ApiError> {
    Ok(respond::json(StatusCode::OK, &NO_INVOICES))
}
