//! A naive model of what a store must answer.
//!
//! [`Reference`] keeps the raw operations of each project in the order of their
//! commitment and computes everything that can be seen from scratch each time it
//! is asked. It shares no code with the store or with the product's merging and
//! summing: only plain data types.

mod amounts;
mod json;
mod replay;
mod visible;

use std::collections::BTreeMap;

use pandaprobe_model::patch::{SessionPatch, SpanPatch, TagChange, TracePatch};
use pandaprobe_model::session::SessionSummary;
use pandaprobe_model::trace::{SpanFragment, TraceDetail, TraceFragment};
use pandaprobe_model::user::UserSummary;
use pandaprobe_model::{SpanId, TraceId};

use amounts::Prices;
pub use json::canonical;
use replay::Replayed;

/// One request that changes a project.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// Fragments, merged in this order.
    Ingest(Vec<TraceFragment>),
    /// Spans for a trace that must exist.
    AddSpans(TraceId, Vec<SpanFragment>),
    /// A change to a trace.
    PatchTrace(TraceId, TracePatch),
    /// A change to a span.
    PatchSpan(TraceId, SpanId, SpanPatch),
    /// Tags of traces.
    TagTraces(Vec<TraceId>, TagChange),
    /// Traces to delete.
    DeleteTraces(Vec<TraceId>),
    /// A change to a session.
    PatchSession(String, SessionPatch),
    /// Own tags of sessions.
    TagSessions(Vec<String>, TagChange),
    /// A session to delete, with its traces.
    DeleteSession(String),
    /// A score of this name for a trace.
    AddScore(TraceId, String),
    /// The project is deleted and one of the same name made.
    RemakeProject,
}

/// What the caller of an [`Operation`] is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Nothing but that it is done.
    Done,
    /// Whether what it names exists.
    Found(bool),
    /// How many of those that it names exist.
    Count(u64),
    /// How many traces went; `None` if what it names does not exist.
    Deleted(Option<u64>),
}

/// Everything that can be seen of a project.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Every trace with everything, by id.
    pub traces: Vec<TraceDetail>,
    /// Every session, by id.
    pub sessions: Vec<SessionSummary>,
    /// Every user, by id.
    pub users: Vec<UserSummary>,
    /// The trace and name of every score, sorted.
    pub scores: Vec<(TraceId, String)>,
    /// The project's counters.
    pub counters: Counters,
}

impl State {
    /// Brings all objects that are merged by key to one form, since the order of
    /// their keys and white space mean nothing.
    #[must_use]
    pub fn in_one_form(mut self) -> Self {
        for trace in &mut self.traces {
            trace.metadata = canonical(trace.metadata.as_ref());
            for span in &mut trace.spans {
                span.payload.metadata = canonical(span.payload.metadata.as_ref());
            }
        }
        for session in &mut self.sessions {
            session.metadata = canonical(session.metadata.as_ref());
        }
        self
    }
}

/// How much there is in a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    /// Traces.
    pub traces: i64,
    /// Sessions.
    pub sessions: i64,
    /// Spans of all traces.
    pub spans: i64,
}

/// The model: operations by project, and what models cost.
#[derive(Debug, Clone)]
pub struct Reference {
    prices: Prices,
    operations: BTreeMap<String, Vec<Operation>>,
}

impl Reference {
    /// Begins empty. `prices` is a price table as the product reads it: USD for
    /// a million tokens. Lines that are not understood price nothing.
    pub fn new(prices: &str) -> Self {
        Self {
            prices: Prices::read(prices),
            operations: BTreeMap::new(),
        }
    }

    /// Appends an operation and returns what its caller is told.
    pub fn commit(&mut self, project: &str, operation: Operation) -> Answer {
        let committed = self.operations.entry(project.to_owned()).or_default();
        let answer = replay::replay(committed).apply(&operation);
        committed.push(operation);
        answer
    }

    /// Computes what can be seen of a project.
    pub fn state(&self, project: &str) -> State {
        visible::state(&self.replayed(project), &self.prices)
    }

    /// Whether no further operation could ever tell the two apart. More than
    /// equal states: a trace whose status nobody gave shows as COMPLETED too.
    pub fn is_equivalent(&self, other: &Self) -> bool {
        let projects = self.operations.keys().chain(other.operations.keys());
        projects
            .into_iter()
            .all(|project| self.replayed(project) == other.replayed(project))
    }

    fn replayed(&self, project: &str) -> Replayed {
        replay::replay(self.operations.get(project).map_or(&[], Vec::as_slice))
    }
}
