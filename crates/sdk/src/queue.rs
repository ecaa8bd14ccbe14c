//! What waits to be sent: a state machine without threads, clocks or IO of its own.
//!
//! Fresh items wait in order of arrival. A batch that failed moves to the retry list with
//! a due time of its own, so that it never holds up what came after it. A batch that the
//! server fails to process is halved on every failure, until the item at fault is alone.
//! When the server as a whole does not answer, the *gate* closes for everything at once.

mod next;
mod settle;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::batch::Batch;
use crate::fragment::Fragment;
use crate::held::{Held, joined};
use crate::id::Id;
use crate::item::{Entry, Item};
use crate::losses::{Loss, Losses, LostItem};
use crate::score::Score;
use crate::scores::{Scores, Waiting};
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
    kinds: BTreeMap<LostItem, u64>,
}

#[derive(Debug)]
pub(crate) struct Queue {
    batch_size: usize,
    flush_interval: Duration,
    max_items: usize,
    max_bytes: usize,
    retry_horizon: Duration,
    /// Bytes that open traces hold, which count against the limit too.
    open_bytes: Arc<AtomicUsize>,

    fresh: VecDeque<Entry>,
    fresh_bytes: usize,
    retry: Vec<Batch>,
    held: Held,
    scores: Scores,
    in_flight: Option<InFlight>,
    /// Items and bytes of all of these together.
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
    sent_score_last: bool,
    batch_endpoint: bool,
    closing: Option<Closing>,
    stopped: bool,
}

impl Queue {
    /// `open_bytes` is kept up to date by open traces.
    pub(crate) fn new(settings: &Settings, open_bytes: Arc<AtomicUsize>) -> Self {
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
            open_bytes,
            fresh: VecDeque::new(),
            fresh_bytes: 0,
            retry: Vec::new(),
            held: Held::default(),
            scores: Scores::default(),
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
            sent_score_last: false,
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

    /// Whether parts of open traces are sent, as far as is known.
    pub(crate) fn sends_open_parts(&self) -> bool {
        self.batch_endpoint
    }

    /// Takes a fragment, dropping the oldest items if there is no room. True if a worker
    /// that sleeps until a known time should look again.
    pub(crate) fn push(&mut self, fragment: Fragment, now: Instant, losses: &Losses) -> bool {
        let Some(entry) = self.entry(Item::Fragment(fragment), now, losses) else {
            return false;
        };
        let was_ready = self.is_batch_waiting();
        let was_empty = self.fresh.is_empty();
        self.admit(entry);
        (was_empty && !self.fresh.is_empty()) || (!was_ready && self.is_batch_waiting())
    }

    /// Takes a score, as [`Queue::push`] takes a fragment; a sleeping worker should look.
    pub(crate) fn push_score(&mut self, score: Score, now: Instant, losses: &Losses) {
        let Some(entry) = self.entry(Item::Score(score), now, losses) else {
            return;
        };
        self.scores.push(Waiting {
            after: entry.seq,
            entry,
            request_id: Id::random(),
            attempts: 0,
            is_answered: false,
            due: now + self.flush_interval,
            server_set_due: false,
        });
    }

    fn entry(&mut self, item: Item, now: Instant, losses: &Losses) -> Option<Entry> {
        let size = item.size();
        self.make_room(size, losses);
        if self.is_full_for(size) {
            losses.add(item.kind(), Loss::QueueFull, 1);
            return None;
        }
        let seq = self.next_seq;
        self.next_seq += 1;
        self.items += 1;
        self.bytes += size;
        Some(Entry {
            seq,
            size,
            queued: now,
            item,
        })
    }

    /// Puts a fragment where it waits: with the fresh ones, or, if the server takes only
    /// whole traces, with the other parts of its trace.
    fn admit(&mut self, entry: Entry) {
        if self.batch_endpoint {
            self.push_fresh(entry);
        } else if entry.is_open_part() {
            self.held.put(entry);
        } else {
            let mut parts = self.held.take(entry.item.trace_id());
            if parts.is_empty() {
                self.push_fresh(entry);
            } else {
                let (seq, queued) = (entry.seq, entry.queued);
                parts.push(entry);
                self.join(parts, seq, queued);
            }
        }
    }

    /// Replaces the parts of a trace by as few as the server takes, at place `seq`.
    fn join(&mut self, parts: Vec<Entry>, seq: u64, queued: Instant) {
        let Some(trace) = parts.first().map(|part| part.item.trace_id()) else {
            return;
        };
        for part in &parts {
            self.release(part);
        }
        for fragment in joined(parts) {
            let item = Item::Fragment(fragment);
            let size = item.size();
            self.items += 1;
            self.bytes += size;
            self.push_fresh(Entry {
                seq,
                size,
                queued,
                item,
            });
        }
        self.scores.defer(trace, seq + 1);
    }

    fn push_fresh(&mut self, entry: Entry) {
        self.fresh_bytes += entry.size;
        self.fresh.push_back(entry);
    }

    fn is_full_for(&self, size: usize) -> bool {
        let bytes = self.bytes + self.open_bytes.load(Ordering::Relaxed);
        self.items >= self.max_items || bytes + size > self.max_bytes
    }

    fn make_room(&mut self, size: usize, losses: &Losses) {
        while self.is_full_for(size) {
            let Some(dropped) = self.take_oldest() else {
                return;
            };
            self.release(&dropped);
            losses.add(dropped.item.kind(), Loss::QueueFull, 1);
        }
    }

    /// What is in flight cannot be called back.
    fn take_oldest(&mut self) -> Option<Entry> {
        let retry = (0..self.retry.len())
            .filter_map(|at| Some((self.retry[at].entries.first()?.seq, at)))
            .min();
        let held = self.held.oldest();
        let score = self.scores.oldest();
        let fresh = self.fresh.front().map(|entry| entry.seq);
        let seqs = [
            retry.map(|(seq, _)| seq),
            held.map(|(seq, _)| seq),
            score,
            fresh,
        ];
        let oldest = seqs.into_iter().flatten().min()?;
        if let Some((seq, at)) = retry
            && seq == oldest
        {
            return self.take_first_of_retry(at);
        }
        if let Some((seq, trace)) = held
            && seq == oldest
        {
            return self.held.take_first(trace);
        }
        if score == Some(oldest) {
            return self.scores.take_at(oldest);
        }
        self.pop_fresh()
    }

    fn take_first_of_retry(&mut self, at: usize) -> Option<Entry> {
        let entries = &mut self.retry[at].entries;
        let first = (!entries.is_empty()).then(|| entries.remove(0));
        if entries.is_empty() {
            self.retry.swap_remove(at);
        }
        first
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
}

fn kinds(entries: &[Entry]) -> BTreeMap<LostItem, u64> {
    let mut kinds = BTreeMap::new();
    for entry in entries {
        *kinds.entry(entry.item.kind()).or_default() += 1;
    }
    kinds
}

fn lose(entries: &[Entry], loss: &Loss, losses: &Losses) {
    for (kind, count) in kinds(entries) {
        losses.add(kind, loss.clone(), count);
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
