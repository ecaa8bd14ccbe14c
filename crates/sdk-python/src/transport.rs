//! The transport as the Python client uses it.

use std::time::Duration;

use pandaprobe_sdk::{
    Drained, Endpoint, Fragment, Id, Loss, LossCount, LostItem, Score, ScoreDataType, Settings,
    Transport as CoreTransport,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::binding::{session_for, user_for};
use crate::guard::guarded;
use crate::log;
use crate::span::bad_word;
use crate::text::{lossy, text_of};
use crate::trace::{TraceContext, span_object, trace_start};
use crate::value::{object_json, to_json};

/// Whether an endpoint's host is this machine. `ValueError` if it is no http(s) URL.
#[pyfunction]
pub(crate) fn is_loopback(endpoint: &str) -> PyResult<bool> {
    Ok(parse(endpoint)?.is_loopback())
}

fn parse(endpoint: &str) -> PyResult<Endpoint> {
    Endpoint::parse(endpoint).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// What `hear_losses` gives for each kind of loss.
type HeardLoss = (&'static str, u64, String, &'static str, String);

/// A queue and the background thread that sends it.
#[pyclass(frozen, module = "pandaprobe._core")]
pub(crate) struct Transport {
    core: CoreTransport,
}

#[pymethods]
impl Transport {
    #[new]
    #[pyo3(signature = (endpoint, *, api_key, project_name, environment, release, batch_size, flush_interval,
                        max_queue_size, retry_horizon))]
    #[expect(clippy::too_many_arguments, reason = "one keyword for each setting")]
    fn new(
        endpoint: &str,
        api_key: Option<String>,
        project_name: Option<String>,
        environment: Option<&str>,
        release: Option<&str>,
        batch_size: usize,
        flush_interval: f64,
        max_queue_size: usize,
        retry_horizon: f64,
    ) -> PyResult<Self> {
        let settings = Settings {
            api_key,
            project_name,
            user_agent: concat!("pandaprobe-python/", env!("CARGO_PKG_VERSION")).to_owned(),
            batch_size,
            flush_interval: seconds(flush_interval),
            max_queue_items: max_queue_size,
            retry_horizon: seconds(retry_horizon),
            ..Settings::new(parse(endpoint)?)
        };
        Ok(Self {
            core: CoreTransport::new(settings, environment, release),
        })
    }

    /// Makes a trace that is sent here. All arguments are as the host gave them.
    #[pyo3(signature = (name, input, session_id, user_id, tags, metadata, session_name, session_metadata, /))]
    #[expect(
        clippy::too_many_arguments,
        reason = "positional: the fastest way through Python"
    )]
    fn start_trace<'py>(
        &self,
        py: Python<'py>,
        name: &Bound<'py, PyAny>,
        input: &Bound<'py, PyAny>,
        session_id: Option<&Bound<'py, PyAny>>,
        user_id: Option<&Bound<'py, PyAny>>,
        tags: &Bound<'py, PyAny>,
        metadata: &Bound<'py, PyAny>,
        session_name: Option<&Bound<'py, PyAny>>,
        session_metadata: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<TraceContext> {
        let mut start = trace_start(name, input, tags, metadata)?;
        start.session = guarded(py, None, || {
            session_for(py, session_id, session_name, session_metadata)
        })?;
        start.user_id = guarded(py, None, || user_for(py, user_id))?;
        Ok(TraceContext::new(self.core.clone(), start))
    }

    /// Hands over a trace given as data: its wire form without spans, and that of each span.
    /// `ValueError` without a usable id.
    #[pyo3(signature = (trace, spans, /))]
    fn log_trace(&self, trace: &Bound<'_, PyDict>, spans: &Bound<'_, PyAny>) -> PyResult<()> {
        let id = trace
            .get_item("trace_id")?
            .and_then(|id| Id::parse(&id.str().ok()?.to_string_lossy()));
        let Some(id) = id else {
            return Err(PyValueError::new_err("trace_id is not a UUID"));
        };
        let head = to_json(trace.as_any())?;
        let mut written = Vec::new();
        for span in spans.try_iter()? {
            written.push(span_object(&span?)?);
        }
        self.core.enqueue(Fragment::from_written(id, head, written));
        Ok(())
    }

    /// Hands over a score. `ValueError` for a trace id that is no UUID, an unknown data
    /// type, and a value that is no `str`.
    #[pyo3(signature = (trace_id, name, value, data_type, reason, metadata, /))]
    fn score(
        &self,
        trace_id: &Bound<'_, PyAny>,
        name: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        data_type: &Bound<'_, PyAny>,
        reason: Option<&Bound<'_, PyAny>>,
        metadata: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let bad_id = || PyValueError::new_err("score: trace_id is not a UUID");
        let id_text = trace_id.str().map_err(|_| bad_id())?;
        let id = Id::parse(&id_text.to_string_lossy()).ok_or_else(bad_id)?;
        let word = data_type.cast::<PyString>().ok();
        let data_type = word
            .and_then(|word| ScoreDataType::parse(&lossy(word)))
            .ok_or_else(|| bad_word(data_type, "ScoreDataType", ScoreDataType::WORDS))?;
        let value = value
            .cast::<PyString>()
            .map_err(|_| PyValueError::new_err("score: value is not a str"))?;
        let py = name.py();
        guarded(py, (), || {
            let name = text_of(name, "score name")?.unwrap_or_default();
            let reason = reason
                .map(|reason| text_of(reason, "score reason"))
                .transpose()?
                .flatten();
            let metadata = metadata
                .filter(|metadata| !metadata.is_none())
                .map(object_json)
                .transpose()?
                .filter(|metadata| metadata.as_str() != "{}");
            self.core.enqueue_score(Score::new(
                id,
                &name,
                &lossy(value),
                data_type,
                reason.as_deref(),
                metadata.as_ref(),
            ));
            Ok(())
        })
    }

    /// Counts a trace that could not be handed over.
    fn lose_trace(&self, reason: String) {
        self.core
            .count_loss(LostItem::Trace, Loss::Unencodable(reason));
    }

    /// From now on losses are kept for `hear_losses`.
    fn listen_to_losses(&self) {
        self.core.listen_to_losses();
    }

    /// Ends a wait in `hear_losses`, now and later.
    fn stop_listening_to_losses(&self) {
        self.core.stop_listening_to_losses();
    }

    /// Waits without the GIL for losses, at most for `timeout` seconds, and takes them:
    /// what (a code), how many, the same in words, why (a code), the same in words.
    fn hear_losses(&self, py: Python<'_>, timeout: f64) -> Vec<HeardLoss> {
        let report = py.detach(|| self.core.hear_losses(seconds(timeout)));
        let counts = report.map_or_else(Vec::new, |report| report.counts);
        let told = |lost: LossCount| {
            (
                lost.item.code(),
                lost.count,
                lost.item.phrase(lost.count),
                lost.loss.code(),
                lost.loss.to_string(),
            )
        };
        counts.into_iter().map(told).collect()
    }

    /// Waits without the GIL until what was handed over so far is settled; whether it was
    /// within `timeout` seconds.
    fn flush(&self, py: Python<'_>, timeout: f64) -> PyResult<bool> {
        let drained = self.wait(py, |core, check| core.flush(seconds(timeout), check));
        log::losses(py, self.core.take_losses(), self.core.endpoint());
        drained
    }

    /// Stops intake and tells the thread to send what is left within `timeout` seconds.
    fn begin_shutdown(&self, timeout: f64) {
        self.core.begin_shutdown(seconds(timeout));
    }

    /// As `begin_shutdown`, and waits without the GIL until that is done.
    fn shutdown(&self, py: Python<'_>, timeout: f64) -> PyResult<bool> {
        let drained = self.wait(py, |core, check| core.shutdown(seconds(timeout), check));
        log::losses(py, self.core.take_losses(), self.core.endpoint());
        drained
    }

    /// Starts empty. For the child after a fork.
    fn reset_after_fork(&self) {
        self.core.reset_after_fork();
    }

    /// A look inside: items and bytes held, open traces, items lost, the last failure.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let stats = self.core.stats();
        let dict = PyDict::new(py);
        dict.set_item("items", stats.items)?;
        dict.set_item("bytes", stats.bytes)?;
        dict.set_item("open_traces", stats.open_traces)?;
        dict.set_item("lost", stats.lost)?;
        dict.set_item("last_failure", stats.last_failure)?;
        Ok(dict)
    }
}

impl Transport {
    /// Runs a wait without the GIL; a signal's exception, such as Ctrl-C, ends it.
    fn wait(
        &self,
        py: Python<'_>,
        wait: impl FnOnce(&CoreTransport, &mut dyn FnMut() -> bool) -> Drained + Send,
    ) -> PyResult<bool> {
        let mut interruption = None;
        let drained = py.detach(|| {
            let mut check = || {
                interruption = Python::attach(|py| py.check_signals()).err();
                interruption.is_some()
            };
            wait(&self.core, &mut check)
        });
        match interruption {
            Some(error) => Err(error),
            None => Ok(drained == Drained::Yes),
        }
    }
}

/// A duration in seconds; what is no duration (negative, not a number) is none.
fn seconds(seconds: f64) -> Duration {
    if seconds.is_infinite() && seconds > 0.0 {
        // A year: more than any program waits, less than what a clock overflows at.
        return Duration::from_secs(365 * 24 * 3_600);
    }
    Duration::try_from_secs_f64(seconds.min(1e9)).unwrap_or_default()
}
