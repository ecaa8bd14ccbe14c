//! `pandaprobe.tracing.SpanContext`.

use std::sync::{Arc, OnceLock};

use pandaprobe_sdk::{Id, Json, Span, SpanKind, Trace};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::awaitable::Ready;
use crate::dicts::entries;
use crate::exception::describe;
use crate::guard::guarded;
use crate::scope::{self, Owner};
use crate::text::{lossy, text_of};
use crate::value::{object_json, to_optional_json};
use crate::{log, messages, numbers, time};

/// A step of a trace. Use it in `with` or `async with`.
#[pyclass(frozen, weakref, subclass, module = "pandaprobe.tracing")]
pub(crate) struct SpanContext {
    /// `None`: nothing is recorded.
    span: Option<Span>,
    /// Of a span that is not recorded, once someone asks.
    unrecorded_id: OnceLock<Id>,
}

impl From<Option<Span>> for SpanContext {
    fn from(span: Option<Span>) -> Self {
        Self {
            span,
            unrecorded_id: OnceLock::new(),
        }
    }
}

impl SpanContext {
    /// A span of `trace`, which is not yet entered; without a trace nothing is recorded.
    ///
    /// # Errors
    /// `ValueError` for a bad `kind`.
    pub(crate) fn create(
        trace: Option<&Arc<Trace>>,
        name: &Bound<'_, PyAny>,
        kind: Option<&Bound<'_, PyAny>>,
        model: Option<&Bound<'_, PyAny>>,
        metadata: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let kind = match kind {
            Some(kind) => parse_kind(kind)?,
            None => SpanKind::Other,
        };
        let Some(trace) = trace else {
            return Ok(Self::from(None));
        };
        let py = name.py();
        let name = guarded(py, None, || text_of(name, "span name"))?;
        let span = Span::new(Arc::clone(trace), name.as_deref().unwrap_or_default(), kind);
        let context = Self::from(Some(span));
        if let Some(model) = model {
            context.set_model(model)?;
        }
        if let Some(metadata) = metadata {
            context.set_metadata(metadata)?;
        }
        Ok(context)
    }

    pub(crate) fn is_open(&self) -> bool {
        self.span.as_ref().is_some_and(Span::is_open)
    }

    /// The span's id if it is open and belongs to `trace`.
    pub(crate) fn open_id_in(&self, trace: &Trace) -> Option<Id> {
        let span = self.span.as_ref()?;
        (span.is_open() && std::ptr::eq(span.trace().as_ref(), trace)).then_some(span.id())
    }

    /// A span of `trace` as a decorator makes it, from what is known to be right.
    pub(crate) fn of(trace: &Arc<Trace>, name: &str, kind: SpanKind) -> Self {
        Self::from(Some(Span::new(Arc::clone(trace), name, kind)))
    }

    /// What is recorded, if anything.
    pub(crate) fn span(&self) -> Option<&Span> {
        self.span.as_ref()
    }

    pub(crate) fn enter(slf: &Bound<'_, Self>) -> PyResult<()> {
        let Some(span) = &slf.get().span else {
            return Ok(());
        };
        let py = slf.py();
        guarded(py, (), || {
            let current = scope::innermost(py)?;
            span.enter(scope::parent_in(current.as_ref(), span.trace()));
            scope::enter(py, current.as_ref(), Owner::Span(slf.clone().unbind()))
        })
    }

    pub(crate) fn exit(slf: &Bound<'_, Self>, exception: &Bound<'_, PyAny>) -> PyResult<()> {
        let Some(span) = &slf.get().span else {
            return Ok(());
        };
        let py = slf.py();
        let error = if exception.is_none() {
            None
        } else {
            guarded(py, None, || describe(exception).map(Some))?
        };
        guarded(py, (), || {
            span.exit(error);
            scope::leave(py, &Owner::Span(slf.clone().unbind()))
        })
    }

    fn record(&self, py: Python<'_>, action: impl FnOnce(&Span) -> PyResult<()>) -> PyResult<()> {
        match &self.span {
            Some(span) => guarded(py, (), || action(span)),
            None => Ok(()),
        }
    }
}

#[pymethods]
impl SpanContext {
    /// Id of the span: a UUID in text form.
    #[getter]
    fn span_id(&self) -> String {
        let recorded = self.span.as_ref().map(Span::id);
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
        let _ = (exc_type, tb);
        Self::exit(slf, exc)
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
        let _ = (exc_type, tb);
        Self::exit(slf, exc)?;
        Ok(Ready::new(slf.py().None()))
    }

    /// Replaces the input: any value, taken as it is now.
    fn set_input(&self, input: &Bound<'_, PyAny>) -> PyResult<()> {
        self.record(input.py(), |span| {
            if span.kind() == SpanKind::Llm {
                messages::warn_if_invalid(input, "span input");
            }
            span.set_input(to_optional_json(input)?);
            Ok(())
        })
    }

    /// Replaces the output: any value, taken as it is now.
    fn set_output(&self, output: &Bound<'_, PyAny>) -> PyResult<()> {
        self.record(output.py(), |span| {
            if span.kind() == SpanKind::Llm {
                messages::warn_if_invalid(output, "span output");
            }
            span.set_output(to_optional_json(output)?);
            Ok(())
        })
    }

    /// Replaces the model's name.
    fn set_model(&self, model: &Bound<'_, PyAny>) -> PyResult<()> {
        self.record(model.py(), |span| {
            span.set_model(text_of(model, "model")?.as_deref());
            Ok(())
        })
    }

    /// Replaces the model's parameters.
    fn set_model_parameters(&self, parameters: &Bound<'_, PyAny>) -> PyResult<()> {
        self.record(parameters.py(), |span| {
            let json = if parameters.is_none() {
                None
            } else {
                Some(object_json(parameters)?)
            };
            span.set_model_parameters(json);
            Ok(())
        })
    }

    /// Replaces the token usage as the provider reports it.
    #[pyo3(signature = (*, prompt_tokens=None, completion_tokens=None, **extra))]
    fn set_token_usage(
        &self,
        py: Python<'_>,
        prompt_tokens: Option<&Bound<'_, PyAny>>,
        completion_tokens: Option<&Bound<'_, PyAny>>,
        extra: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        self.record(py, |span| {
            let none = py.None().into_bound(py);
            let usage = numbers::token_usage(
                prompt_tokens.unwrap_or(&none),
                completion_tokens.unwrap_or(&none),
                extra,
            )?;
            span.set_token_usage(usage);
            Ok(())
        })
    }

    /// Replaces the usage in disjoint buckets (`input`, `cache_read`, `cache_write`,
    /// `output`, `reasoning`, `audio_input`, `audio_output`), which needs no guessing.
    #[pyo3(signature = (**buckets))]
    fn set_usage(&self, py: Python<'_>, buckets: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        self.record(py, |span| {
            if let Some(buckets) = buckets {
                span.set_usage(numbers::usage_buckets(buckets));
            }
            Ok(())
        })
    }

    /// Replaces the cost in USD. What is no number is kept in the metadata.
    #[pyo3(signature = (*, total, **extra))]
    fn set_cost(
        &self,
        total: &Bound<'_, PyAny>,
        extra: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let py = total.py();
        self.record(py, |span| {
            let cost = numbers::cost(total, extra)?;
            if let Some(unusable) = cost.unusable {
                log::warn_once(
                    py,
                    "cost",
                    "set_cost: what is no number was kept in metadata as \"unusable_cost\"",
                );
                span.merge_metadata(vec![(Json::string("unusable_cost"), unusable)]);
            }
            span.set_cost(cost.usable);
            Ok(())
        })
    }

    /// Sets when the first token arrived: a `datetime` (naive = UTC), ISO text or Unix time.
    fn set_completion_start_time(&self, time: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = time.py();
        self.record(py, |span| {
            let parsed = time::timestamp_of(time);
            if parsed.is_none() && !time.is_none() {
                log::warn_once(
                    py,
                    "completion start",
                    "set_completion_start_time: not a time; ignored",
                );
            }
            span.set_completion_start(parsed);
            Ok(())
        })
    }

    /// Marks the span as failed, with a message.
    fn set_error(&self, error: &Bound<'_, PyAny>) -> PyResult<()> {
        self.record(error.py(), |span| {
            span.set_error(text_of(error, "error")?.as_deref().unwrap_or_default());
            Ok(())
        })
    }

    /// Sets keys of the metadata.
    fn set_metadata(&self, metadata: &Bound<'_, PyAny>) -> PyResult<()> {
        self.record(metadata.py(), |span| {
            span.merge_metadata(entries(metadata)?);
            Ok(())
        })
    }
}

pub(crate) fn parse_kind(kind: &Bound<'_, PyAny>) -> PyResult<SpanKind> {
    let text = kind.cast::<PyString>().ok();
    let parsed = text.and_then(|text| SpanKind::parse(&lossy(text)));
    parsed.ok_or_else(|| bad_word(kind, "SpanKind", SpanKind::WORDS))
}

/// The `ValueError` for a word that is none of an enum's.
pub(crate) fn bad_word(given: &Bound<'_, PyAny>, enum_name: &str, words: &[&str]) -> PyErr {
    let given = given
        .repr()
        .map_or_else(|_| "value".to_owned(), |text| lossy(&text).into_owned());
    PyValueError::new_err(format!(
        "{given} is not a valid {enum_name}; expected one of {}",
        words.join(", ")
    ))
}
