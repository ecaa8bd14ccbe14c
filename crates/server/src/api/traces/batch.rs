//! `POST /traces/batch`: takes in many traces or parts of traces at once.

use axum::http::StatusCode;
use axum::response::Response;
use pandaprobe_model::trace::TraceFragment;
use serde::Serialize;
use utoipa::ToSchema;

use super::keep;
use crate::api::answers::WriteErrors;
use crate::errors::{ApiError, FieldError};
use crate::extract::body::{RequestBody, read};
use crate::extract::context::Scope;
use crate::respond;
use crate::wire::create::TraceCreate;
use crate::wire::decode::{self, LISTED, batch, wrong_count};
use crate::wire::values::{Id, TraceIdText};

/// A batch with more items is refused: their results would fill the memory.
const MOST_ITEMS: usize = 100_000;

/// So many errors are listed in one answer; after that, one an item.
const LISTED_IN_ALL: usize = 10_000;

/// What became of each item, in the order sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchResult {
    items: Vec<BatchItem>,
}

/// What became of one item.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchItem {
    /// The trace; null if a rejected item does not say which.
    #[schema(required)]
    trace_id: Option<TraceIdText>,
    status: BatchStatus,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<BatchError>,
}

/// Whether an item was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BatchStatus {
    /// It is on disk.
    Accepted,
    /// It is wrong and was not stored; sending it again will not help.
    Rejected,
}

/// Why an item was rejected.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchError {
    /// What happened.
    #[schema(value_type = String, example = "Validation error")]
    detail: &'static str,
    /// The values that were wrong.
    errors: Vec<FieldError>,
}

/// Take in many traces
///
/// Stores the good items, all in one go, and says for each whether it was
/// accepted; a bad one never fails the others. An open trace has status RUNNING
/// and carries the spans that finished since its last part.
#[utoipa::path(
    post,
    path = "/traces/batch",
    operation_id = "create_traces",
    tag = "traces",
    request_body(
        description = "A JSON array of traces, or one trace a line.",
        content(
            (Vec<TraceCreate> = "application/json"),
            (TraceCreate = "application/x-ndjson"),
        ),
    ),
    responses(
        (status = 202, description = "What became of each item.", body = BatchResult),
        WriteErrors,
    ),
)]
pub(crate) async fn batch(scope: Scope, body: RequestBody) -> Result<Response, ApiError> {
    let content_type = body.content_type;
    let items = read(body.bytes, move |bytes| {
        decode::many(bytes, content_type.as_deref())
    })
    .await?;
    check_count(items.len())?;
    let (fragments, result) = sort_out(items);
    if !fragments.is_empty() {
        keep(&scope, fragments, body.held).await?;
    }
    Ok(respond::json(StatusCode::ACCEPTED, &result))
}

fn check_count(items: usize) -> Result<(), ApiError> {
    match wrong_count(items, MOST_ITEMS) {
        Some(message) => Err(ApiError::invalid(vec![FieldError::new("", message)])),
        None => Ok(()),
    }
}

/// Parts the good from the bad.
fn sort_out(items: Vec<batch::Item>) -> (Vec<TraceFragment>, BatchResult) {
    let mut fragments = Vec::with_capacity(items.len());
    let mut results = Vec::with_capacity(items.len());
    let mut listed = 0;
    for item in items {
        results.push(match item {
            Ok(fragment) => {
                let trace_id = Some(Id(fragment.trace_id));
                fragments.push(fragment);
                BatchItem {
                    trace_id,
                    status: BatchStatus::Accepted,
                    error: None,
                }
            }
            Err(rejected) => {
                let trace_id = rejected.trace_id.map(Id);
                let most = if listed < LISTED_IN_ALL { LISTED } else { 1 };
                let errors = rejected.errors(most);
                listed += errors.len();
                BatchItem {
                    trace_id,
                    status: BatchStatus::Rejected,
                    error: Some(BatchError {
                        detail: "Validation error",
                        errors,
                    }),
                }
            }
        });
    }
    (fragments, BatchResult { items: results })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_neither_empty_nor_endless() {
        assert!(check_count(0).is_err());
        assert!(check_count(1).is_ok());
        assert!(check_count(MOST_ITEMS).is_ok());
        assert!(check_count(MOST_ITEMS + 1).is_err());
    }
}
