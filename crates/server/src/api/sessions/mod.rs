//! `/sessions`

pub(crate) mod analytics;
pub(crate) mod batch_delete;
pub(crate) mod batch_tags;
pub(crate) mod by_id;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod update;

use crate::errors::ApiError;

fn missing() -> ApiError {
    ApiError::not_found("Session not found")
}
