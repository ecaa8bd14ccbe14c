//! Which trace and span are open here: an immutable chain in a context variable.
//!
//! Entering puts a new link in front of what the context has; nothing is ever changed in
//! place, so tasks and threads that start from the same context cannot disturb each
//! other. Leaving goes back to the link before, if the context still ends in ours. If it
//! does not (a generator closed elsewhere, blocks left out of order), nothing is touched:
//! links of what has ended are skipped by every look and dropped by the next entry.

use pandaprobe_sdk::{Id, Trace};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::span::SpanContext;
use crate::trace::TraceContext;
use crate::vars::vars;

/// Deeper nesting records further spans without making them current. Chains are freed
/// recursively, so their length must be bounded.
const DEPTH_MAX: u32 = 500;

/// One link of the chain.
#[pyclass(frozen, module = "pandaprobe._core")]
pub(crate) struct Scope {
    owner: Owner,
    outer: Option<Py<Scope>>,
    depth: u32,
}

/// What was entered.
pub(crate) enum Owner {
    Trace(Py<TraceContext>),
    Span(Py<SpanContext>),
}

impl Owner {
    pub(crate) fn clone_ref(&self, py: Python<'_>) -> Self {
        match self {
            Self::Trace(trace) => Self::Trace(trace.clone_ref(py)),
            Self::Span(span) => Self::Span(span.clone_ref(py)),
        }
    }

    fn is_open(&self) -> bool {
        match self {
            Self::Trace(trace) => trace.get().is_open(),
            Self::Span(span) => span.get().is_open(),
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Trace(a), Self::Trace(b)) => a.is(b),
            (Self::Span(a), Self::Span(b)) => a.is(b),
            _ => false,
        }
    }
}

/// The innermost link of the current context.
pub(crate) fn innermost(py: Python<'_>) -> PyResult<Option<Py<Scope>>> {
    let value = vars(py)?.scope.get(py)?;
    Ok(value.cast_into::<Scope>().ok().map(Bound::unbind))
}

/// The first link of the chain whose owner is open.
fn first_open(mut scope: Option<&Py<Scope>>) -> Option<&Py<Scope>> {
    while let Some(link) = scope {
        let link_ref = link.get();
        if link_ref.owner.is_open() {
            return Some(link);
        }
        scope = link_ref.outer.as_ref();
    }
    None
}

/// Makes `owner` current in this context, in front of `current`, which is its innermost
/// link.
pub(crate) fn enter(py: Python<'_>, current: Option<&Py<Scope>>, owner: Owner) -> PyResult<()> {
    match link(py, current, owner)? {
        Some(scope) => vars(py)?.scope.set(py, scope.bind(py).as_any()),
        None => Ok(()),
    }
}

/// A link for `owner` in front of those of `current` that are open; `None` if that would
/// be too deep.
pub(crate) fn link(
    py: Python<'_>,
    current: Option<&Py<Scope>>,
    owner: Owner,
) -> PyResult<Option<Py<Scope>>> {
    let outer = first_open(current).map(|scope| scope.clone_ref(py));
    let depth = outer.as_ref().map_or(0, |scope| scope.get().depth + 1);
    if depth >= DEPTH_MAX {
        return Ok(None);
    }
    let scope = Scope {
        owner,
        outer,
        depth,
    };
    Py::new(py, scope).map(Some)
}

/// Makes `scope` the innermost link of this context.
pub(crate) fn restore(py: Python<'_>, scope: Option<&Py<Scope>>) -> PyResult<()> {
    match scope {
        Some(scope) => vars(py)?.scope.set(py, scope.bind(py).as_any()),
        None => vars(py)?.scope.set(py, py.None().bind(py)),
    }
}

/// Goes back to what was current before `owner`, if `owner` is current here.
pub(crate) fn leave(py: Python<'_>, owner: &Owner) -> PyResult<()> {
    let Some(current) = innermost(py)? else {
        return Ok(());
    };
    if !current.get().owner.is_same(owner) {
        return Ok(());
    }
    restore(py, first_open(current.get().outer.as_ref()))
}

/// Id of the innermost open span of `trace` among the links from `scope` on.
pub(crate) fn parent_in(mut scope: Option<&Py<Scope>>, trace: &Trace) -> Option<Id> {
    while let Some(link) = scope {
        let link = link.get();
        if let Owner::Span(span) = &link.owner
            && let Some(id) = span.get().open_id_in(trace)
        {
            return Some(id);
        }
        scope = link.outer.as_ref();
    }
    None
}

/// The innermost open trace of this context, or `None`.
#[pyfunction]
pub(crate) fn get_current_trace(py: Python<'_>) -> PyResult<Option<Py<TraceContext>>> {
    let current = innermost(py)?;
    let mut scope = current.as_ref();
    while let Some(link) = scope {
        let link = link.get();
        if let Owner::Trace(trace) = &link.owner
            && trace.get().is_open()
        {
            return Ok(Some(trace.clone_ref(py)));
        }
        scope = link.outer.as_ref();
    }
    Ok(None)
}

/// The open spans of the current trace in this context, outermost first.
#[pyfunction]
pub(crate) fn get_span_stack(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let current = innermost(py)?;
    let mut scope = current.as_ref();
    let mut spans = Vec::new();
    while let Some(link) = scope {
        let link = link.get();
        match &link.owner {
            Owner::Span(span) if span.get().is_open() => spans.push(span.clone_ref(py)),
            Owner::Trace(trace) if trace.get().is_open() => break,
            _ => (),
        }
        scope = link.outer.as_ref();
    }
    spans.reverse();
    PyList::new(py, spans)
}
