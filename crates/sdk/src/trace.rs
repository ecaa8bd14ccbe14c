//! A live trace: collects its finished spans and sends them when it ends.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

use crate::clock::{Clock, Timestamp};
use crate::fork;
use crate::fragment::{FRAGMENT_SPANS_MAX, Fragment};
use crate::id::Id;
use crate::json::{Json, JsonObject};
use crate::limits::bounded_name;
use crate::record::{SessionBinding, SpanRecord, TraceHead, TraceStatus};
use crate::span::SpanCore;
use crate::sync::lock;
use crate::transport::Transport;

/// What is known of a trace when it is made.
#[derive(Debug, Default)]
pub struct TraceStart {
    /// Cut to the contract's length.
    pub name: String,
    /// Input of the request.
    pub input: Option<Json>,
    /// Session the trace belongs to.
    pub session: Option<SessionBinding>,
    /// User the trace belongs to, at most 255 characters.
    pub user_id: Option<Arc<str>>,
    /// Labels.
    pub tags: Vec<Box<str>>,
    /// Free metadata.
    pub metadata: JsonObject,
}

/// A live trace. Methods may be called from any thread and never block on IO.
///
/// From its first span or entry until it ends it is registered with the transport, whose
/// thread takes from it what is new once per flush interval. A trace that is dropped
/// before it ends leaves as it is, with status RUNNING.
#[derive(Debug)]
pub struct Trace {
    id: Id,
    clock: Clock,
    transport: Transport,
    /// How often the trace is entered at the moment.
    entered: AtomicUsize,
    registration: Registration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Shared with fragments on their way; copied only if changed after a send.
    head: Arc<TraceHead>,
    /// Finished and not sent yet, and their bytes.
    spans: Vec<SpanRecord>,
    bytes: usize,
    /// Spans that were entered; those that have ended are weeded out now and then.
    open_spans: Vec<Weak<SpanCore>>,
    weed_at: usize,
    /// The server was told, or will be, with the head as it was then.
    announced: bool,
    head_changed: bool,
    started: bool,
    ended: bool,
}

/// Finished spans that a trace collects at most before they leave.
const SPANS_MAX: usize = FRAGMENT_SPANS_MAX;
/// Their bytes.
const BYTES_MAX: usize = 1 << 20;
/// Entries of `open_spans` from which on ended ones are weeded out.
const WEED_MIN: usize = 64;

impl Trace {
    /// Makes a trace under a new id that sends to `transport`.
    pub fn new(transport: Transport, id: Id, start: TraceStart) -> Self {
        let clock = Clock::start();
        let head = TraceHead {
            id,
            name: bounded_name(&start.name).into(),
            status: TraceStatus::Completed,
            input: start.input,
            output: None,
            metadata: start.metadata,
            started: clock.started(),
            ended: None,
            session: start.session,
            user_id: start.user_id,
            tags: start.tags,
            environment: transport.environment().cloned(),
            release: transport.release().cloned(),
        };
        let state = State {
            head: Arc::new(head),
            spans: Vec::new(),
            bytes: 0,
            open_spans: Vec::new(),
            weed_at: WEED_MIN,
            announced: false,
            head_changed: false,
            started: false,
            ended: false,
        };
        Self {
            id,
            clock,
            transport,
            entered: AtomicUsize::new(0),
            registration: Registration::default(),
            state: Mutex::new(state),
        }
    }

    /// The trace's id.
    pub fn id(&self) -> Id {
        self.id
    }

    /// Whether the trace is entered and not left.
    pub fn is_open(&self) -> bool {
        self.entered.load(Ordering::Acquire) > 0
    }

    /// Where the trace is sent.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Starts the trace. Entering it again keeps its start.
    pub fn enter(self: &Arc<Self>) {
        {
            let mut state = lock(&self.state);
            if !state.started {
                state.started = true;
                Arc::make_mut(&mut state.head).started = self.clock.now();
            }
            state.ended = false;
            self.entered.fetch_add(1, Ordering::AcqRel);
        }
        self.register();
    }

    /// Ends the trace and hands it to the transport; `failed` makes its status ERROR.
    pub fn exit(&self, failed: bool) {
        let (fragment, has_ended) = {
            let mut state = lock(&self.state);
            let entered = self.entered.load(Ordering::Acquire).saturating_sub(1);
            self.entered.store(entered, Ordering::Release);
            state.ended = entered == 0;
            let head = Arc::make_mut(&mut state.head);
            head.ended = Some(self.clock.now());
            if failed {
                head.status = TraceStatus::Error;
            }
            state.announced = true;
            state.head_changed = false;
            let spans = state.take_spans(&self.transport);
            (Fragment::ended(Arc::clone(&state.head), spans), state.ended)
        };
        let key = if has_ended {
            self.registration.take()
        } else {
            None
        };
        self.transport.finish(Some(fragment), key, self);
    }

    /// Takes a finished span. Once the trace has ended it is sent on its own, under the
    /// same trace id, rather than lost.
    pub fn add_span(self: &Arc<Self>, span: SpanRecord) {
        self.take_span(span, None);
    }

    /// A span was entered.
    pub(crate) fn span_opened(&self, span: &Arc<SpanCore>) {
        let mut state = lock(&self.state);
        if state.open_spans.len() >= state.weed_at {
            state.weed();
        }
        state.open_spans.push(Arc::downgrade(span));
    }

    /// A span was left.
    pub(crate) fn span_ended(self: &Arc<Self>, span: &Arc<SpanCore>, record: SpanRecord) {
        self.take_span(record, Some(span));
    }

    fn take_span(self: &Arc<Self>, span: SpanRecord, ended: Option<&Arc<SpanCore>>) {
        let size = span.size();
        let (late, is_full) = {
            let mut state = lock(&self.state);
            if let Some(ended) = ended {
                state.forget_last(ended);
            }
            if state.ended {
                let head = Arc::clone(&state.head);
                (Some(Fragment::ended(head, vec![span])), false)
            } else {
                let is_crowded = self.transport.hold_open_bytes(size);
                state.spans.push(span);
                state.bytes += size;
                let is_full = state.spans.len() >= SPANS_MAX || state.bytes >= BYTES_MAX;
                (None, is_full || is_crowded)
            }
        };
        if let Some(fragment) = late {
            self.transport.enqueue(fragment);
            return;
        }
        self.register();
        if is_full {
            self.transport.cut(self);
        }
    }

    /// What is new since the last time, for a trace that is open. Called with the
    /// transport's lock, so that no other fragment of this trace comes in between.
    pub(crate) fn cut(&self) -> Option<Fragment> {
        let mut state = lock(&self.state);
        if state.ended {
            return None;
        }
        let running = state.announce_spans();
        let is_known = state.announced && !state.head_changed;
        if is_known && running.is_empty() && state.spans.is_empty() {
            return None;
        }
        let mut spans = state.take_spans(&self.transport);
        spans.extend(running);
        state.announced = true;
        state.head_changed = false;
        Some(Fragment::open(Arc::clone(&state.head), spans, is_known))
    }

    /// Registers with the transport of this very process, unless that was done.
    fn register(self: &Arc<Self>) {
        if !self.registration.is_valid() {
            self.registration.set(self.transport.register(self));
        }
    }

    /// Replaces the input; `None` removes it.
    pub fn set_input(&self, input: Option<Json>) {
        self.change(|head| head.input = input);
    }

    /// Replaces the output; `None` removes it.
    pub fn set_output(&self, output: Option<Json>) {
        self.change(|head| head.output = output);
    }

    /// Sets keys of the metadata.
    pub fn merge_metadata(&self, entries: Vec<(Json, Json)>) {
        self.change(|head| head.metadata.merge(entries));
    }

    /// Sets the status that the trace ends with, unless it fails.
    pub fn set_status(&self, status: TraceStatus) {
        let mut state = lock(&self.state);
        Arc::make_mut(&mut state.head).status = status;
    }

    fn change(&self, change: impl FnOnce(&mut TraceHead)) {
        let mut state = lock(&self.state);
        state.head_changed = true;
        change(Arc::make_mut(&mut state.head));
    }
}

impl State {
    fn take_spans(&mut self, transport: &Transport) -> Vec<SpanRecord> {
        transport.release_open_bytes(std::mem::take(&mut self.bytes));
        std::mem::take(&mut self.spans)
    }

    /// Open spans that the server has not heard of.
    fn announce_spans(&mut self) -> Vec<SpanRecord> {
        self.weed();
        let open = self.open_spans.iter().filter_map(Weak::upgrade);
        open.filter_map(|span| span.announce()).collect()
    }

    /// Most spans end in the order opposite to their beginning.
    fn forget_last(&mut self, ended: &Arc<SpanCore>) {
        let is_last = |span: &Weak<SpanCore>| std::ptr::eq(span.as_ptr(), Arc::as_ptr(ended));
        if self.open_spans.last().is_some_and(is_last) {
            self.open_spans.pop();
        }
    }

    fn weed(&mut self) {
        let is_open = |span: &Weak<SpanCore>| span.upgrade().is_some_and(|span| span.is_open());
        self.open_spans.retain(is_open);
        self.weed_at = WEED_MIN.max(2 * self.open_spans.len());
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        let state = self
            .state
            .get_mut()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let spans = state.take_spans(&self.transport);
        // Not registered here: ended, never used, or of the process this was forked from.
        let Some(key) = self.registration.take() else {
            return;
        };
        // Also without news: parts of it may be held back until they hear that it is over.
        let fragment = (!state.ended).then(|| {
            let head = Arc::make_mut(&mut state.head);
            head.status = TraceStatus::Running;
            head.ended = None;
            Fragment::ended(Arc::clone(&state.head), spans)
        });
        self.transport.finish(fragment, Some(key), self);
    }
}

/// The key under which a process's transport knows an open trace.
#[derive(Debug, Default)]
struct Registration(AtomicU64);

impl Registration {
    const NONE: u64 = 0;

    /// Whether this process, not one that it was forked from, has set it.
    fn is_valid(&self) -> bool {
        let value = self.0.load(Ordering::Acquire);
        value != Self::NONE && value >> 32 == u64::from(fork::generation())
    }

    fn set(&self, key: Option<usize>) {
        let key = key.and_then(|key| u32::try_from(key + 1).ok());
        let value = key.map_or(Self::NONE, |key| {
            u64::from(fork::generation()) << 32 | u64::from(key)
        });
        self.0.store(value, Ordering::Release);
    }

    fn take(&self) -> Option<usize> {
        if !self.is_valid() {
            return None;
        }
        let value = self.0.swap(Self::NONE, Ordering::AcqRel);
        // The low half is the key plus one.
        (value as u32).checked_sub(1).map(|key| key as usize)
    }
}

#[cfg(test)]
#[path = "trace_tests.rs"]
mod tests;
