//! What could not be delivered, counted by reason until the host's side logs it.
//!
//! The transport thread only counts; it never logs, because a log handler belongs to
//! the host. Each lost item appears in exactly one [`LossReport`].

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
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
    /// What the host gave could not be turned into something to send; the text says why.
    Unencodable(String),
    /// Anything else, once there are too many different reasons.
    Other,
}

impl Loss {
    /// A short name that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::GaveUp(_) => "gave_up",
            Self::Rejected(_) => "rejected",
            Self::ShutDown(_) => "shut_down",
            Self::Unencodable(_) => "unencodable",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QueueFull => f.write_str("dropped because the queue was full"),
            Self::GaveUp(last) => write!(f, "given up after retrying ({last})"),
            Self::Rejected(reason) => write!(f, "rejected by the server ({reason})"),
            Self::ShutDown(last) => write!(f, "not sent before shutdown ({last})"),
            Self::Unencodable(reason) => write!(f, "not usable as given ({reason})"),
            Self::Other => f.write_str("lost for other reasons"),
        }
    }
}

/// What was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LostItem {
    /// A trace, or the last part of one.
    Trace,
    /// What an open trace had so far; what follows may arrive.
    OpenPart,
    /// A score.
    Score,
}

impl LostItem {
    /// A short name that does not change.
    pub fn code(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::OpenPart => "trace_part",
            Self::Score => "score",
        }
    }

    /// `count` of it, in words.
    pub fn phrase(self, count: u64) -> String {
        let (one, many) = match self {
            Self::Trace => ("trace", "traces"),
            Self::OpenPart => ("part of an open trace", "parts of open traces"),
            Self::Score => ("score", "scores"),
        };
        format!("{count} {}", if count == 1 { one } else { many })
    }
}

/// Items lost for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LossCount {
    /// What.
    pub item: LostItem,
    /// Why.
    pub loss: Loss,
    /// How many.
    pub count: u64,
}

/// Losses since the last report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LossReport {
    /// Number of lost items for each kind and reason.
    pub counts: Vec<LossCount>,
}

impl LossReport {
    /// Number of lost items.
    pub fn total(&self) -> u64 {
        self.counts.iter().map(|count| count.count).sum()
    }

    /// `2 traces and 1 score`.
    fn items(&self) -> String {
        let phrase = |item: LostItem| {
            let of_item = self.counts.iter().filter(|count| count.item == item);
            let count: u64 = of_item.map(|count| count.count).sum();
            (count > 0).then(|| item.phrase(count))
        };
        let items = [LostItem::Trace, LostItem::OpenPart, LostItem::Score];
        items
            .into_iter()
            .filter_map(phrase)
            .collect::<Vec<_>>()
            .join(" and ")
    }

    /// Number of lost items for each reason, whatever they are.
    fn reasons(&self) -> BTreeMap<&Loss, u64> {
        let mut reasons = BTreeMap::new();
        for LossCount { loss, count, .. } in &self.counts {
            *reasons.entry(loss).or_default() += count;
        }
        reasons
    }
}

impl fmt::Display for LossReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let were = if self.total() == 1 { "was" } else { "were" };
        write!(f, "{} {were} lost: ", self.items())?;
        for (at, (loss, count)) in self.reasons().into_iter().enumerate() {
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
    /// Signalled when there is something for the listener.
    heard: Condvar,
}

type Counts = BTreeMap<(LostItem, Loss), u64>;

#[derive(Debug, Default)]
struct State {
    counts: Counts,
    reported_at: Option<Instant>,
    /// What the listener has not heard of; kept only while there is one.
    unheard: Counts,
    is_listened_to: bool,
}

impl Losses {
    /// Counts `count` items lost for the same reason.
    pub(crate) fn add(&self, item: LostItem, loss: Loss, count: u64) {
        if count == 0 {
            return;
        }
        let mut state = lock(&self.state);
        if state.is_listened_to {
            add_to(&mut state.unheard, item, loss.clone(), count);
            self.heard.notify_all();
        }
        add_to(&mut state.counts, item, loss, count);
        self.total.fetch_add(count, Ordering::Relaxed);
        self.unreported.store(true, Ordering::Release);
    }

    /// From now on losses are kept for a listener too.
    pub(crate) fn listen(&self) {
        lock(&self.state).is_listened_to = true;
    }

    /// Ends the wait of the listener, who may still take what there is.
    pub(crate) fn stop_listening(&self) {
        lock(&self.state).is_listened_to = false;
        self.heard.notify_all();
    }

    /// Waits until there is something for the listener, at most for `timeout`, and takes
    /// it: each loss once.
    pub(crate) fn hear(&self, timeout: Duration) -> Option<LossReport> {
        let state = lock(&self.state);
        let quiet = |state: &mut State| state.is_listened_to && state.unheard.is_empty();
        let waited = self.heard.wait_timeout_while(state, timeout, quiet);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        report(std::mem::take(&mut state.unheard))
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
        report(std::mem::take(&mut state.counts))
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

fn add_to(counts: &mut Counts, item: LostItem, loss: Loss, count: u64) {
    let key = (item, loss);
    let known = counts.contains_key(&key) || counts.len() < REASONS_MAX;
    let key = if known { key } else { (item, Loss::Other) };
    *counts.entry(key).or_default() += count;
}

fn report(counts: Counts) -> Option<LossReport> {
    let counted = |((item, loss), count)| LossCount { item, loss, count };
    let counts: Vec<_> = counts.into_iter().map(counted).collect();
    (!counts.is_empty()).then_some(LossReport { counts })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loss_is_reported_once() {
        let losses = Losses::default();
        let now = Instant::now();
        losses.add(LostItem::Trace, Loss::QueueFull, 2);
        losses.add(LostItem::Trace, Loss::Rejected("no name".into()), 1);
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
        losses.add(LostItem::Trace, Loss::QueueFull, 1);
        assert!(losses.take_if_due(now).is_some());
        losses.add(LostItem::Trace, Loss::QueueFull, 1);
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
            losses.add(LostItem::Trace, Loss::Rejected(at.to_string()), 1);
        }
        let report = losses.take(Instant::now()).unwrap();
        assert_eq!(report.total(), 100);
        assert!(report.counts.len() <= REASONS_MAX + 1);
    }

    #[test]
    fn a_report_says_what_was_lost() {
        let losses = Losses::default();
        losses.add(LostItem::Score, Loss::QueueFull, 1);
        losses.add(LostItem::Trace, Loss::QueueFull, 2);
        losses.add(LostItem::OpenPart, Loss::GaveUp("no".into()), 1);
        assert_eq!(
            losses.take(Instant::now()).unwrap().to_string(),
            "2 traces and 1 part of an open trace and 1 score were lost: \
             3 dropped because the queue was full; 1 given up after retrying (no)"
        );
    }

    #[test]
    fn a_listener_hears_each_loss_once_from_when_it_listens() {
        let losses = Losses::default();
        losses.add(LostItem::Trace, Loss::QueueFull, 1);
        losses.listen();
        assert_eq!(losses.hear(Duration::ZERO), None);
        losses.add(LostItem::Score, Loss::QueueFull, 2);
        assert_eq!(losses.hear(Duration::from_secs(60)).unwrap().total(), 2);
        assert_eq!(losses.hear(Duration::ZERO), None);
        assert_eq!(losses.take(Instant::now()).unwrap().total(), 3);
        losses.add(LostItem::Score, Loss::QueueFull, 1);
        losses.stop_listening();
        assert_eq!(losses.hear(Duration::from_secs(60)).unwrap().total(), 1);
        assert_eq!(losses.hear(Duration::from_secs(60)), None);
    }
}
