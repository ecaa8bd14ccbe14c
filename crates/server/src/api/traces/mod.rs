//! `/traces`

pub(crate) mod batch;
pub(crate) mod create;
pub(crate) mod get;
pub(crate) mod list;

use pandaprobe_engine::Reservation;
use pandaprobe_model::trace::TraceFragment;
use tokio::runtime::Handle;

use crate::errors::ApiError;
use crate::extract::body::{SLOW, blocking};
use crate::extract::context::Scope;

/// Stores fragments in the project of `scope`, made if need be.
async fn keep(
    scope: &Scope,
    fragments: Vec<TraceFragment>,
    held: Reservation,
) -> Result<(), ApiError> {
    let project = scope.writable_project().await?.key;
    let engine = scope.engine();
    if held.bytes() <= SLOW as u64 {
        return Ok(engine.ingest(project, fragments, held).await?);
    }
    // Hashing and compressing much takes as long as decoding it did.
    let engine = std::sync::Arc::clone(engine);
    let runtime = Handle::current();
    let stored = move || runtime.block_on(engine.ingest(project, fragments, held));
    Ok(blocking(stored).await??)
}
