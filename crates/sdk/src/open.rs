//! The traces that are open now, and when each is to be looked at.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use slab::Slab;

use crate::id::Id;
use crate::trace::Trace;

/// Traces that are due within this part of the interval are taken along, so that many
/// open traces do not wake the thread one by one.
const EARLY_PART: u32 = 8;
/// Shortest time between two looks at one trace, however short the interval is.
const INTERVAL_MIN: Duration = Duration::from_millis(10);

/// Open traces of one transport. Does not keep them alive.
#[derive(Debug)]
pub(crate) struct OpenTraces {
    interval: Duration,
    slots: Slab<OpenTrace>,
    /// When to look next. Stays set for a while after the last trace has ended, so that
    /// short traces need not wake the thread.
    tick: Option<Instant>,
}

#[derive(Debug)]
struct OpenTrace {
    id: Id,
    trace: Weak<Trace>,
    due: Instant,
}

impl OpenTraces {
    /// With `interval` between two looks at a trace.
    pub(crate) fn new(interval: Duration) -> Self {
        Self {
            interval: interval.max(INTERVAL_MIN),
            slots: Slab::new(),
            tick: None,
        }
    }

    /// Adds a trace; gives its key and whether the thread does not know yet that it has
    /// to look.
    pub(crate) fn add(&mut self, trace: &Arc<Trace>, now: Instant) -> (usize, bool) {
        let due = now + self.interval;
        let key = self.slots.insert(OpenTrace {
            id: trace.id(),
            trace: Arc::downgrade(trace),
            due,
        });
        let is_news = self.tick.is_none();
        // No later than any other: all wait for the same interval.
        self.tick.get_or_insert(due);
        (key, is_news)
    }

    /// Takes out the trace that was added under `key`, if it is still there.
    pub(crate) fn remove(&mut self, key: usize, trace: *const Trace) {
        let is_same = |open: &OpenTrace| std::ptr::eq(open.trace.as_ptr(), trace);
        if self.slots.get(key).is_some_and(is_same) {
            drop(self.slots.remove(key));
        }
    }

    /// Number of open traces.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// When to look next, if at all.
    pub(crate) fn tick(&self) -> Option<Instant> {
        self.tick
    }

    /// Whether it is time to look.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.tick.is_some_and(|tick| tick <= now)
    }

    /// Traces to look at now, at most `most` of them; the rest is due still.
    ///
    /// The caller drops them without the lock: the last handle to a trace may be here.
    pub(crate) fn take_due(&mut self, now: Instant, most: usize) -> Vec<Arc<Trace>> {
        let horizon = now + self.interval / EARLY_PART;
        let mut taken = Vec::new();
        let mut next: Option<Instant> = None;
        self.slots.retain(|_, open| open.trace.strong_count() > 0);
        for (_, open) in &mut self.slots {
            if open.due <= horizon && taken.len() < most {
                taken.extend(open.trace.upgrade());
                open.due = now + self.interval;
            }
            next = Some(next.map_or(open.due, |next| next.min(open.due)));
        }
        self.tick = next;
        taken
    }

    /// All open traces; to be dropped as those of [`OpenTraces::take_due`].
    pub(crate) fn all(&self) -> Vec<Arc<Trace>> {
        let open = self.slots.iter();
        open.filter_map(|(_, open)| open.trace.upgrade()).collect()
    }

    /// The open trace of this id; to be dropped as those of [`OpenTraces::take_due`].
    pub(crate) fn find(&self, id: Id) -> Option<Arc<Trace>> {
        let mut open = self.slots.iter();
        open.find(|(_, open)| open.id == id)?.1.trace.upgrade()
    }
}
