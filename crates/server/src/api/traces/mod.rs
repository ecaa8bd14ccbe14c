//! `/traces`

pub(crate) mod add_spans;
pub(crate) mod analytics;
pub(crate) mod batch;
pub(crate) mod batch_delete;
pub(crate) mod batch_tags;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod update;
pub(crate) mod update_span;
pub(crate) mod users;

use std::sync::Arc;

use pandaprobe_engine::Reservation;
use pandaprobe_model::TraceId;
use pandaprobe_model::trace::TraceFragment;

use crate::errors::ApiError;
use crate::extract::body;
use crate::extract::context::Scope;

/// Stores fragments in the project of `scope`, made if need be.
async fn keep(
    scope: &Scope,
    fragments: Vec<TraceFragment>,
    held: Reservation,
) -> Result<(), ApiError> {
    let project = scope.writable_project().await?.key;
    let engine = Arc::clone(scope.engine());
    let held_bytes = held.bytes();
    let stored = async move { engine.ingest(project, fragments, held).await };
    body::hand_over(held_bytes, stored).await
}

fn missing(id: TraceId) -> ApiError {
    ApiError::not_found(format!("Trace {id} not found"))
}
