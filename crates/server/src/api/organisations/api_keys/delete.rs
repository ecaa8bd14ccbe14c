//! `DELETE /organizations/{org_id}/api-keys/{key_id}`: takes it back.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use utoipa::IntoParams;

use crate::api::answers::{ManageErrors, NotFound};
use crate::errors::ApiError;
use crate::extract::member::{KeyPath, Owner, no_key};
use crate::extract::query::{Pairs, Query, QueryParams};
use crate::wire::values::UuidText;

/// How far to go.
#[derive(Debug, Clone, Copy, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeleteParams {
    /// Whether to forget the key altogether.
    #[param(required = false, default = false)]
    permanent: bool,
}

impl QueryParams for DeleteParams {
    fn read(query: &mut Pairs) -> Self {
        let permanent = query.boolean("permanent").unwrap_or(false);
        Self { permanent }
    }
}

/// Revoke an API key
///
/// It opens nothing from now on, and stays in the list unless it is deleted for good.
#[utoipa::path(
    delete,
    path = "/organizations/{org_id}/api-keys/{key_id}",
    operation_id = "revoke_api_key",
    tag = "api keys",
    params(
        ("org_id" = UuidText, Path, description = "From `GET /organizations`."),
        ("key_id" = UuidText, Path, description = "From `GET /organizations/{org_id}/api-keys`."),
        DeleteParams,
    ),
    responses((status = 204, description = "Revoked, or deleted."), NotFound, ManageErrors),
)]
pub(crate) async fn delete(
    owner: Owner,
    KeyPath(id): KeyPath,
    Query(params): Query<DeleteParams>,
) -> Result<Response, ApiError> {
    let engine = owner.engine();
    let found = if params.permanent {
        engine.delete_key(id).await?
    } else {
        engine.revoke_key(id).await?
    };
    if found {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Err(no_key(id))
}
