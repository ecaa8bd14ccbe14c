//! What could not be delivered, counted by reason until the host's side logs it.
//!
//! The transport thread only counts; it never logs, because a log handler belongs to
//! the host. Each lost item appears in exactly one [`LossReport`].

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::sync::lock;

/// Kinds of reasons kept apart; further ones are counted together.
const REASONS_MAX: usize = 8;
/// While the host program runs, losses are reported at most this often.
pub(crate) const REPORT_INTERVAL: Duration = Duration::from_secs(60);

/// Why an item was lost.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// The queue's limit was reached: the oldest item made room.
    QueueFull,
    /// The retry horizon passed; the text is the last failure.
    GaveUp(String),
    /// The server refused the item; the text is its reason.
    Rejected(String),
    /// The program ended, or the client was shut down, before it could be sent.
    ShutDown(String),
    /// Anything else, once there are too many different reasons.
    Other,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QueueFull => f.write_str("dropped because the queue was full"),
            Self::GaveUp(last) => write!(f, "given up after retrying ({last})"),
            Self::Rejected(reason) => write!(f, "rejected by the server ({reason})"),
            Self::ShutDown(last) => write!(f, "not sent before shutdown ({last})"),
            Self::Other => f.write_str("lost for other reasons"),
        }
    }
}

/// Losses since the last report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LossReport {
    /// Number of lost items for each reason.
    pub counts: Vec<(Loss, u64)>,
}

impl LossReport {
    /// Number of lost items.
    pub fn total(&self) -> u64 {
        self.counts.iter().map(|(_, count)| count).sum()
    }
}

impl fmt::Display for LossReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total();
        write!(
            f,
            "{total} {} lost: ",
            if total == 1 {
                "trace was"
            } else {
                "traces were"
            }
        )?;
        for (at, (loss, count)) in self.counts.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{count} {loss}")?;
        }
        Ok(())
    }
}

/// The counters, shared by the transport thread and the host's threads.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    total: AtomicU64,
    /// Lets the host's hot path ask without taking the lock.
    unreported: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    counts: BTreeMap<Loss, u64>,
    reported_at: Option<Instant>,
}

impl Losses {
    /// Counts `count` items lost for the same reason.
    pub(crate) fn add(&self, loss: Loss, count: u64) {
        if count == 0 {
            return;
        }
        let mut state = lock(&self.state);
        let known = state.counts.contains_key(&loss) || state.counts.len() < REASONS_MAX;
        *state
            .counts
            .entry(if known { loss } else { Loss::Other })
            .or_default() += count;
        self.total.fetch_add(count, Ordering::Relaxed);
        self.unreported.store(true, Ordering::Release);
    }

    /// Number of items lost since the start.
    pub(crate) fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }

    /// Whether there is something to report.
    pub(crate) fn has_unreported(&self) -> bool {
        self.unreported.load(Ordering::Acquire)
    }

    /// Takes what was not reported yet.
    pub(crate) fn take(&self, now: Instant) -> Option<LossReport> {
        if !self.unreported.swap(false, Ordering::AcqRel) {
            return None;
        }
        let mut state = lock(&self.state);
        state.reported_at = Some(now);
        let counts: Vec<_> = std::mem::take(&mut state.counts).into_iter().collect();
        (!counts.is_empty()).then_some(LossReport { counts })
    }

    /// As [`Losses::take`], unless the last report is younger than [`REPORT_INTERVAL`].
    pub(crate) fn take_if_due(&self, now: Instant) -> Option<LossReport> {
        if !self.has_unreported() {
            return None;
        }
        let reported_at = lock(&self.state).reported_at;
        let due = reported_at.is_none_or(|at| now.duration_since(at) >= REPORT_INTERVAL);
        if due { self.take(now) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loss_is_reported_once() {
        let losses = Losses::default();
        let now = Instant::now();
        losses.add(Loss::QueueFull, 2);
        losses.add(Loss::Rejected("no name".into()), 1);
        let report = losses.take(now).unwrap();
        assert_eq!(report.total(), 3);
        assert_eq!(
            report.to_string(),
            "3 traces were lost: 2 dropped because the queue was full; 1 rejected by the server (no name)"
        );
        assert_eq!(losses.take(now), None);
        assert_eq!(losses.total(), 3);
    }

    #[test]
    fn a_running_program_hears_of_losses_at_most_once_an_interval() {
        let losses = Losses::default();
        let now = Instant::now();
        losses.add(Loss::QueueFull, 1);
        assert!(losses.take_if_due(now).is_some());
        losses.add(Loss::QueueFull, 1);
        assert_eq!(losses.take_if_due(now), None);
        assert_eq!(
            losses.take_if_due(now + REPORT_INTERVAL).unwrap().total(),
            1
        );
    }

    #[test]
    fn the_number_of_reasons_is_bounded() {
        let losses = Losses::default();
        for at in 0..100 {
            losses.add(Loss::Rejected(at.to_string()), 1);
        }
        let report = losses.take(Instant::now()).unwrap();
        assert_eq!(report.total(), 100);
        assert!(report.counts.len() <= REASONS_MAX + 1);
    }
}
