//! The handle that the host's threads use: put in, flush, shut down.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::fragment::Fragment;
use crate::losses::{Loss, LossReport};
use crate::queue::Queue;
use crate::sender::{HttpSender, Sender};
use crate::settings::Settings;
use crate::sync::lock;
use crate::worker::{self, Shared, THREAD_NAME, Worker};

/// Makes the sender when the thread starts, on that thread.
type SenderFactory = Arc<dyn Fn(&Settings) -> Box<dyn Sender> + Send + Sync>;

/// A bounded queue with one background thread behind it, which starts with the first
/// item. Cloning gives another handle to the same queue.
#[derive(Clone)]
pub struct Transport(Arc<Inner>);

struct Inner {
    settings: Settings,
    environment: Option<Arc<str>>,
    release: Option<Arc<str>>,
    make_sender: SenderFactory,
    closed: AtomicBool,
    /// Replaced as a whole in the child after a fork: what the parent's threads may have
    /// been holding is never touched again.
    shared: Mutex<Arc<Shared>>,
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transport")
            .field("settings", &self.0.settings)
            .finish_non_exhaustive()
    }
}

/// How a flush or shutdown ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// Nothing is left to wait for.
    Yes,
    /// The time is up.
    TimedOut,
    /// The caller's check asked to stop waiting.
    Interrupted,
}

/// A look at the transport's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportStats {
    /// Items waiting or in flight.
    pub items: usize,
    /// Bytes waiting or in flight, roughly.
    pub bytes: usize,
    /// Items lost since the start.
    pub lost: u64,
    /// The last failure to send; empty if the last attempt succeeded.
    pub last_failure: String,
}

/// How long a wait lasts before the caller's check is asked again.
const CHECK_INTERVAL: Duration = Duration::from_millis(100);

impl Transport {
    /// A transport over HTTP. `environment` and `release` are put on every trace.
    pub fn new(settings: Settings, environment: Option<&str>, release: Option<&str>) -> Self {
        let factory: SenderFactory = Arc::new(|settings| Box::new(HttpSender::new(settings)));
        Self::with_sender(settings, environment, release, factory)
    }

    fn with_sender(
        settings: Settings,
        environment: Option<&str>,
        release: Option<&str>,
        make_sender: SenderFactory,
    ) -> Self {
        let shared = Arc::new(Shared::new(Queue::new(&settings)));
        Self(Arc::new(Inner {
            settings,
            environment: environment.map(Arc::from),
            release: release.map(Arc::from),
            make_sender,
            closed: AtomicBool::new(false),
            shared: Mutex::new(shared),
        }))
    }

    /// The server's base URL.
    pub fn endpoint(&self) -> &str {
        self.0.settings.endpoint.as_str()
    }

    pub(crate) fn environment(&self) -> Option<&Arc<str>> {
        self.0.environment.as_ref()
    }

    pub(crate) fn release(&self) -> Option<&Arc<str>> {
        self.0.release.as_ref()
    }

    fn shared(&self) -> Arc<Shared> {
        Arc::clone(&lock(&self.0.shared))
    }

    /// Hands over a fragment. Never waits for the network; after [`Transport::shutdown`]
    /// the fragment is dropped.
    pub fn enqueue(&self, fragment: Fragment) {
        if self.0.closed.load(Ordering::Acquire) {
            return;
        }
        let shared = self.shared();
        let mut wake = false;
        {
            let mut state = lock(&shared.state);
            if state.queue.is_closing() {
                return;
            }
            let now = Instant::now();
            for part in fragment.split() {
                wake |= state.queue.push(part, now, &shared.losses);
            }
            match state.worker {
                Worker::NotStarted => state.worker = self.start_worker(&shared),
                // Said here, so that no second wake-up follows before the first is seen.
                Worker::Asleep if wake => state.worker = Worker::Busy,
                _ => wake = false,
            }
        }
        if wake {
            shared.work.notify_one();
        }
    }

    /// If the system has no thread to give, the next item asks again.
    fn start_worker(&self, shared: &Arc<Shared>) -> Worker {
        let shared = Arc::clone(shared);
        let settings = self.0.settings.clone();
        let make_sender = Arc::clone(&self.0.make_sender);
        let started = std::thread::Builder::new()
            .name(THREAD_NAME.to_owned())
            .spawn(move || {
                let mut sender = make_sender(&settings);
                worker::run(&shared, sender.as_mut());
            });
        if started.is_ok() {
            Worker::Busy
        } else {
            Worker::NotStarted
        }
    }

    /// Waits until everything handed over so far was delivered, given up or tried several
    /// times, at most for `timeout`. `interrupted` is asked several times a second.
    pub fn flush(&self, timeout: Duration, interrupted: impl FnMut() -> bool) -> Drained {
        let shared = self.shared();
        let mark = {
            let mut state = lock(&shared.state);
            if state.worker == Worker::NotStarted || state.queue.items() == 0 {
                return Drained::Yes;
            }
            state.queue.begin_flush(Instant::now())
        };
        shared.work.notify_all();
        wait(
            &shared,
            Instant::now() + timeout,
            interrupted,
            |queue, worker| worker == Worker::Stopped || queue.is_settled(mark),
        )
    }

    /// Stops intake, sends what waits for at most `timeout` and gives up the rest.
    pub fn shutdown(&self, timeout: Duration, interrupted: impl FnMut() -> bool) -> Drained {
        self.begin_shutdown(timeout);
        let shared = self.shared();
        let drained = wait(
            &shared,
            Instant::now() + timeout,
            interrupted,
            |_, worker| matches!(worker, Worker::Stopped | Worker::NotStarted),
        );
        let mut state = lock(&shared.state);
        if state.worker != Worker::Stopped {
            state.queue.abandon(&shared.losses);
        }
        drained
    }

    /// The first half of [`Transport::shutdown`], which does not wait: several transports
    /// can so drain at the same time.
    pub fn begin_shutdown(&self, timeout: Duration) {
        self.0.closed.store(true, Ordering::Release);
        let shared = self.shared();
        let now = Instant::now();
        lock(&shared.state).queue.begin_close(now, now + timeout);
        shared.work.notify_all();
    }

    /// Whether [`Transport::shutdown`] was called.
    pub fn is_shut_down(&self) -> bool {
        self.0.closed.load(Ordering::Acquire)
    }

    /// To be called in the child after a fork: starts empty, and with a thread of its own
    /// at the first item. Neither takes a lock that another thread of the parent could
    /// have held, nor frees what such a thread was changing.
    pub fn reset_after_fork(&self) {
        *lock(&self.0.shared) = Arc::new(Shared::new(Queue::new(&self.0.settings)));
    }

    /// Takes the losses that were not reported yet.
    pub fn take_losses(&self) -> Option<LossReport> {
        self.shared().losses.take(Instant::now())
    }

    /// As [`Transport::take_losses`], but at most once a minute; cheap when there are none.
    pub fn take_losses_if_due(&self) -> Option<LossReport> {
        let shared = lock(&self.0.shared);
        if !shared.losses.has_unreported() {
            return None;
        }
        shared.losses.take_if_due(Instant::now())
    }

    /// Counts an item that was lost before it reached the queue.
    pub fn count_loss(&self, loss: Loss) {
        self.shared().losses.add(loss, 1);
    }

    /// The transport's state at this moment.
    pub fn stats(&self) -> TransportStats {
        let shared = self.shared();
        let state = lock(&shared.state);
        TransportStats {
            items: state.queue.items(),
            bytes: state.queue.bytes(),
            lost: shared.losses.total(),
            last_failure: state.queue.last_failure().to_owned(),
        }
    }
}

fn wait(
    shared: &Shared,
    deadline: Instant,
    mut interrupted: impl FnMut() -> bool,
    done: impl Fn(&Queue, Worker) -> bool,
) -> Drained {
    let mut state = lock(&shared.state);
    loop {
        if done(&state.queue, state.worker) {
            return Drained::Yes;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Drained::TimedOut;
        }
        let woken = shared
            .progress
            .wait_timeout(state, left.min(CHECK_INTERVAL));
        drop(woken.unwrap_or_else(PoisonError::into_inner).0);
        // The check may run code of the host, so not under our lock.
        if interrupted() {
            return Drained::Interrupted;
        }
        state = lock(&shared.state);
    }
}

#[cfg(test)]
#[path = "transport_tests.rs"]
pub(crate) mod tests;
