//! Session and user of the current context.
//!
//! Two variables each: what a `with` block says, and what `set_session()` or
//! `set_user()` said last. A block counts more, whatever is set inside of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pandaprobe_sdk::{LABEL_MAX, SessionBinding, bounded_session_id, bounded_text};
use pyo3::prelude::*;

use crate::text::text_of;
use crate::value::object_json;
use crate::vars::{Var, vars};

/// Most programs bind nothing; then no variable needs to be read.
static USED: AtomicBool = AtomicBool::new(false);

/// A session or user that a context is bound to.
#[pyclass(frozen, module = "pandaprobe._core")]
pub(crate) struct Binding {
    session: SessionBinding,
    outer: Option<Py<Binding>>,
    open: AtomicBool,
}

#[pymethods]
impl Binding {
    /// `Binding.make(id, name, metadata, outer)`; `None` if the id is empty or blank.
    #[staticmethod]
    #[pyo3(signature = (id, name=None, metadata=None, outer=None))]
    fn make(
        id: &Bound<'_, PyAny>,
        name: Option<&Bound<'_, PyAny>>,
        metadata: Option<&Bound<'_, PyAny>>,
        outer: Option<Py<Binding>>,
    ) -> PyResult<Option<Self>> {
        let Some(id) = bounded_id(id, "session or user id")? else {
            return Ok(None);
        };
        USED.store(true, Ordering::Relaxed);
        let session = SessionBinding {
            id,
            name: label(name)?,
            metadata: metadata_json(metadata)?,
        };
        Ok(Some(Self {
            session,
            outer,
            open: AtomicBool::new(true),
        }))
    }

    /// The id.
    #[getter]
    fn id(&self) -> &str {
        &self.session.id
    }

    /// What the context was bound to before.
    #[getter]
    fn outer(&self, py: Python<'_>) -> Option<Py<Binding>> {
        first_open(self.outer.as_ref()).map(|binding| binding.clone_ref(py))
    }

    /// Ends the binding, also in contexts that were copied while it was open.
    fn close(&self) {
        self.open.store(false, Ordering::Relaxed);
    }
}

fn first_open(mut binding: Option<&Py<Binding>>) -> Option<&Py<Binding>> {
    while let Some(link) = binding {
        if link.get().open.load(Ordering::Relaxed) {
            return Some(link);
        }
        binding = link.get().outer.as_ref();
    }
    None
}

/// The variables `(session block, session set, user block, user set)`.
#[pyfunction]
pub(crate) fn binding_vars(py: Python<'_>) -> PyResult<[Bound<'_, PyAny>; 4]> {
    let vars = vars(py)?;
    Ok([
        vars.session_block.object(py),
        vars.session_set.object(py),
        vars.user_block.object(py),
        vars.user_set.object(py),
    ])
}

/// The binding that counts in this context: of the session, or of the user.
#[pyfunction]
pub(crate) fn effective_binding(py: Python<'_>, of_user: bool) -> PyResult<Option<Py<Binding>>> {
    let vars = vars(py)?;
    if of_user {
        effective(py, &vars.user_block, &vars.user_set)
    } else {
        effective(py, &vars.session_block, &vars.session_set)
    }
}

fn effective(py: Python<'_>, block: &Var, set: &Var) -> PyResult<Option<Py<Binding>>> {
    if !USED.load(Ordering::Relaxed) {
        return Ok(None);
    }
    for var in [block, set] {
        if let Ok(binding) = var.get(py)?.cast_into::<Binding>()
            && let Some(open) = first_open(Some(&binding.unbind()))
        {
            return Ok(Some(open.clone_ref(py)));
        }
    }
    Ok(None)
}

/// The session of a new trace: the explicit id, else the context's. Name and metadata
/// given explicitly count more than the context's, which count for the same id only.
pub(crate) fn session_for(
    py: Python<'_>,
    id: Option<&Bound<'_, PyAny>>,
    name: Option<&Bound<'_, PyAny>>,
    metadata: Option<&Bound<'_, PyAny>>,
) -> PyResult<Option<SessionBinding>> {
    let explicit = match id {
        Some(id) => bounded_id(id, "session_id")?,
        None => None,
    };
    let current = effective_binding(py, false)?.map(|binding| binding.get().session.clone());
    let mut session = match (explicit, current) {
        (Some(id), Some(current)) if current.id == id => current,
        (Some(id), _) => SessionBinding {
            id,
            name: None,
            metadata: None,
        },
        (None, Some(current)) => current,
        (None, None) => return Ok(None),
    };
    session.name = label(name)?.or(session.name);
    session.metadata = metadata_json(metadata)?.or(session.metadata);
    Ok(Some(session))
}

/// The user of a new trace: the explicit id, else the context's.
pub(crate) fn user_for(
    py: Python<'_>,
    id: Option<&Bound<'_, PyAny>>,
) -> PyResult<Option<Arc<str>>> {
    let explicit = match id {
        Some(id) => bounded_id(id, "user_id")?,
        None => None,
    };
    match explicit {
        Some(id) => Ok(Some(id)),
        None => {
            Ok(effective_binding(py, true)?.map(|binding| Arc::clone(&binding.get().session.id)))
        }
    }
}

/// An id as it is sent; `None` if it is empty or blank.
fn bounded_id(id: &Bound<'_, PyAny>, what: &'static str) -> PyResult<Option<Arc<str>>> {
    let Some(text) = text_of(id, what)? else {
        return Ok(None);
    };
    if text.trim().is_empty() {
        return Ok(None);
    }
    let bounded = bounded_session_id(&text);
    if bounded.chars().count() >= LABEL_MAX && *bounded != *text {
        crate::log::warn_once(
            id.py(),
            what,
            &format!("{what} is longer than {LABEL_MAX} characters and was shortened"),
        );
    }
    Ok(Some(bounded.as_ref().into()))
}

fn label(name: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Arc<str>>> {
    let Some(name) = name else { return Ok(None) };
    let text = text_of(name, "session_name")?.filter(|text| !text.trim().is_empty());
    Ok(text.map(|text| bounded_text(&text, LABEL_MAX).as_ref().into()))
}

fn metadata_json(metadata: Option<&Bound<'_, PyAny>>) -> PyResult<Option<pandaprobe_sdk::Json>> {
    metadata
        .filter(|metadata| !metadata.is_none())
        .map(object_json)
        .transpose()
}
