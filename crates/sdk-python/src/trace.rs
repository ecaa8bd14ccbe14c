//! `pandaprobe.tracing.TraceContext`.

use std::sync::{Arc, OnceLock};

use pandaprobe_sdk::{Id, Json, SpanRecord, Timestamp, Trace, TraceStart, TraceStatus, clean_id};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PySet, PyString, PyTuple};

use crate::awaitable::Ready;
use crate::dicts::entries;
use crate::guard::guarded;
use crate::scope::{self, Owner};
use crate::span::{SpanContext, bad_word};
use crate::text::{lossy, text_of};
use crate::value::{to_json, to_optional_json};
use crate::{log, messages};

/// One request. Use it in `with` or `async with`.
#[pyclass(frozen, weakref, subclass, module = "pandaprobe.tracing")]
pub(crate) struct TraceContext {
    /// `None`: nothing is recorded.
    trace: Option<Arc<Trace>>,
    /// Of a trace that is not recorded, once someone asks.
    unrecorded_id: OnceLock<Id>,
}

/// A trace that records nothing, for when the SDK is switched off.
#[pyfunction]
pub(crate) fn disabled_trace() -> TraceContext {
    TraceContext {
        trace: None,
        unrecorded_id: OnceLock::new(),
    }
}

impl TraceContext {
    pub(crate) fn new(transport: pandaprobe_sdk::Transport, start: TraceStart) -> Self {
        let id = Id::random();
        Self {
            trace: Some(Arc::new(Trace::new(transport, id, start))),
            unrecorded_id: OnceLock::new(),
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.trace.as_ref().is_some_and(|trace| trace.is_open())
    }

    /// What is recorded, if anything.
    pub(crate) fn trace(&self) -> Option<&Arc<Trace>> {
        self.trace.as_ref()
    }

    pub(crate) fn enter(slf: &Bound<'_, Self>) -> PyResult<()> {
        let Some(trace) = &slf.get().trace else {
            return Ok(());
        };
        let py = slf.py();
        guarded(py, (), || {
            trace.enter();
            let current = scope::innermost(py)?;
            scope::enter(py, current.as_ref(), Owner::Trace(slf.clone().unbind()))
        })
    }

    pub(crate) fn exit(slf: &Bound<'_, Self>, failed: bool) -> PyResult<()> {
        let Some(trace) = &slf.get().trace else {
            return Ok(());
        };
        let py = slf.py();
        guarded(py, (), || {
            trace.exit(failed);
            scope::leave(py, &Owner::Trace(slf.clone().unbind()))?;
            report_losses(py, trace);
            Ok(())
        })
    }

    fn record(
        &self,
        py: Python<'_>,
        action: impl FnOnce(&Arc<Trace>) -> PyResult<()>,
    ) -> PyResult<()> {
        match &self.trace {
            Some(trace) => guarded(py, (), || action(trace)),
            None => Ok(()),
        }
    }
}

/// Logs what the transport lost meanwhile, at most once a minute.
fn report_losses(py: Python<'_>, trace: &Trace) {
    let transport = trace.transport();
    log::losses(py, transport.take_losses_if_due(), transport.endpoint());
}

#[pymethods]
impl TraceContext {
    /// Id of the trace: a UUID in text form.
    #[getter]
    fn trace_id(&self) -> String {
        let recorded = self.trace.as_ref().map(|trace| trace.id());
        recorded
            .unwrap_or_else(|| *self.unrecorded_id.get_or_init(Id::random))
            .to_string()
    }

    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        Self::enter(&slf)?;
        Ok(slf)
    }

    #[pyo3(signature = (exc_type, exc, tb, /))]
    fn __exit__(
        slf: &Bound<'_, Self>,
        exc_type: &Bound<'_, PyAny>,
        exc: &Bound<'_, PyAny>,
        tb: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let _ = (exc, tb);
        Self::exit(slf, !exc_type.is_none())
    }

    fn __aenter__(slf: Bound<'_, Self>) -> PyResult<Ready> {
        Self::enter(&slf)?;
        Ok(Ready::new(slf.into_any().unbind()))
    }

    #[pyo3(signature = (exc_type, exc, tb, /))]
    fn __aexit__(
        slf: &Bound<'_, Self>,
        exc_type: &Bound<'_, PyAny>,
        exc: &Bound<'_, PyAny>,
        tb: &Bound<'_, PyAny>,
    ) -> PyResult<Ready> {
        let _ = (exc, tb);
        Self::exit(slf, !exc_type.is_none())?;
        Ok(Ready::new(slf.py().None()))
    }

    /// A span of this trace; entering it makes it a child of the innermost open span of
    /// this trace in the current context. A bad `kind` is a `ValueError`.
    #[pyo3(signature = (name, *, kind=None, model=None, metadata=None))]
    fn span(
        &self,
        name: &Bound<'_, PyAny>,
        kind: Option<&Bound<'_, PyAny>>,
        model: Option<&Bound<'_, PyAny>>,
        metadata: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<SpanContext> {
        SpanContext::create(self.trace.as_ref(), name, kind, model, metadata)
    }

    /// Replaces the input: any value, taken as it is now.
    fn set_input(&self, input: &Bound<'_, PyAny>) -> PyResult<()> {
        self.record(input.py(), |trace| {
            messages::warn_if_invalid(input, "trace input");
            trace.set_input(to_optional_json(input)?);
            Ok(())
        })
    }

    /// Replaces the output: any value, taken as it is now.
    fn set_output(&self, output: &Bound<'_, PyAny>) -> PyResult<()> {
        self.record(output.py(), |trace| {
            messages::warn_if_invalid(output, "trace output");
            trace.set_output(to_optional_json(output)?);
            Ok(())
        })
    }

    /// Sets keys of the metadata.
    fn set_metadata(&self, metadata: &Bound<'_, PyAny>) -> PyResult<()> {
        self.record(metadata.py(), |trace| {
            trace.merge_metadata(entries(metadata)?);
            Ok(())
        })
    }

    /// Sets the status that the trace ends with; an exception makes it ERROR all the same.
    /// A bad status is a `ValueError`.
    fn set_status(&self, status: &Bound<'_, PyAny>) -> PyResult<()> {
        let text = status.cast::<PyString>().ok();
        let parsed = text.and_then(|text| TraceStatus::parse(&lossy(text)));
        let parsed = parsed.ok_or_else(|| bad_word(status, "TraceStatus", TraceStatus::WORDS))?;
        self.record(status.py(), |trace| {
            trace.set_status(parsed);
            Ok(())
        })
    }

    /// Appends a finished span: a `SpanData`, or a dict with the fields of one.
    fn add_span_data(&self, span: &Bound<'_, PyAny>) -> PyResult<()> {
        self.record(span.py(), |trace| {
            trace.add_span(SpanRecord::from_written(span_object(span)?));
            Ok(())
        })
    }
}

/// The wire form of a span given as data; what the server requires is filled in.
pub(crate) fn span_object(span: &Bound<'_, PyAny>) -> PyResult<Json> {
    let fields = match span.cast::<PyDict>() {
        Ok(dict) => dict.copy()?,
        Err(_) => span.call_method0("to_api_dict")?.cast_into::<PyDict>()?,
    };
    let mut started = String::new();
    Timestamp::now().push_to(&mut started);
    let defaults = [
        ("span_id", Id::random().to_string()),
        ("name", "unnamed".to_owned()),
        ("started_at", started),
    ];
    for (key, default) in defaults {
        if fields.get_item(key)?.is_none_or(|value| value.is_none()) {
            fields.set_item(key, default)?;
        }
    }
    let given = PyDict::new(span.py());
    for (key, value) in fields.iter().filter(|(_, value)| !value.is_none()) {
        given.set_item(key, value)?;
    }
    to_json(given.as_any())
}

/// What is known when a trace is started; its arguments as the host gave them.
pub(crate) fn trace_start(
    name: &Bound<'_, PyAny>,
    input: &Bound<'_, PyAny>,
    tags: &Bound<'_, PyAny>,
    metadata: &Bound<'_, PyAny>,
) -> PyResult<TraceStart> {
    let py = name.py();
    let mut start = TraceStart::default();
    guarded(py, (), || {
        start.name = text_of(name, "trace name")?
            .unwrap_or_default()
            .into_owned();
        if !input.is_none() {
            messages::warn_if_invalid(input, "trace input");
            start.input = Some(to_json(input)?);
        }
        Ok(())
    })?;
    guarded(py, (), || {
        if !tags.is_none() {
            start.tags = tag_list(tags)?;
        }
        if !metadata.is_none() {
            start.metadata = pandaprobe_sdk::JsonObject::from_entries(entries(metadata)?);
        }
        Ok(())
    })?;
    Ok(start)
}

/// A list, tuple or set of texts; anything else is one tag.
fn tag_list(tags: &Bound<'_, PyAny>) -> PyResult<Vec<Box<str>>> {
    let is_list = tags.is_instance_of::<PyList>()
        || tags.is_instance_of::<PyTuple>()
        || tags.is_instance_of::<PySet>();
    let items: Vec<Bound<'_, PyAny>> = if is_list {
        tags.try_iter()?.collect::<PyResult<_>>()?
    } else {
        vec![tags.clone()]
    };
    let mut list = Vec::with_capacity(items.len());
    for item in &items {
        if let Some(tag) = text_of(item, "tag")? {
            list.push(clean_id(&tag).into());
        }
    }
    Ok(list)
}
