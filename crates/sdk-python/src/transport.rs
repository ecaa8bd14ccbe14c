//! The transport as the Python client uses it.

use std::time::Duration;

use pandaprobe_sdk::{Drained, Endpoint, Settings, Transport as CoreTransport};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::binding::{session_for, user_for};
use crate::guard::guarded;
use crate::log;
use crate::trace::{TraceContext, trace_start};

/// Whether an endpoint's host is this machine. `ValueError` if it is no http(s) URL.
#[pyfunction]
pub(crate) fn is_loopback(endpoint: &str) -> PyResult<bool> {
    Ok(parse(endpoint)?.is_loopback())
}

fn parse(endpoint: &str) -> PyResult<Endpoint> {
    Endpoint::parse(endpoint).map_err(|error| PyValueError::new_err(error.to_string()))
}

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

    /// A look inside: items and bytes held, items lost, the last failure.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let stats = self.core.stats();
        let dict = PyDict::new(py);
        dict.set_item("items", stats.items)?;
        dict.set_item("bytes", stats.bytes)?;
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
