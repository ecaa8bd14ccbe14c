//! A live span.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::clock::Timestamp;
use crate::id::Id;
use crate::json::Json;
use crate::limits::{LABEL_MAX, bounded_name, bounded_text};
use crate::record::{BuiltSpan, ErrorInfo, SpanDetails, SpanKind, SpanRecord, SpanStatus};
use crate::sync::lock;
use crate::trace::Trace;

/// Metadata key under which an exception's type and stack are kept.
const EXCEPTION_KEY: &str = "exception";

/// A live span of a [`Trace`]. Its parent is fixed when it is entered.
#[derive(Debug)]
pub struct Span(Arc<SpanCore>);

/// What a span and its trace share while the span is open.
#[derive(Debug)]
pub(crate) struct SpanCore {
    id: Id,
    trace: Arc<Trace>,
    name: Arc<str>,
    kind: SpanKind,
    entered: AtomicUsize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    parent: Option<Id>,
    started: Option<Timestamp>,
    /// Handed over in its open form.
    announced: bool,
    failed: bool,
    details: SpanDetails,
}

impl SpanCore {
    /// Whether the span is entered and not left.
    pub(crate) fn is_open(&self) -> bool {
        self.entered.load(Ordering::Acquire) > 0
    }

    /// The span as it is now, if it is open: the first time only.
    pub(crate) fn announce(&self) -> Option<SpanRecord> {
        let mut state = lock(&self.state);
        let started = state.started.filter(|_| self.is_open())?;
        if std::mem::replace(&mut state.announced, true) {
            return None;
        }
        Some(SpanRecord::from_built(BuiltSpan {
            id: self.id,
            parent: state.parent,
            name: Arc::clone(&self.name),
            kind: self.kind,
            status: SpanStatus::Unset,
            started,
            ended: None,
            details: state.details.clone(),
        }))
    }
}

impl Span {
    /// Makes a span of `trace` under a new id; the name is cut to the contract's length.
    pub fn new(trace: Arc<Trace>, name: &str, kind: SpanKind) -> Self {
        Self(Arc::new(SpanCore {
            id: Id::random(),
            trace,
            name: bounded_name(name).into(),
            kind,
            entered: AtomicUsize::new(0),
            state: Mutex::default(),
        }))
    }

    /// The span's id.
    pub fn id(&self) -> Id {
        self.0.id
    }

    /// The span's kind.
    pub fn kind(&self) -> SpanKind {
        self.0.kind
    }

    /// The trace the span belongs to.
    pub fn trace(&self) -> &Arc<Trace> {
        &self.0.trace
    }

    /// Whether the span is entered and not left.
    pub fn is_open(&self) -> bool {
        self.0.is_open()
    }

    /// Starts the span under `parent` (`None`: a root of its trace). Entering it again
    /// keeps start and parent.
    pub fn enter(&self, parent: Option<Id>) {
        let core = &self.0;
        let now = core.trace.now();
        {
            let mut state = lock(&core.state);
            if state.started.is_none() {
                state.started = Some(now);
                state.parent = parent;
            }
            core.entered.fetch_add(1, Ordering::AcqRel);
        }
        core.trace.span_opened(core);
    }

    /// Ends the span and hands it to its trace; with an error its status is ERROR.
    pub fn exit(&self, error: Option<ErrorInfo>) {
        let core = &self.0;
        let now = core.trace.now();
        let record = {
            let mut state = lock(&core.state);
            let entered = core.entered.load(Ordering::Acquire);
            core.entered
                .store(entered.saturating_sub(1), Ordering::Release);
            if let Some(error) = error {
                state.failed = true;
                state.details.error = Some(error.message.into());
                state
                    .details
                    .metadata
                    .insert_if_absent(EXCEPTION_KEY, error.details);
            }
            let status = if state.failed {
                SpanStatus::Error
            } else {
                SpanStatus::Ok
            };
            SpanRecord::from_built(BuiltSpan {
                id: core.id,
                parent: state.parent,
                name: Arc::clone(&core.name),
                kind: core.kind,
                status,
                started: state.started.unwrap_or(now),
                ended: Some(now),
                details: std::mem::take(&mut state.details),
            })
        };
        core.trace.span_ended(core, record);
    }

    /// Replaces the input; `None` removes it.
    pub fn set_input(&self, input: Option<Json>) {
        self.change(|details| details.input = input);
    }

    /// Replaces the output; `None` removes it.
    pub fn set_output(&self, output: Option<Json>) {
        self.change(|details| details.output = output);
    }

    /// Replaces the model; `None` removes it.
    pub fn set_model(&self, model: Option<&str>) {
        let model = model.map(|model| bounded_text(model, LABEL_MAX).into());
        self.change(|details| details.model = model);
    }

    /// Replaces the model's parameters, a JSON object; `None` removes them.
    pub fn set_model_parameters(&self, parameters: Option<Json>) {
        self.change(|details| details.model_parameters = parameters);
    }

    /// Replaces the token usage as the provider reported it, a JSON object.
    pub fn set_token_usage(&self, usage: Json) {
        self.change(|details| details.token_usage = Some(usage));
    }

    /// Replaces the usage in disjoint buckets, a JSON object.
    pub fn set_usage(&self, usage: Json) {
        self.change(|details| details.usage = Some(usage));
    }

    /// Replaces the cost, a JSON object of numbers in USD.
    pub fn set_cost(&self, cost: Json) {
        self.change(|details| details.cost = Some(cost));
    }

    /// Sets when the first token arrived; `None` removes it.
    pub fn set_completion_start(&self, time: Option<Timestamp>) {
        self.change(|details| details.completion_start = time);
    }

    /// Marks the span as failed, with a message.
    pub fn set_error(&self, message: &str) {
        let mut state = lock(&self.0.state);
        state.failed = true;
        state.details.error = Some(message.into());
    }

    /// Sets keys of the metadata.
    pub fn merge_metadata(&self, entries: Vec<(Json, Json)>) {
        self.change(|details| details.metadata.merge(entries));
    }

    fn change(&self, change: impl FnOnce(&mut SpanDetails)) {
        change(&mut lock(&self.0.state).details);
    }
}
