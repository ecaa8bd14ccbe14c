//! What the decorators do around each call.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pandaprobe_sdk::{Json, SpanKind, Trace};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::dicts::entries;
use crate::guard::guarded;
use crate::iteration::Iteration;
use crate::log;
use crate::messages::{LastMessage, last_message};
use crate::parameters::{GivenParameter, Parameters, unbound};
use crate::scope::{self, Owner};
use crate::span::{SpanContext, parse_kind};
use crate::text::lossy;
use crate::trace::TraceContext;
use crate::value::{to_json, to_optional_json};

/// Roles of a user's and of an assistant's messages.
const USER: [&str; 2] = ["user", "human"];
const ASSISTANT: [&str; 2] = ["assistant", "ai"];

/// Records the calls of one decorated function.
#[pyclass(frozen, module = "pandaprobe._core")]
pub(crate) struct Recorder {
    name: String,
    parameters: Option<Parameters>,
    kind: SpanKind,
    model: Option<String>,
    metadata: Vec<(Json, Json)>,
    warned_of_input: AtomicBool,
    warned_of_output: AtomicBool,
}

#[pymethods]
impl Recorder {
    /// `parameters`: name, kind and `(default,)` or `()` of each, `None` if unknown. A bad
    /// `kind` is a `ValueError`.
    #[new]
    #[pyo3(signature = (name, parameters, kind=None, model=None, metadata=None))]
    fn new(
        name: &Bound<'_, PyString>,
        parameters: Option<Vec<GivenParameter<'_>>>,
        kind: Option<&Bound<'_, PyAny>>,
        model: Option<&Bound<'_, PyString>>,
        metadata: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        Ok(Self {
            name: lossy(name).into_owned(),
            parameters: parameters.map(Parameters::new).transpose()?,
            kind: kind.map_or(Ok(SpanKind::Other), parse_kind)?,
            model: model.map(|model| lossy(model).into_owned()),
            metadata: metadata.map_or_else(|| Ok(Vec::new()), entries)?,
            warned_of_input: AtomicBool::new(false),
            warned_of_output: AtomicBool::new(false),
        })
    }

    /// Opens a span for a call with these arguments; `None` if no trace is open here.
    #[pyo3(signature = (args, kwargs, /))]
    fn begin_span<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: &Bound<'py, PyDict>,
    ) -> PyResult<Option<Bound<'py, SpanContext>>> {
        let py = args.py();
        guarded(py, None, || {
            let Some(span) = self.span(args, kwargs)? else {
                return Ok(None);
            };
            SpanContext::enter(&span)?;
            Ok(Some(span))
        })
    }

    /// Starts `trace` for a call with these arguments.
    #[pyo3(signature = (trace, args, kwargs, /))]
    fn begin_trace(
        &self,
        trace: &Bound<'_, TraceContext>,
        args: &Bound<'_, PyTuple>,
        kwargs: &Bound<'_, PyDict>,
    ) -> PyResult<()> {
        self.set_trace_input(trace, args, kwargs)?;
        TraceContext::enter(trace)
    }

    /// As `begin_span`, for what the call gives to iterate over.
    #[pyo3(signature = (args, kwargs, /))]
    fn prepare_span(
        &self,
        args: &Bound<'_, PyTuple>,
        kwargs: &Bound<'_, PyDict>,
    ) -> PyResult<Option<Iteration>> {
        let py = args.py();
        guarded(py, None, || {
            let Some(span) = self.span(args, kwargs)? else {
                return Ok(None);
            };
            Iteration::new(py, Owner::Span(span.unbind())).map(Some)
        })
    }

    /// As `begin_trace`, for what the call gives to iterate over.
    #[pyo3(signature = (trace, args, kwargs, /))]
    fn prepare_trace(
        &self,
        trace: &Bound<'_, TraceContext>,
        args: &Bound<'_, PyTuple>,
        kwargs: &Bound<'_, PyDict>,
    ) -> PyResult<Option<Iteration>> {
        self.set_trace_input(trace, args, kwargs)?;
        let owner = Owner::Trace(trace.clone().unbind());
        guarded(args.py(), None, || {
            Iteration::new(args.py(), owner).map(Some)
        })
    }

    /// Ends a span whose call returned.
    #[pyo3(signature = (span, result, /))]
    fn end_span(&self, span: &Bound<'_, SpanContext>, result: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = span.py();
        let recorded = guarded(py, (), || {
            if let Some(span) = span.get().span() {
                span.set_output(to_optional_json(result)?);
            }
            Ok(())
        });
        // Ended also when taking the result was interrupted.
        SpanContext::exit(span, py.None().bind(py)).and(recorded)
    }

    /// Ends a trace whose call returned.
    #[pyo3(signature = (trace, result, /))]
    fn end_trace(
        &self,
        trace: &Bound<'_, TraceContext>,
        result: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let recorded = guarded(trace.py(), (), || {
            if let Some(trace) = trace.get().trace() {
                trace.set_output(self.trace_output(result)?);
            }
            Ok(())
        });
        TraceContext::exit(trace, false).and(recorded)
    }
}

impl Recorder {
    /// A span of the current trace with what is known before the call.
    fn span<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: &Bound<'py, PyDict>,
    ) -> PyResult<Option<Bound<'py, SpanContext>>> {
        let py = args.py();
        let Some(trace) = scope::get_current_trace(py)? else {
            return Ok(None);
        };
        let Some(trace) = trace.get().trace().map(Arc::clone) else {
            return Ok(None);
        };
        let context = SpanContext::of(&trace, &self.name, self.kind);
        if let Some(span) = context.span() {
            span.set_input(Some(self.arguments(args, kwargs)?));
            if self.model.is_some() {
                span.set_model(self.model.as_deref());
            }
            if !self.metadata.is_empty() {
                span.merge_metadata(self.metadata.clone());
            }
        }
        Bound::new(py, context).map(Some)
    }

    fn arguments(&self, args: &Bound<'_, PyTuple>, kwargs: &Bound<'_, PyDict>) -> PyResult<Json> {
        let kwargs = Some(kwargs).filter(|kwargs| !kwargs.is_empty());
        match &self.parameters {
            Some(parameters) => parameters.to_json(args, kwargs),
            None => unbound(args, kwargs),
        }
    }

    fn set_trace_input(
        &self,
        trace: &Bound<'_, TraceContext>,
        args: &Bound<'_, PyTuple>,
        kwargs: &Bound<'_, PyDict>,
    ) -> PyResult<()> {
        guarded(args.py(), (), || {
            if let Some(trace) = trace.get().trace() {
                trace.set_input(Some(self.trace_input(args, kwargs)?));
            }
            Ok(())
        })
    }

    /// Of a list of `messages`, the last one of the user; else all arguments.
    fn trace_input(&self, args: &Bound<'_, PyTuple>, kwargs: &Bound<'_, PyDict>) -> PyResult<Json> {
        let messages = match &self.parameters {
            Some(parameters) => parameters.messages(args, Some(kwargs))?,
            None => None,
        };
        let given = PyDict::new(args.py());
        if let Some(messages) = messages {
            given.set_item("messages", messages)?;
        }
        match last_message(&given, USER)? {
            LastMessage::Found(only) => return to_json(only.as_any()),
            LastMessage::NoSuchRole => (),
            LastMessage::NoMessages => self.warn(args.py(), &self.warned_of_input, "arguments"),
        }
        self.arguments(args, kwargs)
    }

    /// Of a list of `messages`, the last one of the assistant; else the whole result.
    fn trace_output(&self, result: &Bound<'_, PyAny>) -> PyResult<Option<Json>> {
        let last = match result.cast::<PyDict>() {
            Ok(dict) => last_message(dict, ASSISTANT)?,
            Err(_) => LastMessage::NoMessages,
        };
        match last {
            LastMessage::Found(only) => return to_json(only.as_any()).map(Some),
            LastMessage::NoMessages if !result.is_none() => {
                self.warn(result.py(), &self.warned_of_output, "result");
            }
            _ => (),
        }
        to_optional_json(result)
    }

    /// Once for a function: a warning for each call would cost more than the call.
    fn warn(&self, py: Python<'_>, warned: &AtomicBool, what: &str) {
        if !warned.swap(true, Ordering::Relaxed) {
            let name = &self.name;
            log::warn(
                py,
                &format!("@trace {name}: the {what} hold no list \"messages\"; recorded whole"),
            );
        }
    }
}

/// Sets the output of what an iteration is recorded as, and ends it.
pub(crate) fn finish(
    py: Python<'_>,
    owner: &Owner,
    output: Option<Json>,
    error: &Bound<'_, PyAny>,
) -> PyResult<()> {
    match owner {
        Owner::Span(span) => {
            if let Some(span) = span.get().span() {
                span.set_output(output);
            }
            SpanContext::exit(span.bind(py), error)
        }
        Owner::Trace(trace) => {
            if let Some(trace) = trace.get().trace() {
                trace.set_output(output);
            }
            TraceContext::exit(trace.bind(py), !error.is_none())
        }
    }
}

/// Starts what an iteration is recorded as, under the innermost open span of `outer`.
pub(crate) fn start(owner: &Owner, outer: Option<&Py<scope::Scope>>) {
    match owner {
        Owner::Span(span) => {
            if let Some(span) = span.get().span() {
                span.enter(scope::parent_in(outer, span.trace()));
            }
        }
        Owner::Trace(trace) => {
            if let Some(trace) = trace.get().trace() {
                Trace::enter(trace);
            }
        }
    }
}
