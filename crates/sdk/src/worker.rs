//! The transport thread: takes jobs from the queue until it is told to stop.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::losses::Losses;
use crate::queue::{Job, Queue};
use crate::sender::Sender;
use crate::sync::lock;

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
    pub(crate) fn new(queue: Queue) -> Self {
        Self {
            state: Mutex::new(State {
                queue,
                worker: Worker::NotStarted,
            }),
            losses: Losses::default(),
            work: Condvar::new(),
            progress: Condvar::new(),
        }
    }
}

/// Runs until the queue says stop.
pub(crate) fn run(shared: &Arc<Shared>, sender: &mut dyn Sender) {
    let mut state = lock(&shared.state);
    loop {
        match state.queue.next_job(Instant::now()) {
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
            Job::Wait => state = sleep(shared, state, None),
            Job::WaitUntil(due) => state = sleep(shared, state, Some(due)),
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
