//! The logger `pandaprobe`.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use pandaprobe_sdk::LossReport;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

static LOGGER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static WARNED: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);

/// Logs a warning.
pub(crate) fn warn(py: Python<'_>, text: &str) {
    emit(py, "warning", text);
}

/// Logs a warning the first time this process meets `key`.
pub(crate) fn warn_once(py: Python<'_>, key: &'static str, text: &str) {
    let first = {
        let mut warned = WARNED.lock().unwrap_or_else(PoisonError::into_inner);
        warned.get_or_insert_default().insert(key)
    };
    if first {
        warn(py, text);
    }
}

/// Logs lost items; each of them is in exactly one report.
pub(crate) fn losses(py: Python<'_>, report: Option<LossReport>, endpoint: &str) {
    if let Some(report) = report {
        emit(py, "error", &format!("{report}; endpoint {endpoint}"));
    }
}

/// Logs a failure of our own, which the host must not feel.
pub(crate) fn internal_error(py: Python<'_>, text: &str) {
    emit(
        py,
        "error",
        &format!("internal error, the record may be incomplete: {text}"),
    );
}

/// A handler of the host may fail; that is no reason to fail its traced code.
fn emit(py: Python<'_>, level: &str, text: &str) {
    let result = LOGGER
        .get_or_try_init(py, || -> PyResult<Py<PyAny>> {
            let logging = py.import("logging")?;
            Ok(logging.call_method1("getLogger", ("pandaprobe",))?.unbind())
        })
        // As an argument, so that a `%` in the text is no format.
        .and_then(|logger| logger.bind(py).call_method1(level, ("%s", text)));
    drop(result);
}
