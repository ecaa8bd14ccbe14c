//! From what is known to what can be seen.

use std::collections::{BTreeMap, BTreeSet};

use pandaprobe_model::session::SessionSummary;
use pandaprobe_model::trace::{
    SpanDetail, SpanFragment, SpanKind, SpanStatus, Totals, TraceDetail, TraceStatus, TraceSummary,
};
use pandaprobe_model::user::UserSummary;
use pandaprobe_model::{SpanId, Timestamp};

use super::amounts::{Amounts, Prices, add, tokens_in_all};
use super::json::first_user_message;
use super::replay::{Own, Replayed, Trace};
use super::{Counters, State};

pub(super) fn state(replayed: &Replayed, prices: &Prices) -> State {
    let traces: Vec<_> = replayed
        .traces
        .values()
        .map(|known| trace(known, prices))
        .collect();
    let sessions: Vec<_> = replayed
        .sessions
        .iter()
        .map(|(id, own)| session(id, own, &traces))
        .collect();
    let counters = Counters {
        traces: traces.len() as i64,
        sessions: sessions.len() as i64,
        spans: traces.iter().map(|trace| trace.spans.len() as i64).sum(),
    };
    let mut scores = replayed.scores.clone();
    scores.sort();
    State {
        users: users(&traces),
        traces,
        sessions,
        scores,
        counters,
    }
    .in_one_form()
}

/// The spans that have `span` as a child, grandchild and so on above them, each
/// once, however their parents are tied.
fn ancestors(spans: &BTreeMap<SpanId, SpanFragment>, span: &SpanFragment) -> BTreeSet<SpanId> {
    let mut above = BTreeSet::new();
    let mut at = span.parent_span_id;
    while let Some(parent) = at.and_then(|id| spans.get(&id)) {
        if !above.insert(parent.span_id) {
            break;
        }
        at = parent.parent_span_id;
    }
    above
}

fn span(known: &SpanFragment, amounts: Amounts, counted: bool) -> SpanDetail {
    SpanDetail {
        span_id: known.span_id,
        parent_span_id: known.parent_span_id,
        name: known.name.clone(),
        kind: known.kind.unwrap_or(SpanKind::Other),
        status: known.status.unwrap_or(SpanStatus::Unset),
        started_at: known.started_at,
        ended_at: known.ended_at,
        completion_start_time: known.completion_start_time,
        model: known.model.clone(),
        usage: amounts.usage.map(|usage| usage.buckets),
        counted,
        cost: amounts.cost,
        payload: known.payload.clone(),
    }
}

fn trace(known: &Trace, prices: &Prices) -> TraceDetail {
    let bearing = |span: &&SpanFragment| Amounts::of(span, prices).bears();
    let covered: BTreeSet<SpanId> = known
        .spans
        .values()
        .filter(bearing)
        .flat_map(|span| ancestors(&known.spans, span))
        .collect();
    let mut totals = Totals::default();
    let mut spans = Vec::new();
    for part in known.spans.values() {
        let amounts = Amounts::of(part, prices);
        let counted = amounts.bears() && !covered.contains(&part.span_id);
        let mut of_it = Totals {
            spans: 1,
            span_errors: i64::from(part.status == Some(SpanStatus::Error)),
            unusable: amounts.unusable,
            ..Totals::default()
        };
        if counted {
            of_it.usage = amounts.usage.unwrap_or_default();
            of_it.cost = amounts.cost.unwrap_or_default();
            of_it.unpriced = i64::from(amounts.has_tokens() && amounts.cost.is_none());
        }
        add(&mut totals, of_it);
        spans.push(span(part, amounts, counted));
    }
    spans.sort_by_key(|span| (span.started_at, span.span_id));
    let head = &known.head;
    let starts: Vec<Timestamp> = spans
        .iter()
        .map(|span| span.started_at)
        .chain([head.started_at])
        .collect();
    let ends = spans.iter().filter_map(|span| span.ended_at);
    let all = starts.iter().copied().chain(ends).chain(head.ended_at);
    TraceDetail {
        summary: TraceSummary {
            trace_id: head.trace_id,
            name: head.name.clone(),
            status: head.status.unwrap_or(TraceStatus::Completed),
            started_at: head.started_at,
            ended_at: head.ended_at,
            session_id: head.session_id.clone(),
            session_name: head.session_name.clone(),
            user_id: head.user_id.clone(),
            tags: head.tags.clone(),
            environment: head.environment.clone(),
            release: head.release.clone(),
            first_activity: starts.iter().copied().min().unwrap_or(head.started_at),
            last_activity: all.max().unwrap_or(head.started_at),
            totals,
        },
        input: head.input.clone(),
        output: head.output.clone(),
        metadata: head.metadata.clone(),
        spans,
    }
}

fn session(id: &str, own: &Own, traces: &[TraceDetail]) -> SessionSummary {
    let mut traces: Vec<&TraceDetail> = traces
        .iter()
        .filter(|trace| trace.summary.session_id.as_deref() == Some(id))
        .collect();
    traces.sort_by_key(|trace| (trace.summary.started_at, trace.summary.trace_id));
    let summaries: Vec<&TraceSummary> = traces.iter().map(|trace| &trace.summary).collect();
    let named = summaries
        .iter()
        .rev()
        .find_map(|trace| trace.session_name.clone());
    let asked = traces
        .iter()
        .find_map(|trace| trace.input.as_ref().and_then(first_user_message));
    let mut tags = own.tags.clone();
    let mut totals = Totals::default();
    let mut latency = (0, 0);
    for trace in &summaries {
        tags.extend(trace.tags.iter().cloned());
        add(&mut totals, trace.totals);
        if let Some(end) = trace.ended_at {
            latency.0 += end.0 - trace.started_at.0;
            latency.1 += 1;
        }
    }
    // No session is without a trace, so the defaults are never seen.
    let first = |times: Vec<Timestamp>| times.into_iter().min().unwrap_or(Timestamp(0));
    SessionSummary {
        session_id: id.to_owned(),
        name: own.name.clone().or(named).or(asked),
        user_id: summaries.iter().find_map(|trace| trace.user_id.clone()),
        tags: tags.into_iter().collect(),
        own_tags: own.tags.iter().cloned().collect(),
        metadata: own.metadata.clone(),
        trace_count: summaries.len() as i64,
        error_count: errors(&summaries),
        first_trace_at: first(summaries.iter().map(|trace| trace.started_at).collect()),
        last_trace_at: summaries.iter().filter_map(|trace| trace.ended_at).max(),
        first_activity: first(summaries.iter().map(|trace| trace.first_activity).collect()),
        last_activity: summaries
            .iter()
            .map(|trace| trace.last_activity)
            .max()
            .unwrap_or(Timestamp(0)),
        latency,
        totals,
    }
}

fn errors(traces: &[&TraceSummary]) -> i64 {
    let failed = traces
        .iter()
        .filter(|trace| trace.status == TraceStatus::Error);
    failed.count() as i64
}

fn users(traces: &[TraceDetail]) -> Vec<UserSummary> {
    let mut by_user: BTreeMap<&str, Vec<&TraceSummary>> = BTreeMap::new();
    for trace in traces {
        if let Some(user) = &trace.summary.user_id {
            by_user.entry(user).or_default().push(&trace.summary);
        }
    }
    by_user
        .into_iter()
        .map(|(id, traces)| {
            let sessions: BTreeSet<_> = traces
                .iter()
                .filter_map(|trace| trace.session_id.as_ref())
                .collect();
            let mut totals = Totals::default();
            traces
                .iter()
                .for_each(|trace| add(&mut totals, trace.totals));
            let starts = traces.iter().map(|trace| trace.started_at);
            UserSummary {
                user_id: id.to_owned(),
                trace_count: traces.len() as i64,
                error_count: errors(&traces),
                session_count: sessions.len() as i64,
                tokens: tokens_in_all(totals.usage.buckets),
                cost: totals.cost,
                first_seen: starts.clone().min().unwrap_or(Timestamp(0)),
                last_seen: starts.max().unwrap_or(Timestamp(0)),
            }
        })
        .collect()
}
