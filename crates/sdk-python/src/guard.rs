//! Keeps our failures away from the host program.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::exceptions::PyException;
use pyo3::prelude::*;

use crate::log;

/// Runs `action`; an exception or panic of ours is logged and becomes `fallback`.
///
/// # Errors
/// Only what is meant for the host: `KeyboardInterrupt` and other exceptions that are no
/// `Exception`, which may arrive while a value's own code runs.
pub(crate) fn guarded<T>(
    py: Python<'_>,
    fallback: T,
    action: impl FnOnce() -> PyResult<T>,
) -> PyResult<T> {
    match catch_unwind(AssertUnwindSafe(action)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            let error = only_exception(py, error)?;
            log::internal_error(py, &error.to_string());
            Ok(fallback)
        }
        Err(_) => {
            log::internal_error(py, "panic");
            Ok(fallback)
        }
    }
}

/// Gives back an `Exception`, which may be swallowed.
///
/// # Errors
/// Any other exception, which must go on to the host.
pub(crate) fn only_exception(py: Python<'_>, error: PyErr) -> PyResult<PyErr> {
    if error.is_instance_of::<PyException>(py) {
        Ok(error)
    } else {
        Err(error)
    }
}
