//! A live trace: collects its finished spans and sends them when it ends.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::clock::{Clock, Timestamp};
use crate::fragment::Fragment;
use crate::id::Id;
use crate::json::{Json, JsonObject};
use crate::limits::bounded_name;
use crate::record::{SessionBinding, SpanRecord, TraceHead, TraceStatus};
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
#[derive(Debug)]
pub struct Trace {
    id: Id,
    clock: Clock,
    transport: Transport,
    /// How often the trace is entered at the moment.
    entered: AtomicUsize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Shared with fragments on their way; copied only if changed after a send.
    head: Arc<TraceHead>,
    /// Finished and not sent yet.
    spans: Vec<SpanRecord>,
    started: bool,
    ended: bool,
}

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
            started: false,
            ended: false,
        };
        Self {
            id,
            clock,
            transport,
            entered: AtomicUsize::new(0),
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
    pub fn enter(&self) {
        let mut state = lock(&self.state);
        if !state.started {
            state.started = true;
            Arc::make_mut(&mut state.head).started = self.clock.now();
        }
        state.ended = false;
        self.entered.fetch_add(1, Ordering::AcqRel);
    }

    /// Ends the trace and hands it to the transport; `failed` makes its status ERROR.
    pub fn exit(&self, failed: bool) {
        let fragment = {
            let mut state = lock(&self.state);
            let entered = self.entered.load(Ordering::Acquire).saturating_sub(1);
            self.entered.store(entered, Ordering::Release);
            state.ended = entered == 0;
            let head = Arc::make_mut(&mut state.head);
            head.ended = Some(self.clock.now());
            if failed {
                head.status = TraceStatus::Error;
            }
            Fragment::new(Arc::clone(&state.head), std::mem::take(&mut state.spans))
        };
        self.transport.enqueue(fragment);
    }

    /// Takes a finished span. Once the trace has ended it is sent on its own, under the
    /// same trace id, rather than lost.
    pub fn add_span(&self, span: SpanRecord) {
        let late = {
            let mut state = lock(&self.state);
            if state.ended {
                Some(Fragment::new(Arc::clone(&state.head), vec![span]))
            } else {
                state.spans.push(span);
                None
            }
        };
        if let Some(fragment) = late {
            self.transport.enqueue(fragment);
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
        self.change(|head| head.status = status);
    }

    fn change(&self, change: impl FnOnce(&mut TraceHead)) {
        change(Arc::make_mut(&mut lock(&self.state).head));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::SpanKind;
    use crate::span::Span;
    use crate::transport::tests::recording_transport;

    #[test]
    fn a_trace_is_sent_when_it_ends_with_its_finished_spans_in_order_of_completion() {
        let (transport, wire) = recording_transport();
        let trace = Arc::new(Trace::new(
            transport,
            Id::random(),
            TraceStart {
                name: "t".into(),
                ..TraceStart::default()
            },
        ));
        trace.enter();
        let outer = Span::new(Arc::clone(&trace), "outer", SpanKind::Other);
        outer.enter(None);
        let inner = Span::new(Arc::clone(&trace), "inner", SpanKind::Other);
        inner.enter(Some(outer.id()));
        inner.exit(None);
        outer.exit(None);
        trace.exit(false);
        let sent = wire.traces();
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0]["status"], "COMPLETED");
        assert_eq!(sent[0]["spans"][0]["name"], "inner");
        assert_eq!(
            sent[0]["spans"][0]["parent_span_id"],
            sent[0]["spans"][1]["span_id"]
        );
        assert_eq!(
            sent[0]["spans"][1]["parent_span_id"],
            serde_json::Value::Null
        );
    }

    #[test]
    fn a_span_that_ends_after_its_trace_follows_under_the_same_id() {
        let (transport, wire) = recording_transport();
        let trace = Arc::new(Trace::new(transport, Id::random(), TraceStart::default()));
        trace.enter();
        let span = Span::new(Arc::clone(&trace), "late", SpanKind::Other);
        span.enter(None);
        trace.exit(true);
        span.exit(None);
        let sent = wire.traces();
        assert_eq!(sent.len(), 2);
        assert_eq!(sent[0]["trace_id"], sent[1]["trace_id"]);
        assert_eq!(sent[1]["status"], "ERROR");
        assert_eq!(sent[1]["spans"][0]["name"], "late");
    }

    #[test]
    fn a_change_after_the_end_does_not_touch_what_was_handed_over() {
        let (transport, wire) = recording_transport();
        let trace = Trace::new(transport, Id::random(), TraceStart::default());
        trace.enter();
        trace.exit(false);
        trace.set_output(Some(Json::string("after")));
        assert_eq!(wire.traces()[0].get("output"), None);
    }
}
