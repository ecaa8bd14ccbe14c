//! Times that the host gives.

use pandaprobe_sdk::Timestamp;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyString};

use crate::text::lossy;

/// Numbers above this are milliseconds, not seconds (the year 2603 in seconds).
const SECONDS_MAX: f64 = 2e10;

/// Reads a `datetime` (naive = UTC), an ISO 8601 text or a Unix time; `None` if it is
/// none of them or out of range.
pub(crate) fn timestamp_of(value: &Bound<'_, PyAny>) -> Option<Timestamp> {
    if let Ok(text) = value.cast::<PyString>() {
        return Timestamp::parse(lossy(text).trim());
    }
    if value.is_instance_of::<PyBool>() {
        return None;
    }
    if value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>() {
        let number = value.extract::<f64>().ok()?;
        let seconds = if number.abs() > SECONDS_MAX {
            number / 1_000.0
        } else {
            number
        };
        return Timestamp::from_seconds(seconds);
    }
    let text = value.call_method0("isoformat").ok()?;
    Timestamp::parse(&lossy(text.cast::<PyString>().ok()?))
}
