//! `/organizations/{org_id}/projects`

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod update;

use crate::errors::{ApiError, ErrorCode};

fn name_taken(name: &str) -> ApiError {
    let detail = format!("A project named {name:?} already exists");
    ApiError::new(ErrorCode::Conflict, detail)
}
