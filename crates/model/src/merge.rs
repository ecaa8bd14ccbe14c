//! The rules by which fragments become one state. Fragments that do not
//! contradict each other may be merged in any order, any number of times.

use std::collections::BTreeSet;

use crate::json::merge_objects;
use crate::trace::{SpanFragment, SpanKind, SpanStatus, TraceFragment, TraceStatus};
use crate::{RawJson, SpanId, Timestamp};

/// Takes `incoming` if it says something; a stored value is never wiped by
/// silence, and of two contradicting values the last committed wins.
pub fn newer<T>(stored: &mut Option<T>, incoming: Option<T>) {
    if incoming.is_some() {
        *stored = incoming;
    }
}

/// Merges objects by key.
pub fn newer_by_key(stored: &mut Option<RawJson>, incoming: Option<RawJson>) {
    *stored = match (stored.take(), incoming) {
        (Some(old), Some(new)) => Some(merge_objects(&old, &new)),
        (old, new) => new.or(old),
    };
}

/// The merged fields of a trace, without payloads and spans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceHead {
    /// The last name given.
    pub name: String,
    /// `None` while no fragment gave one.
    pub status: Option<TraceStatus>,
    /// The last start given.
    pub started_at: Timestamp,
    /// The last end given.
    pub ended_at: Option<Timestamp>,
    /// The session.
    pub session_id: Option<String>,
    /// The session's name.
    pub session_name: Option<String>,
    /// The user.
    pub user_id: Option<String>,
    /// All tags ever given.
    pub tags: BTreeSet<String>,
    /// Where it ran.
    pub environment: Option<String>,
    /// The version that ran.
    pub release: Option<String>,
}

impl TraceHead {
    /// The state after the first fragment.
    pub fn new(fragment: &TraceFragment) -> Self {
        Self {
            name: fragment.name.clone(),
            status: fragment.status,
            started_at: fragment.started_at,
            ended_at: fragment.ended_at,
            session_id: fragment.session_id.clone(),
            session_name: fragment.session_name.clone(),
            user_id: fragment.user_id.clone(),
            tags: fragment.tags.iter().cloned().collect(),
            environment: fragment.environment.clone(),
            release: fragment.release.clone(),
        }
    }

    /// Merges one more fragment.
    pub fn merge(&mut self, fragment: &TraceFragment) {
        self.name.clone_from(&fragment.name);
        self.started_at = fragment.started_at;
        merge_status(&mut self.status, fragment.status);
        newer(&mut self.ended_at, fragment.ended_at);
        newer(&mut self.session_id, fragment.session_id.clone());
        newer(&mut self.session_name, fragment.session_name.clone());
        newer(&mut self.user_id, fragment.user_id.clone());
        newer(&mut self.environment, fragment.environment.clone());
        newer(&mut self.release, fragment.release.clone());
        self.tags.extend(fragment.tags.iter().cloned());
    }
}

/// A terminal status is never replaced by one that is not.
fn merge_status(stored: &mut Option<TraceStatus>, incoming: Option<TraceStatus>) {
    let reopens = stored.is_some_and(TraceStatus::is_terminal)
        && incoming.is_some_and(|status| !status.is_terminal());
    if !reopens {
        newer(stored, incoming);
    }
}

/// The merged fields of a span, without payloads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanHead {
    /// The last parent given. A span that names itself has none.
    pub parent: Option<SpanId>,
    /// The last name given.
    pub name: String,
    /// `None` while no fragment gave one.
    pub kind: Option<SpanKind>,
    /// `None` while no fragment gave one other than UNSET.
    pub status: Option<SpanStatus>,
    /// The last start given.
    pub started_at: Timestamp,
    /// The last end given.
    pub ended_at: Option<Timestamp>,
    /// When the first token came.
    pub completion_start_time: Option<Timestamp>,
    /// The model's name.
    pub model: Option<String>,
}

impl SpanHead {
    /// The state after the first fragment.
    pub fn new(fragment: &SpanFragment) -> Self {
        Self {
            parent: parent_of(fragment),
            name: fragment.name.clone(),
            kind: fragment.kind,
            status: said(fragment.status),
            started_at: fragment.started_at,
            ended_at: fragment.ended_at,
            completion_start_time: fragment.completion_start_time,
            model: fragment.model.clone(),
        }
    }

    /// Merges one more fragment.
    pub fn merge(&mut self, fragment: &SpanFragment) {
        newer(&mut self.parent, parent_of(fragment));
        self.name.clone_from(&fragment.name);
        newer(&mut self.kind, fragment.kind);
        newer(&mut self.status, said(fragment.status));
        self.started_at = fragment.started_at;
        newer(&mut self.ended_at, fragment.ended_at);
        newer(
            &mut self.completion_start_time,
            fragment.completion_start_time,
        );
        newer(&mut self.model, fragment.model.clone());
    }
}

fn parent_of(fragment: &SpanFragment) -> Option<SpanId> {
    fragment
        .parent_span_id
        .filter(|parent| *parent != fragment.span_id)
}

fn said(status: Option<SpanStatus>) -> Option<SpanStatus> {
    status.filter(|status| *status != SpanStatus::Unset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(order: &[Option<TraceStatus>]) -> Option<TraceStatus> {
        let mut state = None;
        for incoming in order {
            merge_status(&mut state, *incoming);
        }
        state
    }

    #[test]
    fn a_trace_is_never_reopened() {
        use TraceStatus::{Completed, Error, Pending, Running};
        assert_eq!(status(&[Some(Running), Some(Completed)]), Some(Completed));
        assert_eq!(status(&[Some(Completed), Some(Running)]), Some(Completed));
        assert_eq!(status(&[Some(Error), Some(Pending), None]), Some(Error));
        assert_eq!(status(&[Some(Completed), Some(Error)]), Some(Error));
    }

    #[test]
    fn silence_about_the_status_is_no_status() {
        assert_eq!(
            status(&[None, Some(TraceStatus::Running)]),
            Some(TraceStatus::Running)
        );
        assert_eq!(
            status(&[Some(TraceStatus::Running), None]),
            Some(TraceStatus::Running)
        );
        assert_eq!(status(&[None]), None);
    }

    #[test]
    fn silence_wipes_nothing() {
        let mut value = Some(1);
        newer(&mut value, None);
        assert_eq!(value, Some(1));
        let mut object = RawJson::parse(r#"{"a":1}"#);
        newer_by_key(&mut object, None);
        newer_by_key(&mut object, RawJson::parse(r#"{"b":2}"#));
        assert_eq!(object.unwrap().as_str(), r#"{"a":1,"b":2}"#);
    }
}
