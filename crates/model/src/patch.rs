//! Commands: changes that somebody asks for, applied in the order of arrival.
//! Unlike fragments they may clear and replace.

use crate::trace::{SpanKind, SpanStatus, TraceStatus};
use crate::{RawJson, Timestamp};

/// What a command says about one field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// Nothing.
    #[default]
    Keep,
    /// It has no value any more.
    Clear,
    /// It has this value.
    Set(T),
}

impl<T> Change<T> {
    /// Applies the change to a stored value.
    pub fn apply(self, stored: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *stored = None,
            Self::Set(value) => *stored = Some(value),
        }
    }

    /// Whether the field is named at all.
    pub fn is_said(&self) -> bool {
        !matches!(self, Self::Keep)
    }
}

/// Changes to a trace. A start, an id and spans cannot be patched.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TracePatch {
    /// 1..512 characters.
    pub name: Option<String>,
    /// Any status, also one that reopens the trace.
    pub status: Option<TraceStatus>,
    /// Anything but null.
    pub input: Change<RawJson>,
    /// Anything but null.
    pub output: Change<RawJson>,
    /// An object, merged by key.
    pub metadata: Option<RawJson>,
    /// End.
    pub ended_at: Change<Timestamp>,
    /// ≤ 255 characters, never blank.
    pub session_id: Change<String>,
    /// ≤ 255 characters, never blank.
    pub user_id: Change<String>,
    /// Replaces all tags.
    pub tags: Option<Vec<String>>,
    /// ≤ 255 characters.
    pub environment: Change<String>,
    /// ≤ 255 characters.
    pub release: Change<String>,
}

/// Changes to a span. Its start and its parent cannot be patched.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SpanPatch {
    /// 1..512 characters.
    pub name: Option<String>,
    /// What it does.
    pub kind: Option<SpanKind>,
    /// The outcome; [`SpanStatus::Unset`] takes an outcome back.
    pub status: Option<SpanStatus>,
    /// End.
    pub ended_at: Change<Timestamp>,
    /// When the first token came.
    pub completion_start_time: Change<Timestamp>,
    /// ≤ 255 characters.
    pub model: Change<String>,
    /// Anything but null.
    pub input: Change<RawJson>,
    /// Anything but null.
    pub output: Change<RawJson>,
    /// An object, merged by key.
    pub metadata: Option<RawJson>,
    /// An object.
    pub model_parameters: Change<RawJson>,
    /// An object; see [`crate::usage::read`].
    pub token_usage: Change<RawJson>,
    /// An object of disjoint buckets.
    pub usage: Change<RawJson>,
    /// An object of numbers.
    pub cost: Change<RawJson>,
    /// A JSON string.
    pub error: Change<RawJson>,
}

/// Changes to a session.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SessionPatch {
    /// ≤ 255 characters. A name set here stands before any that traces bring;
    /// clearing it lets theirs show again.
    pub name: Change<String>,
    /// An object, merged by key.
    pub metadata: Option<RawJson>,
    /// Replaces the session's own tags. Those of its traces stay theirs.
    pub tags: Option<Vec<String>>,
}

/// Tags to add and remove; what is in both is added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagChange {
    /// Tags to add.
    pub add: Vec<String>,
    /// Tags to remove.
    pub remove: Vec<String>,
}

impl TagChange {
    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }
}
