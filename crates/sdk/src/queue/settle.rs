//! What became of a request, and of everything at a flush or the end.

use std::time::{Duration, Instant};

use super::{
    CLOSING_UNREACHABLE_GRACE, CLOSING_WAIT_MAX, Closing, FLUSH_ATTEMPTS, GATE_FAILURES, Queue,
    lose,
};
use crate::batch::{Batch, Failure, Outcome, Route};
use crate::item::Entry;
use crate::losses::{Loss, Losses, LostItem};
use crate::retry::backoff;
use crate::scores::Waiting;

impl Queue {
    /// Takes back a batch that [`Queue::next_job`] gave out.
    pub(crate) fn settle(&mut self, batch: Batch, outcome: Outcome, now: Instant, losses: &Losses) {
        self.in_flight = None;
        if self.stopped {
            // Shutdown has counted it already.
            return;
        }
        match outcome {
            Outcome::Delivered { rejected } => {
                self.open_gate();
                for reason in rejected {
                    losses.add(LostItem::Trace, Loss::Rejected(reason), 1);
                }
                self.release_all(&batch);
            }
            Outcome::Refused {
                divisible: true, ..
            } if batch.entries.len() > 1 => {
                self.open_gate();
                self.push_halves(batch, now);
            }
            Outcome::Refused { reason, .. } => {
                self.open_gate();
                lose(&batch.entries, &Loss::Rejected(reason), losses);
                self.release_all(&batch);
            }
            Outcome::NoBatchEndpoint => self.go_without_batches(batch, now),
            Outcome::UnknownTrace(reason) => self.settle_unknown(batch, reason, now, losses),
            Outcome::Failed(failure) => self.settle_failure(batch, failure, now, losses),
        }
    }

    /// From now on each trace goes as a whole, in a request of its own. All that waits,
    /// what was just refused included, is put where it belongs then.
    fn go_without_batches(&mut self, batch: Batch, now: Instant) {
        self.batch_endpoint = false;
        let mut entries = batch.entries;
        for batch in self.retry.drain(..) {
            entries.extend(batch.entries);
        }
        entries.extend(self.fresh.drain(..));
        self.fresh_bytes = 0;
        entries.sort_by_key(|entry| entry.seq);
        for entry in entries {
            self.admit(entry);
        }
        if self.closing.is_some() {
            self.release_held(now);
        }
    }

    /// Sends what is held of traces that have not ended, as it is.
    fn release_held(&mut self, now: Instant) {
        for parts in self.held.take_all() {
            let seq = self.next_seq;
            self.next_seq += 1;
            self.join(parts, seq, now);
        }
        self.send_before = self.next_seq;
    }

    /// The trace may be on its way from another process, so the score is tried again; not
    /// for long if the program waits for us.
    fn settle_unknown(&mut self, batch: Batch, reason: String, now: Instant, losses: &Losses) {
        let mut batch = batch;
        self.give_up_old(&mut batch, &reason, now, losses);
        let is_over = |closing: &Closing| {
            now.saturating_duration_since(closing.started) >= CLOSING_UNREACHABLE_GRACE
        };
        if self.closing.as_ref().is_some_and(is_over) {
            lose(&batch.entries, &Loss::ShutDown(reason), losses);
            self.release_all(&batch);
            return;
        }
        batch.attempts += 1;
        let mut wait = backoff(batch.attempts);
        if self.closing.is_some() {
            wait = wait.min(CLOSING_WAIT_MAX);
        }
        batch.due = now + wait;
        batch.server_set_due = false;
        self.put_back_score(batch, true);
    }

    fn put_back_score(&mut self, batch: Batch, is_answered: bool) {
        for entry in batch.entries {
            self.scores.push(Waiting {
                after: entry.seq,
                entry,
                request_id: batch.request_id,
                attempts: batch.attempts,
                is_answered,
                due: batch.due,
                server_set_due: batch.server_set_due,
            });
        }
    }

    fn open_gate(&mut self) {
        self.failures = 0;
        self.gate = None;
        self.gate_set_by_server = false;
        self.last_failure.clear();
    }

    fn settle_failure(
        &mut self,
        mut batch: Batch,
        failure: Failure,
        now: Instant,
        losses: &Losses,
    ) {
        // A score that fails says nothing about traces, if the server answers at all.
        let is_general = batch.route != Route::Score || failure.unreachable;
        self.failures = self.failures.saturating_add(u32::from(is_general));
        self.last_failure.clone_from(&failure.reason);
        batch.attempts += 1;
        self.give_up_old(&mut batch, &failure.reason, now, losses);
        if is_general || failure.wait.is_some() {
            self.close_gate(&failure, now);
        }
        if batch.entries.is_empty() {
            return;
        }
        let wait = backoff(batch.attempts).max(failure.wait.unwrap_or_default());
        batch.due = now + self.closing_wait(&failure, wait, now);
        batch.server_set_due = failure.wait.is_some();
        if batch.route == Route::Score {
            self.put_back_score(batch, false);
        } else if failure.divisible && batch.entries.len() > 1 {
            let due = batch.due;
            self.push_halves(batch, due);
        } else {
            self.push_retry(batch);
        }
    }

    fn give_up_old(&mut self, batch: &mut Batch, reason: &str, now: Instant, losses: &Losses) {
        let horizon = self.retry_horizon;
        let is_old = |entry: &Entry| now.saturating_duration_since(entry.queued) >= horizon;
        let (old, young): (Vec<_>, Vec<_>) = std::mem::take(&mut batch.entries)
            .into_iter()
            .partition(is_old);
        batch.entries = young;
        for entry in &old {
            self.release(entry);
        }
        lose(&old, &Loss::GaveUp(reason.to_owned()), losses);
    }

    fn close_gate(&mut self, failure: &Failure, now: Instant) {
        let wait = match failure.wait {
            Some(wait) => wait,
            None if failure.unreachable => backoff(self.failures),
            None if self.failures >= GATE_FAILURES => backoff(self.failures - GATE_FAILURES + 1),
            None => return,
        };
        self.gate = Some(now + self.closing_wait(failure, wait, now));
        self.gate_set_by_server = failure.wait.is_some();
    }

    /// Shortens a wait while the program waits for us to end, and stops the queue when
    /// there is nobody to wait for.
    fn closing_wait(&mut self, failure: &Failure, wait: Duration, now: Instant) -> Duration {
        let Some(closing) = &self.closing else {
            return wait;
        };
        if !failure.unreachable {
            return wait;
        }
        if now.saturating_duration_since(closing.started) >= CLOSING_UNREACHABLE_GRACE {
            self.stopped = true;
        }
        wait.min(CLOSING_WAIT_MAX)
    }

    fn push_halves(&mut self, mut batch: Batch, due: Instant) {
        let rest = batch.split_off(batch.entries.len() / 2);
        self.push_retry(Batch { due, ..rest });
        self.push_retry(Batch { due, ..batch });
    }

    fn push_retry(&mut self, batch: Batch) {
        self.retry.push(batch);
    }

    fn release_all(&mut self, batch: &Batch) {
        for entry in &batch.entries {
            self.release(entry);
        }
    }

    /// Makes everything that waits due now, except where the server named a time.
    /// Returns the mark to ask [`Queue::is_settled`] for.
    pub(crate) fn begin_flush(&mut self, now: Instant) -> u64 {
        self.send_before = self.next_seq;
        self.scores.hurry(now);
        for batch in self.retry.iter_mut().filter(|batch| !batch.server_set_due) {
            batch.due = batch.due.min(now);
        }
        if !self.gate_set_by_server {
            self.gate = None;
            self.failures = 0;
        }
        self.next_seq
    }

    /// Whether all items before `mark` were delivered, given up, or tried often enough.
    pub(crate) fn is_settled(&self, mark: u64) -> bool {
        let open = |first_seq: u64, attempts: u32| first_seq < mark && attempts < FLUSH_ATTEMPTS;
        let fresh = self.fresh.front().is_some_and(|entry| entry.seq < mark);
        let flying = self
            .in_flight
            .as_ref()
            .is_some_and(|batch| open(batch.first_seq, batch.attempts));
        let retrying = self
            .retry
            .iter()
            .any(|batch| open(batch.first_seq(), batch.attempts));
        if fresh || flying || retrying || self.scores.is_empty() {
            return !(fresh || flying || retrying);
        }
        let unsent = self.unsent_traces();
        !self.scores.has_untried(mark, FLUSH_ATTEMPTS, &unsent)
    }

    /// Stops intake; what waits is sent until `deadline`.
    pub(crate) fn begin_close(&mut self, now: Instant, deadline: Instant) {
        if self.closing.is_none() {
            self.closing = Some(Closing {
                started: now,
                deadline,
            });
            self.release_held(now);
            self.begin_flush(now);
        }
    }

    /// Gives up all that is left and stops; returns the number of items lost.
    pub(crate) fn abandon(&mut self, losses: &Losses) -> usize {
        let reason = if self.last_failure.is_empty() {
            "out of time"
        } else {
            &self.last_failure
        };
        let loss = Loss::ShutDown(reason.to_owned());
        let mut left: Vec<Entry> = self.fresh.drain(..).collect();
        left.extend(self.retry.drain(..).flat_map(|batch| batch.entries));
        left.extend(self.held.take_all().into_iter().flatten());
        left.extend(self.scores.take_all());
        lose(&left, &loss, losses);
        for (kind, count) in self
            .in_flight
            .take()
            .map(|flight| flight.kinds)
            .unwrap_or_default()
        {
            losses.add(kind, loss.clone(), count);
        }
        self.stopped = true;
        self.fresh_bytes = 0;
        self.bytes = 0;
        std::mem::take(&mut self.items)
    }
}
