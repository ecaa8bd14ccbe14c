//! From operations to what is known of each trace, span and session.

use std::collections::{BTreeMap, BTreeSet};

use pandaprobe_model::patch::{Change, SessionPatch, SpanPatch, TagChange, TracePatch};
use pandaprobe_model::trace::{SpanFragment, SpanStatus, TraceFragment, TraceStatus};
use pandaprobe_model::{RawJson, SpanId, TraceId};

use super::json::merge;
use super::{Answer, Operation};

/// What is known after some operations.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Replayed {
    pub(super) traces: BTreeMap<TraceId, Trace>,
    /// Exactly the sessions that have a trace.
    pub(super) sessions: BTreeMap<String, Own>,
    pub(super) scores: Vec<(TraceId, String)>,
}

/// A trace: all fragments and patches as if one fragment had said it all.
#[derive(Debug, PartialEq)]
pub(super) struct Trace {
    /// Without spans.
    pub(super) head: TraceFragment,
    pub(super) spans: BTreeMap<SpanId, SpanFragment>,
}

/// What belongs to a session and to none of its traces.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Own {
    pub(super) name: Option<String>,
    pub(super) tags: BTreeSet<String>,
    pub(super) metadata: Option<RawJson>,
}

/// Carries out all operations, one after the other.
pub(super) fn replay(operations: &[Operation]) -> Replayed {
    let mut replayed = Replayed::default();
    for operation in operations {
        replayed.apply(operation);
    }
    replayed
}

impl Replayed {
    pub(super) fn apply(&mut self, operation: &Operation) -> Answer {
        match operation {
            Operation::Ingest(fragments) => {
                fragments.iter().for_each(|part| self.merge_trace(part));
                Answer::Done
            }
            Operation::AddSpans(trace, spans) => {
                let found = self.traces.get_mut(trace);
                let answer = Answer::Found(found.is_some());
                if let Some(trace) = found {
                    spans.iter().for_each(|span| trace.merge_span(span));
                }
                answer
            }
            Operation::PatchTrace(trace, patch) => {
                let found = self.traces.get_mut(trace);
                let answer = Answer::Found(found.is_some());
                if let Some(trace) = found {
                    patch_trace(&mut trace.head, patch);
                }
                self.settle_sessions();
                answer
            }
            Operation::PatchSpan(trace, span, patch) => {
                let trace = self.traces.get_mut(trace);
                let span = trace.and_then(|trace| trace.spans.get_mut(span));
                let answer = Answer::Found(span.is_some());
                if let Some(span) = span {
                    patch_span(span, patch);
                }
                answer
            }
            Operation::TagTraces(traces, change) => self.tag_traces(traces, change),
            Operation::DeleteTraces(traces) => Answer::Count(self.delete_traces(traces)),
            Operation::PatchSession(session, patch) => {
                let own = self.sessions.get_mut(session);
                let answer = Answer::Found(own.is_some());
                if let Some(own) = own {
                    patch_session(own, patch);
                }
                answer
            }
            Operation::TagSessions(sessions, change) => self.tag_sessions(sessions, change),
            Operation::DeleteSession(session) => Answer::Deleted(self.delete_session(session)),
            Operation::AddScore(trace, name) => {
                let found = self.traces.contains_key(trace);
                if found {
                    self.scores.push((*trace, name.clone()));
                }
                Answer::Found(found)
            }
            Operation::RemakeProject => {
                *self = Self::default();
                Answer::Found(true)
            }
        }
    }

    fn merge_trace(&mut self, part: &TraceFragment) {
        let trace = self
            .traces
            .entry(part.trace_id)
            .or_insert_with(|| Trace::new(part.trace_id));
        trace.merge_head(part);
        part.spans.iter().for_each(|span| trace.merge_span(span));
        self.settle_sessions();
    }

    fn tag_traces(&mut self, traces: &[TraceId], change: &TagChange) -> Answer {
        let wanted: BTreeSet<_> = traces.iter().collect();
        let mut count = 0;
        for (_, trace) in self.traces.iter_mut().filter(|(id, _)| wanted.contains(id)) {
            let mut tags = trace.head.tags.iter().cloned().collect();
            change_tags(&mut tags, change);
            trace.head.tags = tags.into_iter().collect();
            count += 1;
        }
        Answer::Count(count)
    }

    fn tag_sessions(&mut self, sessions: &[String], change: &TagChange) -> Answer {
        let wanted: BTreeSet<_> = sessions.iter().collect();
        let mut count = 0;
        for (_, own) in self
            .sessions
            .iter_mut()
            .filter(|(id, _)| wanted.contains(id))
        {
            change_tags(&mut own.tags, change);
            count += 1;
        }
        Answer::Count(count)
    }

    fn delete_traces(&mut self, traces: &[TraceId]) -> u64 {
        let before = self.traces.len();
        self.traces.retain(|id, _| !traces.contains(id));
        self.scores.retain(|(id, _)| !traces.contains(id));
        self.settle_sessions();
        (before - self.traces.len()) as u64
    }

    fn delete_session(&mut self, session: &str) -> Option<u64> {
        let of_it = |trace: &Trace| trace.head.session_id.as_deref() == Some(session);
        let traces: Vec<_> = self
            .traces
            .iter()
            .filter(|(_, trace)| of_it(trace))
            .map(|(id, _)| *id)
            .collect();
        (!traces.is_empty()).then(|| self.delete_traces(&traces))
    }

    /// Forgets sessions without traces, begins those that are named for the
    /// first time, and gives them what their traces have for them.
    fn settle_sessions(&mut self) {
        let named = |trace: &Trace| trace.head.session_id.clone();
        let live: BTreeSet<String> = self.traces.values().filter_map(named).collect();
        self.sessions.retain(|id, _| live.contains(id));
        for trace in self.traces.values_mut() {
            if let Some(session) = &trace.head.session_id {
                let own = self.sessions.entry(session.clone()).or_default();
                let given = trace.head.session_metadata.take();
                merge(&mut own.metadata, given.as_ref());
            }
        }
    }
}

impl Trace {
    fn new(id: TraceId) -> Self {
        Self {
            head: TraceFragment::of_spans(id, Vec::new()),
            spans: BTreeMap::new(),
        }
    }

    fn merge_head(&mut self, part: &TraceFragment) {
        let head = &mut self.head;
        head.name.clone_from(&part.name);
        head.started_at = part.started_at;
        let ended = matches!(
            head.status,
            Some(TraceStatus::Completed | TraceStatus::Error)
        );
        let reopens = matches!(
            part.status,
            Some(TraceStatus::Pending | TraceStatus::Running)
        );
        if !(ended && reopens) {
            replace(&mut head.status, &part.status);
        }
        replace(&mut head.ended_at, &part.ended_at);
        replace(&mut head.session_id, &part.session_id);
        replace(&mut head.session_name, &part.session_name);
        replace(&mut head.user_id, &part.user_id);
        replace(&mut head.environment, &part.environment);
        replace(&mut head.release, &part.release);
        replace(&mut head.input, &part.input);
        replace(&mut head.output, &part.output);
        merge(&mut head.metadata, part.metadata.as_ref());
        merge(&mut head.session_metadata, part.session_metadata.as_ref());
        head.tags.extend(part.tags.iter().cloned());
        head.tags.sort();
        head.tags.dedup();
    }

    fn merge_span(&mut self, part: &SpanFragment) {
        let span = self
            .spans
            .entry(part.span_id)
            .or_insert_with(|| SpanFragment {
                parent_span_id: None,
                ..part.clone()
            });
        span.name.clone_from(&part.name);
        span.started_at = part.started_at;
        if part.parent_span_id != Some(part.span_id) {
            replace(&mut span.parent_span_id, &part.parent_span_id);
        }
        replace(&mut span.kind, &part.kind);
        if part.status != Some(SpanStatus::Unset) {
            replace(&mut span.status, &part.status);
        }
        replace(&mut span.ended_at, &part.ended_at);
        replace(&mut span.completion_start_time, &part.completion_start_time);
        replace(&mut span.model, &part.model);
        let (stored, given) = (&mut span.payload, &part.payload);
        replace(&mut stored.input, &given.input);
        replace(&mut stored.output, &given.output);
        merge(&mut stored.metadata, given.metadata.as_ref());
        replace(&mut stored.model_parameters, &given.model_parameters);
        replace(&mut stored.token_usage, &given.token_usage);
        replace(&mut stored.usage, &given.usage);
        replace(&mut stored.cost, &given.cost);
        replace(&mut stored.error, &given.error);
    }
}

/// A fragment's field: what it does not say, it does not change.
fn replace<T: Clone>(stored: &mut Option<T>, given: &Option<T>) {
    if given.is_some() {
        stored.clone_from(given);
    }
}

/// A patch's field.
fn change<T: Clone>(stored: &mut Option<T>, change: &Change<T>) {
    match change {
        Change::Keep => {}
        Change::Clear => *stored = None,
        Change::Set(value) => *stored = Some(value.clone()),
    }
}

fn patch_trace(head: &mut TraceFragment, patch: &TracePatch) {
    if let Some(name) = &patch.name {
        head.name.clone_from(name);
    }
    replace(&mut head.status, &patch.status);
    change(&mut head.input, &patch.input);
    change(&mut head.output, &patch.output);
    merge(&mut head.metadata, patch.metadata.as_ref());
    change(&mut head.ended_at, &patch.ended_at);
    change(&mut head.session_id, &patch.session_id);
    change(&mut head.user_id, &patch.user_id);
    if let Some(tags) = &patch.tags {
        let sorted: BTreeSet<_> = tags.iter().cloned().collect();
        head.tags = sorted.into_iter().collect();
    }
    change(&mut head.environment, &patch.environment);
    change(&mut head.release, &patch.release);
}

fn patch_span(span: &mut SpanFragment, patch: &SpanPatch) {
    if let Some(name) = &patch.name {
        span.name.clone_from(name);
    }
    replace(&mut span.kind, &patch.kind);
    replace(&mut span.status, &patch.status);
    change(&mut span.ended_at, &patch.ended_at);
    change(
        &mut span.completion_start_time,
        &patch.completion_start_time,
    );
    change(&mut span.model, &patch.model);
    let stored = &mut span.payload;
    change(&mut stored.input, &patch.input);
    change(&mut stored.output, &patch.output);
    merge(&mut stored.metadata, patch.metadata.as_ref());
    change(&mut stored.model_parameters, &patch.model_parameters);
    change(&mut stored.token_usage, &patch.token_usage);
    change(&mut stored.usage, &patch.usage);
    change(&mut stored.cost, &patch.cost);
    change(&mut stored.error, &patch.error);
}

fn patch_session(own: &mut Own, patch: &SessionPatch) {
    change(&mut own.name, &patch.name);
    merge(&mut own.metadata, patch.metadata.as_ref());
    if let Some(tags) = &patch.tags {
        own.tags = tags.iter().cloned().collect();
    }
}

fn change_tags(tags: &mut BTreeSet<String>, change: &TagChange) {
    tags.retain(|tag| !change.remove.contains(tag));
    tags.extend(change.add.iter().cloned());
}
