//! What the queue gives out, and when.

use std::collections::HashSet;
use std::time::Instant;

use super::{BATCH_BYTES_MAX, BATCH_ITEMS_MAX, InFlight, Job, Queue, kinds};
use crate::batch::{Batch, Route};
use crate::id::Id;

impl Queue {
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
        // In turns with the rest: a score is a request of its own.
        let may_score = !(self.sent_score_last && (fresh_ready || retry_ready));
        if may_score && let Some(job) = self.send_score(now) {
            return job;
        }
        match (fresh_ready, retry_ready, retry_at) {
            // Both: in turns, so that neither starves.
            (true, true, Some(at)) if !self.sent_retry_last => self.send_retry(at),
            (false, true, Some(at)) => self.send_retry(at),
            (true, ..) => self.send_fresh(now),
            _ => {
                let score_due = self.scores.next_due(now);
                let dues = fresh_due.into_iter().chain(retry_due).chain(score_due);
                match dues.min() {
                    Some(due) => Job::WaitUntil(self.capped(due)),
                    None if self.closing.is_some() => self.wait_for_end(),
                    None => Job::Wait,
                }
            }
        }
    }

    /// Nothing is due, but something is left that cannot go.
    fn wait_for_end(&self) -> Job {
        self.closing
            .as_ref()
            .map_or(Job::Wait, |closing| Job::WaitUntil(closing.deadline))
    }

    fn send_score(&mut self, now: Instant) -> Option<Job> {
        if !self.scores.has_due(now) {
            return None;
        }
        let queued = self.fresh.front().map_or(u64::MAX, |entry| entry.seq);
        let unsent = self.unsent_traces();
        let score = self.scores.take_ready(now, queued, &unsent)?;
        self.sent_score_last = true;
        Some(self.send(Batch {
            entries: vec![score.entry],
            request_id: score.request_id,
            route: Route::Score,
            attempts: score.attempts,
            due: now,
            server_set_due: false,
        }))
    }

    /// Traces of which something is tried again or held back.
    pub(super) fn unsent_traces(&self) -> HashSet<Id> {
        let retried = self.retry.iter().flat_map(|batch| &batch.entries);
        retried
            .map(|entry| entry.item.trace_id())
            .chain(self.held.traces())
            .collect()
    }

    /// No wait reaches beyond the end of a shutdown.
    fn capped(&self, due: Instant) -> Instant {
        self.closing
            .as_ref()
            .map_or(due, |closing| due.min(closing.deadline))
    }

    fn fresh_due(&mut self, now: Instant) -> Option<Instant> {
        let (seq, queued) = self.fresh.front().map(|first| (first.seq, first.queued))?;
        let linger_end = queued + self.flush_interval;
        if self.closing.is_some() || self.is_batch_waiting() || linger_end <= now {
            // A send takes all that waits, in as many requests as it needs.
            self.send_all(now);
        }
        Some(if seq < self.send_before {
            now
        } else {
            linger_end
        })
    }

    /// Lets what waits go without waiting for more.
    pub(crate) fn send_all(&mut self, now: Instant) {
        if self.send_before < self.next_seq {
            self.send_before = self.next_seq;
            self.scores.hurry(now);
        }
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
        self.sent_score_last = false;
        let route = self.trace_route();
        self.send(Batch {
            entries,
            request_id: Id::random(),
            route,
            attempts: 0,
            due: now,
            server_set_due: false,
        })
    }

    fn send_retry(&mut self, at: usize) -> Job {
        let batch = self.retry.swap_remove(at);
        self.sent_retry_last = true;
        self.sent_score_last = false;
        self.send(batch)
    }

    fn trace_route(&self) -> Route {
        if self.batch_endpoint {
            Route::TraceBatch
        } else {
            Route::SingleTrace
        }
    }

    fn send(&mut self, batch: Batch) -> Job {
        self.in_flight = Some(InFlight {
            first_seq: batch.first_seq(),
            attempts: batch.attempts,
            kinds: kinds(&batch.entries),
        });
        Job::Send(batch)
    }
}
