//! What `async with` awaits: a result that is already there.

use pyo3::exceptions::PyStopIteration;
use pyo3::prelude::*;

/// An awaitable that is done at once, without giving control to the event loop.
#[pyclass(frozen, module = "pandaprobe._core")]
pub(crate) struct Ready {
    result: Py<PyAny>,
}

impl Ready {
    pub(crate) fn new(result: Py<PyAny>) -> Self {
        Self { result }
    }
}

#[pymethods]
impl Ready {
    fn __await__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<()> {
        Err(PyStopIteration::new_err((self.result.clone_ref(py),)))
    }
}
