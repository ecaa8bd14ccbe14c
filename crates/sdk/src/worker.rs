//! The transport thread: takes jobs from the queue until it is told to stop.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::fork::Inside;
use crate::losses::Losses;
use crate::open::OpenTraces;
use crate::queue::{Job, Queue};
use crate::sender::Sender;
use crate::sync::lock;
use crate::trace::Trace;

/// Open traces that are looked at in one go, so that no host thread waits long.
const CUT_AT_ONCE: usize = 64;

/// Name of the thread.
pub(crate) const THREAD_NAME: &str = "pandaprobe-transport";

/// What the transport thread and the host's threads share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) state: Mutex<State>,
    pub(crate) losses: Losses,
    /// Signalled when the worker should look at the queue again.
    pub(crate) work: Condvar,
    /// Signalled when a request has been settled or the worker has stopped.
    pub(crate) progress: Condvar,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) queue: Queue,
    pub(crate) open: OpenTraces,
    pub(crate) worker: Worker,
}

/// What the transport thread is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Worker {
    NotStarted,
    Busy,
    /// Sleeps; it must be woken when there is more to do.
    Asleep,
    Stopped,
}

impl Shared {
    pub(crate) fn new(queue: Queue, open: OpenTraces) -> Self {
        Self {
            state: Mutex::new(State {
                queue,
                open,
                worker: Worker::NotStarted,
            }),
            losses: Losses::default(),
            work: Condvar::new(),
            progress: Condvar::new(),
        }
    }

    /// Takes from the open traces that are due what is new, and lets it go at once.
    fn cut_due(&self) {
        let mut is_done = false;
        while !is_done {
            let _no_fork = Inside::enter();
            let mut state = lock(&self.state);
            let now = Instant::now();
            let due = state.open.take_due(now, CUT_AT_ONCE);
            is_done = due.len() < CUT_AT_ONCE;
            // A server that takes only whole traces gets them when they end.
            if state.queue.sends_open_parts() {
                self.cut(&mut state, &due, now);
            }
            // The last handle to a trace may be among them, and its end needs the lock.
            drop(state);
            drop(due);
        }
    }

    /// Takes from open traces what is new, and lets it go at once.
    pub(crate) fn cut(&self, state: &mut State, traces: &[Arc<Trace>], now: Instant) {
        for fragment in traces.iter().filter_map(|trace| trace.cut()) {
            for part in fragment.split() {
                state.queue.push(part, now, &self.losses);
            }
            state.queue.send_all(now);
        }
    }
}

/// Runs until the queue says stop.
pub(crate) fn run(shared: &Arc<Shared>, sender: &mut dyn Sender) {
    let mut state = lock(&shared.state);
    loop {
        let now = Instant::now();
        if state.open.is_due(now) {
            drop(state);
            shared.cut_due();
            state = lock(&shared.state);
        }
        let tick = state.open.tick();
        match state.queue.next_job(now) {
            Job::Stop => break,
            Job::Send(batch) => {
                drop(state);
                let outcome = sender.send(&batch);
                state = lock(&shared.state);
                state
                    .queue
                    .settle(batch, outcome, Instant::now(), &shared.losses);
                shared.progress.notify_all();
            }
            Job::Wait => state = sleep(shared, state, tick),
            Job::WaitUntil(due) => {
                let until = tick.map_or(due, |tick| tick.min(due));
                state = sleep(shared, state, Some(until));
            }
        }
    }
    state.queue.abandon(&shared.losses);
    state.worker = Worker::Stopped;
    drop(state);
    shared.progress.notify_all();
}

fn sleep<'a>(
    shared: &Shared,
    mut state: MutexGuard<'a, State>,
    until: Option<Instant>,
) -> MutexGuard<'a, State> {
    state.worker = Worker::Asleep;
    let mut state = match until {
        None => shared
            .work
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner),
        Some(until) => {
            let wait = until.saturating_duration_since(Instant::now());
            let woken = shared.work.wait_timeout(state, wait);
            woken.unwrap_or_else(PoisonError::into_inner).0
        }
    };
    state.worker = Worker::Busy;
    state
}
