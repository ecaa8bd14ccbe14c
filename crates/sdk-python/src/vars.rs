//! The context variables.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// A `contextvars.ContextVar`, with its methods looked up once.
pub(crate) struct Var {
    var: Py<PyAny>,
    get: Py<PyAny>,
    set: Py<PyAny>,
}

impl Var {
    fn new(class: &Bound<'_, PyAny>, name: &str) -> PyResult<Self> {
        let kwargs = pyo3::types::PyDict::new(class.py());
        kwargs.set_item("default", class.py().None())?;
        let var = class.call((name,), Some(&kwargs))?;
        Ok(Self {
            get: var.getattr("get")?.unbind(),
            set: var.getattr("set")?.unbind(),
            var: var.unbind(),
        })
    }

    /// The value in the current context; `None` if it has none.
    pub(crate) fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.get.bind(py).call0()
    }

    /// Sets the value in the current context.
    pub(crate) fn set(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set.bind(py).call1((value,)).map(drop)
    }

    /// The Python object.
    pub(crate) fn object<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.var.bind(py).clone()
    }
}

/// All variables of the SDK. A value set in a task or thread stays there.
pub(crate) struct Vars {
    /// The innermost open trace or span.
    pub(crate) scope: Var,
    /// Session of the innermost `with session()`.
    pub(crate) session_block: Var,
    /// Session of the last `set_session()`.
    pub(crate) session_set: Var,
    /// User of the innermost `with user()`.
    pub(crate) user_block: Var,
    /// User of the last `set_user()`.
    pub(crate) user_set: Var,
}

static VARS: PyOnceLock<Vars> = PyOnceLock::new();

/// Makes the variables. Called when the module is imported.
pub(crate) fn init(py: Python<'_>) -> PyResult<()> {
    vars(py).map(drop)
}

/// The variables.
pub(crate) fn vars(py: Python<'_>) -> PyResult<&'static Vars> {
    VARS.get_or_try_init(py, || {
        let class = py.import("contextvars")?.getattr("ContextVar")?;
        Ok(Vars {
            scope: Var::new(&class, "pandaprobe_scope")?,
            session_block: Var::new(&class, "pandaprobe_session_block")?,
            session_set: Var::new(&class, "pandaprobe_session_set")?,
            user_block: Var::new(&class, "pandaprobe_user_block")?,
            user_set: Var::new(&class, "pandaprobe_user_set")?,
        })
    })
}
