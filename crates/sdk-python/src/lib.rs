//! The private module `pandaprobe._core`: Python's view of `pandaprobe-sdk`.
//!
//! Per node (trace or span) all work happens here: values are turned into JSON at the
//! call, contexts are kept, records are handed to the transport. Python code above it
//! decides about configuration and the life of clients.
//!
//! **Architecture Invariants**
//! - No exception of ours reaches the host: entries run under [`guard::guarded`]. The
//!   documented `ValueError`s are raised outside of it.
//! - No Rust lock is held while Python code runs: neither a fork nor a `__repr__` that
//!   calls us back can find one taken.
//! - The transport thread never attaches to the interpreter.

mod awaitable;
mod binding;
mod dicts;
mod exception;
mod guard;
mod iteration;
mod kinds;
mod log;
mod messages;
mod numbers;
mod parameters;
mod recorder;
mod scope;
mod span;
mod text;
mod time;
mod trace;
mod transport;
mod value;
mod vars;

use pyo3::prelude::*;

/// To be called before a fork: lets background work leave the records alone.
#[pyfunction]
fn before_fork() {
    pandaprobe_sdk::before_fork();
}

/// To be called in the parent after a fork.
#[pyfunction]
fn after_fork_in_parent() {
    pandaprobe_sdk::after_fork_in_parent();
}

/// To be called in the child after a fork, whose ids must differ from its parent's.
#[pyfunction]
fn after_fork_in_child() {
    pandaprobe_sdk::after_fork_in_child();
}

#[pymodule]
mod _core {
    #[pymodule_export]
    use super::after_fork_in_child;
    #[pymodule_export]
    use super::after_fork_in_parent;
    #[pymodule_export]
    use super::awaitable::Ready;
    #[pymodule_export]
    use super::before_fork;
    #[pymodule_export]
    use super::binding::{Binding, binding_vars, effective_binding};
    #[pymodule_export]
    use super::iteration::Iteration;
    #[pymodule_export]
    use super::recorder::Recorder;
    #[pymodule_export]
    use super::scope::{get_current_trace, get_span_stack};
    #[pymodule_export]
    use super::span::SpanContext;
    #[pymodule_export]
    use super::trace::{TraceContext, disabled_trace};
    #[pymodule_export]
    use super::transport::{Transport, is_loopback};

    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        super::vars::init(module.py())
    }
}
