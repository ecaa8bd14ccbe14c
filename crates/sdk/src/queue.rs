//! What waits to be sent: a state machine without threads, clocks or IO of its own.
//!
//! Fresh items wait in order of arrival. A batch that failed moves to the retry list with
//! a due time of its own, so that it never holds up what came after it. A batch that the
//! server fails to process is halved on every failure, until the item at fault is alone.
//! When the server as a whole does not answer, the *gate* closes for everything at once.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::batch::{Batch, Entry, Failure, Outcome};
use crate::fragment::Fragment;
use crate::id::Id;
use crate::losses::{Loss, Losses};
use crate::retry::backoff;
use crate::settings::Settings;

/// Most items of one request.
const BATCH_ITEMS_MAX: usize = 1_000;
/// Bytes after which a request takes no further item.
const BATCH_BYTES_MAX: usize = 4 << 20;
/// Waiting bytes that start a send before the batch size is reached.
const SEND_BYTES: usize = 1 << 20;
/// Failures in a row, of whatever items, that close the gate.
const GATE_FAILURES: u32 = 3;
/// A flush is content with an item that failed this often; it stays in the retry list.
const FLUSH_ATTEMPTS: u32 = 4;
/// At shutdown, an unreachable server is given up after this long.
const CLOSING_UNREACHABLE_GRACE: Duration = Duration::from_secs(1);
/// At shutdown, the longest wait between two attempts at an unreachable server.
const CLOSING_WAIT_MAX: Duration = Duration::from_millis(200);

/// What the worker is to do next.
#[derive(Debug)]
pub(crate) enum Job {
    Send(Batch),
    WaitUntil(Instant),
    Wait,
    Stop,
}

#[derive(Debug)]
struct Closing {
    started: Instant,
    deadline: Instant,
}

#[derive(Debug)]
struct InFlight {
    first_seq: u64,
    attempts: u32,
}

#[derive(Debug)]
pub(crate) struct Queue {
    batch_size: usize,
    flush_interval: Duration,
    max_items: usize,
    max_bytes: usize,
    retry_horizon: Duration,

    fresh: VecDeque<Entry>,
    fresh_bytes: usize,
    retry: Vec<Batch>,
    in_flight: Option<InFlight>,
    /// Items and bytes of all three together.
    items: usize,
    bytes: usize,

    next_seq: u64,
    /// Fresh entries before this one are sent without waiting for more.
    send_before: u64,
    /// Failures in a row since the last success.
    failures: u32,
    gate: Option<Instant>,
    gate_set_by_server: bool,
    last_failure: String,
    sent_retry_last: bool,
    batch_endpoint: bool,
    closing: Option<Closing>,
    stopped: bool,
}

impl Queue {
    pub(crate) fn new(settings: &Settings) -> Self {
        let max_items = if settings.max_queue_items == 0 {
            usize::MAX
        } else {
            settings.max_queue_items
        };
        Self {
            // A queue that can never hold a batch must not wait for one.
            batch_size: settings.batch_size.clamp(1, max_items),
            flush_interval: settings.flush_interval,
            max_items,
            max_bytes: settings.max_queue_bytes,
            retry_horizon: settings.retry_horizon,
            fresh: VecDeque::new(),
            fresh_bytes: 0,
            retry: Vec::new(),
            in_flight: None,
            items: 0,
            bytes: 0,
            next_seq: 0,
            send_before: 0,
            failures: 0,
            gate: None,
            gate_set_by_server: false,
            last_failure: String::new(),
            sent_retry_last: false,
            batch_endpoint: true,
            closing: None,
            stopped: false,
        }
    }

    /// Items waiting or in flight.
    pub(crate) fn items(&self) -> usize {
        self.items
    }

    /// Bytes waiting or in flight.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Text of the last failure, empty if the last attempt succeeded.
    pub(crate) fn last_failure(&self) -> &str {
        &self.last_failure
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.is_some()
    }

    /// Takes a fragment, dropping the oldest ones if there is no room. True if a worker
    /// that sleeps until a known time should look again.
    pub(crate) fn push(&mut self, fragment: Fragment, now: Instant, losses: &Losses) -> bool {
        let size = fragment.size();
        self.make_room(size, losses);
        if self.is_full_for(size) {
            losses.add(Loss::QueueFull, 1);
            return false;
        }
        let was_ready = self.is_batch_waiting();
        let seq = self.next_seq;
        self.next_seq += 1;
        self.items += 1;
        self.bytes += size;
        self.fresh_bytes += size;
        self.fresh.push_back(Entry {
            seq,
            size,
            queued: now,
            fragment,
        });
        self.fresh.len() == 1 || (!was_ready && self.is_batch_waiting())
    }

    fn is_full_for(&self, size: usize) -> bool {
        self.items >= self.max_items || self.bytes + size > self.max_bytes
    }

    fn make_room(&mut self, size: usize, losses: &Losses) {
        let mut dropped = 0;
        while self.is_full_for(size) && self.drop_oldest() {
            dropped += 1;
        }
        losses.add(Loss::QueueFull, dropped);
    }

    /// What failed is older than what is fresh. What is in flight cannot be called back.
    fn drop_oldest(&mut self) -> bool {
        let oldest = (0..self.retry.len()).min_by_key(|&at| self.retry[at].entries[0].seq);
        let entry = match oldest {
            Some(at) => {
                let entry = self.retry[at].entries.remove(0);
                if self.retry[at].entries.is_empty() {
                    self.retry.swap_remove(at);
                }
                Some(entry)
            }
            None => self.pop_fresh(),
        };
        let Some(entry) = entry else { return false };
        self.release(&entry);
        true
    }

    fn pop_fresh(&mut self) -> Option<Entry> {
        let entry = self.fresh.pop_front()?;
        self.fresh_bytes -= entry.size;
        Some(entry)
    }

    fn release(&mut self, entry: &Entry) {
        self.items -= 1;
        self.bytes -= entry.size;
    }

    fn is_batch_waiting(&self) -> bool {
        self.fresh.len() >= self.batch_size || self.fresh_bytes >= SEND_BYTES
    }

    /// What to do at `now`.
    pub(crate) fn next_job(&mut self, now: Instant) -> Job {
        if let Some(closing) = &self.closing
            && (self.items == 0 || now >= closing.deadline || self.stopped)
        {
            return Job::Stop;
        }
        if let Some(gate) = self.gate
            && now < gate
        {
            return if self.items == 0 {
                Job::Wait
            } else {
                Job::WaitUntil(self.capped(gate))
            };
        }
        let fresh_due = self.fresh_due(now);
        let retry_at = self.next_retry();
        let retry_due = retry_at.map(|at| self.retry[at].due);
        let fresh_ready = fresh_due.is_some_and(|due| due <= now);
        let retry_ready = retry_due.is_some_and(|due| due <= now);
        match (fresh_ready, retry_ready, retry_at) {
            // Both: in turns, so that neither starves.
            (true, true, Some(at)) if !self.sent_retry_last => self.send_retry(at),
            (false, true, Some(at)) => self.send_retry(at),
            (true, ..) => self.send_fresh(now),
            _ => match fresh_due.into_iter().chain(retry_due).min() {
                Some(due) => Job::WaitUntil(self.capped(due)),
                None => Job::Wait,
            },
        }
    }

    /// No wait reaches beyond the end of a shutdown.
    fn capped(&self, due: Instant) -> Instant {
        self.closing
            .as_ref()
            .map_or(due, |closing| due.min(closing.deadline))
    }

    fn fresh_due(&mut self, now: Instant) -> Option<Instant> {
        let first = self.fresh.front()?;
        let linger_end = first.queued + self.flush_interval;
        if self.closing.is_some() || self.is_batch_waiting() || linger_end <= now {
            // A send takes all that waits, in as many requests as it needs.
            self.send_before = self.next_seq;
        }
        Some(if first.seq < self.send_before {
            now
        } else {
            linger_end
        })
    }

    fn next_retry(&self) -> Option<usize> {
        (0..self.retry.len()).min_by_key(|&at| self.retry[at].due)
    }

    fn send_fresh(&mut self, now: Instant) -> Job {
        let most = if self.batch_endpoint {
            BATCH_ITEMS_MAX
        } else {
            1
        };
        let mut entries = Vec::new();
        let mut bytes = 0;
        while entries.len() < most && (bytes < BATCH_BYTES_MAX) {
            let Some(entry) = self.pop_fresh() else { break };
            bytes += entry.size;
            entries.push(entry);
        }
        self.sent_retry_last = false;
        self.send(Batch {
            entries,
            request_id: Id::random(),
            via_batch_endpoint: true,
            attempts: 0,
            due: now,
            server_set_due: false,
        })
    }

    fn send_retry(&mut self, at: usize) -> Job {
        let mut batch = self.retry.swap_remove(at);
        if !self.batch_endpoint && batch.entries.len() > 1 {
            let rest = batch.split_off(1);
            self.retry.push(rest);
        }
        self.sent_retry_last = true;
        self.send(batch)
    }

    fn send(&mut self, mut batch: Batch) -> Job {
        batch.via_batch_endpoint = self.batch_endpoint;
        self.in_flight = Some(InFlight {
            first_seq: batch.first_seq(),
            attempts: batch.attempts,
        });
        Job::Send(batch)
    }

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
                    losses.add(Loss::Rejected(reason), 1);
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
                losses.add(Loss::Rejected(reason), batch.entries.len() as u64);
                self.release_all(&batch);
            }
            Outcome::NoBatchEndpoint => {
                self.batch_endpoint = false;
                self.push_retry(Batch { due: now, ..batch });
            }
            Outcome::Failed(failure) => self.settle_failure(batch, failure, now, losses),
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
        self.failures = self.failures.saturating_add(1);
        self.last_failure.clone_from(&failure.reason);
        batch.attempts += 1;
        self.give_up_old(&mut batch, &failure.reason, now, losses);
        self.close_gate(&failure, now);
        if batch.entries.is_empty() {
            return;
        }
        let wait = backoff(batch.attempts).max(failure.wait.unwrap_or_default());
        batch.due = now + self.closing_wait(&failure, wait, now);
        batch.server_set_due = failure.wait.is_some();
        if failure.divisible && batch.entries.len() > 1 {
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
        losses.add(Loss::GaveUp(reason.to_owned()), old.len() as u64);
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
        !(fresh || flying || retrying)
    }

    /// Stops intake; what waits is sent until `deadline`.
    pub(crate) fn begin_close(&mut self, now: Instant, deadline: Instant) {
        if self.closing.is_none() {
            self.closing = Some(Closing {
                started: now,
                deadline,
            });
            self.begin_flush(now);
        }
    }

    /// Gives up all that is left and stops; returns the number of items lost.
    pub(crate) fn abandon(&mut self, losses: &Losses) -> usize {
        let lost = self.items;
        let reason = if self.last_failure.is_empty() {
            "out of time"
        } else {
            &self.last_failure
        };
        losses.add(Loss::ShutDown(reason.to_owned()), lost as u64);
        self.fresh.clear();
        self.fresh_bytes = 0;
        self.retry.clear();
        self.items = 0;
        self.bytes = 0;
        self.stopped = true;
        lost
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
