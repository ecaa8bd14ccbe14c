//! The way of fragments to disk.

use pandaprobe_model::ProjectId;
use pandaprobe_model::trace::{SpanFragment, TraceFragment};
use pandaprobe_store::Result;

use crate::{Engine, Reservation};

impl Engine {
    /// Stores fragments and returns once they are on disk. `held` is what the
    /// request holds of the bytes in flight; it ends with the call.
    ///
    /// Everything that is worked out from a fragment alone, before the store
    /// merges it with what is there, belongs here: pricing, when there are
    /// prices.
    ///
    /// # Errors
    /// Any [`pandaprobe_store::StoreError`]; then nothing was acknowledged.
    pub async fn ingest(
        &self,
        project: ProjectId,
        fragments: Vec<TraceFragment>,
        mut held: Reservation,
    ) -> Result<()> {
        if fragments.is_empty() {
            return Ok(());
        }
        let spans: usize = fragments.iter().map(|fragment| fragment.spans.len()).sum();
        // Tiny spans take up more as values than they did as text.
        held.grow((spans * size_of::<SpanFragment>()) as u64)?;
        tracing::debug!(
            project = project.0,
            traces = fragments.len(),
            spans,
            bytes = held.bytes(),
            "ingest"
        );
        self.store().ingest(project, fragments).await
    }
}
