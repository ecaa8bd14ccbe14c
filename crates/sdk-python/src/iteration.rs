//! A generator that is recorded: it is current only while its body runs.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pandaprobe_sdk::Json;
use pyo3::prelude::*;

use crate::guard::guarded;
use crate::recorder::{finish, start};
use crate::scope::{self, Owner, Scope};
use crate::value::to_json;

/// Most yielded items that are kept.
const ITEMS_MAX: usize = 10_000;
/// Most bytes of their JSON.
const ITEMS_BYTES_MAX: usize = 1 << 20;

/// The record of one generator's life.
///
/// The body has a chain of open spans of its own, which `resume` puts in place and
/// `suspend` takes away: what it opens and leaves open over a `yield` is never seen by
/// the consumer, and is there again when it goes on.
#[pyclass(frozen, module = "pandaprobe._core")]
pub(crate) struct Iteration {
    owner: Owner,
    state: Mutex<State>,
}

struct State {
    phase: Phase,
    /// The body's chain while it does not run.
    body: Option<Py<Scope>>,
    /// The consumer's chain while the body runs.
    consumer: Option<Py<Scope>>,
    items: Items,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    NotStarted,
    Suspended,
    Running,
    Finished,
}

#[derive(Default)]
struct Items {
    /// A JSON array without its end.
    out: String,
    count: usize,
    left_out: usize,
}

impl Iteration {
    /// For a call that is made here: what is open now is what the body runs in.
    pub(crate) fn new(py: Python<'_>, owner: Owner) -> PyResult<Self> {
        Ok(Self {
            owner,
            state: Mutex::new(State {
                phase: Phase::NotStarted,
                body: scope::innermost(py)?,
                consumer: None,
                items: Items::default(),
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the consumer's chain back.
    fn leave_body(&self, py: Python<'_>, phase: Phase) -> PyResult<()> {
        let body = scope::innermost(py)?;
        let consumer = {
            let mut state = self.state();
            state.phase = phase;
            state.body = body;
            state.consumer.take()
        };
        scope::restore(py, consumer.as_ref())
    }
}

#[pymethods]
impl Iteration {
    /// The body is about to run; the first time, the record starts.
    fn resume(&self, py: Python<'_>) -> PyResult<()> {
        guarded(py, (), || {
            let consumer = scope::innermost(py)?;
            let (phase, mut body) = {
                let mut state = self.state();
                (state.phase, state.body.take())
            };
            if phase == Phase::NotStarted {
                start(&self.owner, body.as_ref());
                let link = scope::link(py, body.as_ref(), self.owner.clone_ref(py))?;
                body = link.or(body);
            }
            {
                let mut state = self.state();
                state.phase = Phase::Running;
                state.consumer = consumer;
            }
            scope::restore(py, body.as_ref())
        })
    }

    /// The body has yielded `item`.
    fn suspend(&self, item: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = item.py();
        guarded(py, (), || self.leave_body(py, Phase::Suspended))?;
        guarded(py, (), || {
            if self.state().items.is_full() {
                self.state().items.left_out += 1;
                return Ok(());
            }
            let json = to_json(item)?;
            self.state().items.push(&json);
            Ok(())
        })
    }

    /// The body has ended, with `error` if it failed.
    #[pyo3(signature = (error=None, /))]
    fn finish(&self, py: Python<'_>, error: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let (phase, items) = {
            let mut state = self.state();
            (state.phase, std::mem::take(&mut state.items))
        };
        if phase == Phase::Finished {
            return Ok(());
        }
        guarded(py, (), || self.leave_body(py, Phase::Finished))?;
        self.state().body = None;
        let none = py.None();
        let error = error.unwrap_or(none.bind(py));
        guarded(py, (), || {
            finish(py, &self.owner, Some(items.finish()), error)
        })
    }
}

impl Items {
    fn is_full(&self) -> bool {
        self.count >= ITEMS_MAX || self.out.len() >= ITEMS_BYTES_MAX
    }

    fn push(&mut self, item: &Json) {
        self.out.push(if self.out.is_empty() { '[' } else { ',' });
        self.out.push_str(item.as_str());
        self.count += 1;
    }

    fn finish(mut self) -> Json {
        if self.left_out > 0 {
            let left_out = self.left_out;
            self.push(&Json::string(&format!(
                "<{left_out} further items left out>"
            )));
        }
        if self.out.is_empty() {
            self.out.push('[');
        }
        self.out.push(']');
        Json::from_written(self.out)
    }
}
