//! The handle that the host's threads use: put in, flush, shut down.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::fork::Inside;
use crate::fragment::Fragment;
use crate::losses::{Loss, LossReport, LostItem};
use crate::open::OpenTraces;
use crate::queue::Queue;
use crate::score::Score;
use crate::sender::{HttpSender, Sender};
use crate::settings::Settings;
use crate::sync::lock;
use crate::trace::Trace;
use crate::worker::{self, Shared, State, THREAD_NAME, Worker};

/// Makes the sender when the thread starts, on that thread.
type SenderFactory = Arc<dyn Fn(&Settings) -> Box<dyn Sender> + Send + Sync>;

/// A bounded queue with one background thread behind it, which starts with the first
/// open trace or item. Cloning gives another handle to the same queue.
///
/// Methods that wait (`flush`, `shutdown`, `hear_losses`) may be called by threads that a
/// fork does not stop; all others return at once, and a fork happens before or after them.
#[derive(Clone)]
pub struct Transport(Arc<Inner>);

struct Inner {
    settings: Settings,
    environment: Option<Arc<str>>,
    release: Option<Arc<str>>,
    make_sender: SenderFactory,
    closed: AtomicBool,
    /// Bytes of finished spans that open traces hold.
    open_bytes: Arc<AtomicUsize>,
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
    /// Traces that are open.
    pub open_traces: usize,
    /// Items lost since the start.
    pub lost: u64,
    /// The last failure to send; empty if the last attempt succeeded.
    pub last_failure: String,
}

/// Open traces hold at most this part of the queue's bytes; then what they have is queued.
const OPEN_SHARE: usize = 4;
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
        let open_bytes = Arc::<AtomicUsize>::default();
        let shared = Arc::new(new_shared(&settings, &open_bytes));
        Self(Arc::new(Inner {
            settings,
            environment: environment.map(Arc::from),
            release: release.map(Arc::from),
            make_sender,
            closed: AtomicBool::new(false),
            open_bytes,
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
        self.put(|state, shared, now| push(state, shared, fragment, now));
    }

    /// Hands over a score, which goes after all that is known of its trace so far.
    pub fn enqueue_score(&self, score: Score) {
        let mut trace = None;
        self.put(|state, shared, now| {
            trace = state.open.find(score.trace_id);
            if let Some(trace) = &trace {
                shared.cut(state, std::slice::from_ref(trace), now);
            }
            state.queue.push_score(score, now, &shared.losses);
            true
        });
    }

    /// Adds a trace to those that are looked at once per flush interval; gives the key
    /// that [`Transport::finish`] needs, or `None` after a shutdown.
    pub(crate) fn register(&self, trace: &Arc<Trace>) -> Option<usize> {
        let mut key = None;
        self.put(|state, _, now| {
            let (added, is_news) = state.open.add(trace, now);
            key = Some(added);
            is_news
        });
        key
    }

    /// Takes the last that a trace has to say, and forgets the trace.
    pub(crate) fn finish(&self, fragment: Option<Fragment>, key: Option<usize>, trace: &Trace) {
        self.put(|state, shared, now| {
            if let Some(key) = key {
                state.open.remove(key, trace);
            }
            fragment.is_some_and(|fragment| push(state, shared, fragment, now))
        });
    }

    /// Takes from an open trace what is new, and sends it at once.
    pub(crate) fn cut(&self, trace: &Arc<Trace>) {
        let is_open = self.put(|state, shared, now| {
            shared.cut(state, std::slice::from_ref(trace), now);
            true
        });
        if !is_open {
            // Nobody will ever ask for it.
            drop(trace.cut());
        }
    }

    /// Counts bytes that an open trace holds; true if all of them hold too many.
    pub(crate) fn hold_open_bytes(&self, bytes: usize) -> bool {
        let before = self.0.open_bytes.fetch_add(bytes, Ordering::Relaxed);
        before + bytes > self.0.settings.max_queue_bytes / OPEN_SHARE
    }

    /// Takes back what [`Transport::hold_open_bytes`] counted.
    pub(crate) fn release_open_bytes(&self, bytes: usize) {
        if bytes > 0 {
            self.0.open_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
    }

    /// Runs `change` with the lock; true from it wakes a sleeping worker. False if
    /// nothing is taken any more.
    fn put(&self, change: impl FnOnce(&mut State, &Shared, Instant) -> bool) -> bool {
        if self.0.closed.load(Ordering::Acquire) {
            return false;
        }
        let shared = self.shared();
        let mut wake;
        {
            let mut state = lock(&shared.state);
            if state.queue.is_closing() {
                return false;
            }
            wake = change(&mut state, &shared, Instant::now());
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
        true
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

    /// Waits until everything recorded so far, what open traces have included, was
    /// delivered, given up or tried several times, at most for `timeout`. `interrupted` is asked several times a second.
    pub fn flush(&self, timeout: Duration, interrupted: impl FnMut() -> bool) -> Drained {
        let (shared, mark) = {
            let _no_fork = Inside::enter();
            let shared = self.shared();
            let mut state = lock(&shared.state);
            let open = state.open.all();
            let now = Instant::now();
            if state.queue.sends_open_parts() {
                shared.cut(&mut state, &open, now);
            }
            let is_idle = state.worker == Worker::NotStarted || state.queue.items() == 0;
            let mark = (!is_idle).then(|| state.queue.begin_flush(now));
            drop(state);
            drop(open);
            (shared, mark)
        };
        let Some(mark) = mark else {
            return Drained::Yes;
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
        let shared = {
            let _no_fork = Inside::enter();
            self.begin_shutdown(timeout);
            self.shared()
        };
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
        let mut state = lock(&shared.state);
        let open = state.open.all();
        let now = Instant::now();
        if !state.queue.is_closing() {
            shared.cut(&mut state, &open, now);
        }
        state.queue.begin_close(now, now + timeout);
        drop(state);
        drop(open);
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
        let fresh = new_shared(&self.0.settings, &self.0.open_bytes);
        *lock(&self.0.shared) = Arc::new(fresh);
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
    pub fn count_loss(&self, item: LostItem, loss: Loss) {
        self.shared().losses.add(item, loss, 1);
    }

    /// From now on losses are kept for [`Transport::hear_losses`] too.
    pub fn listen_to_losses(&self) {
        self.shared().losses.listen();
    }

    /// Ends a wait in [`Transport::hear_losses`], now and later.
    pub fn stop_listening_to_losses(&self) {
        self.shared().losses.stop_listening();
    }

    /// Waits for losses, at most for `timeout`, and takes them: each once, whether or not
    /// it was reported otherwise.
    pub fn hear_losses(&self, timeout: Duration) -> Option<LossReport> {
        let shared = {
            let _no_fork = Inside::enter();
            self.shared()
        };
        shared.losses.hear(timeout)
    }

    /// The transport's state at this moment.
    pub fn stats(&self) -> TransportStats {
        let shared = self.shared();
        let state = lock(&shared.state);
        TransportStats {
            items: state.queue.items(),
            bytes: state.queue.bytes(),
            open_traces: state.open.len(),
            lost: shared.losses.total(),
            last_failure: state.queue.last_failure().to_owned(),
        }
    }
}

fn new_shared(settings: &Settings, open_bytes: &Arc<AtomicUsize>) -> Shared {
    Shared::new(
        Queue::new(settings, Arc::clone(open_bytes)),
        OpenTraces::new(settings.flush_interval),
    )
}

fn push(state: &mut State, shared: &Shared, fragment: Fragment, now: Instant) -> bool {
    let mut wake = false;
    for part in fragment.split() {
        wake |= state.queue.push(part, now, &shared.losses);
    }
    wake
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
