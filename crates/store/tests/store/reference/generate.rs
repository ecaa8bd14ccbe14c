//! Random operations over few ids, so that they meet.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use pandaprobe_model::patch::{Change, SessionPatch, SpanPatch, TagChange, TracePatch};
use pandaprobe_model::trace::{
    SpanFragment, SpanKind, SpanPayload, SpanStatus, TraceFragment, TraceStatus,
};
use pandaprobe_model::{RawJson, SpanId, Timestamp, TraceId};
use pandaprobe_testkit::reference::Operation;
use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::select;

use super::world::PROJECTS;

/// What happens to a world.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Requests at the same time, or just one, each to one of the projects.
    Requests(Vec<(usize, Operation)>),
    /// A restart of the store.
    Reopen,
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let one = (project(), operation()).prop_map(|request| Step::Requests(vec![request]));
    let anew = project().prop_map(|at| Step::Requests(vec![(at, Operation::RemakeProject)]));
    prop_oneof![
        24 => one,
        1 => anew,
        3 => vec((project(), whole()), 2..4).prop_map(Step::Requests),
        2 => Just(Step::Reopen),
    ]
}

/// Mostly the first.
fn project() -> impl Strategy<Value = usize> {
    prop_oneof![3 => Just(0), 1 => 1..PROJECTS.len()]
}

fn operation() -> impl Strategy<Value = Operation> {
    let traces = || vec(trace_id(), 0..4);
    prop_oneof![
        12 => vec(trace(), 1..4).prop_map(Operation::Ingest),
        3 => (trace_id(), vec(span(), 0..3))
            .prop_map(|(trace, spans)| Operation::AddSpans(trace, spans)),
        4 => (trace_id(), trace_patch())
            .prop_map(|(trace, patch)| Operation::PatchTrace(trace, patch)),
        4 => (trace_id(), span_id(), span_patch())
            .prop_map(|(trace, span, patch)| Operation::PatchSpan(trace, span, patch)),
        2 => (traces(), tag_change())
            .prop_map(|(traces, change)| Operation::TagTraces(traces, change)),
        2 => traces().prop_map(Operation::DeleteTraces),
        3 => (session_id(), session_patch())
            .prop_map(|(session, patch)| Operation::PatchSession(session, patch)),
        2 => (vec(session_id(), 0..4), tag_change())
            .prop_map(|(sessions, change)| Operation::TagSessions(sessions, change)),
        1 => session_id().prop_map(Operation::DeleteSession),
        1 => (trace_id(), select(vec!["good", "fast"]))
            .prop_map(|(trace, name)| Operation::AddScore(trace, name.to_owned())),
    ]
}

/// An operation that the store carries out as one. Deleting a session is none:
/// it takes the traces that it finds first, and others may arrive meanwhile.
fn whole() -> impl Strategy<Value = Operation> {
    operation().prop_filter("is carried out in parts", |operation| {
        !matches!(operation, Operation::DeleteSession(_))
    })
}

fn trace_id() -> impl Strategy<Value = TraceId> {
    (1_u128..5).prop_map(TraceId)
}

fn span_id() -> impl Strategy<Value = SpanId> {
    (1_u128..7).prop_map(SpanId)
}

fn text(of: &[&'static str]) -> impl Strategy<Value = String> + use<> {
    select(of.to_vec()).prop_map(str::to_owned)
}

fn session_id() -> impl Strategy<Value = String> {
    text(&["a", "b", "c"])
}

fn user_id() -> impl Strategy<Value = String> {
    text(&["u", "v"])
}

fn tags() -> impl Strategy<Value = Vec<String>> {
    vec(text(&["red", "green", "blue"]), 0..3)
}

fn tag_change() -> impl Strategy<Value = TagChange> {
    (tags(), tags()).prop_map(|(add, remove)| TagChange { add, remove })
}

/// Half of them so close that they often tie.
fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![0_i64..2, 0_i64..60].prop_map(Timestamp)
}

pub(super) fn raw(text: &str) -> RawJson {
    RawJson::parse(text).unwrap()
}

fn one_of(texts: &[&'static str]) -> impl Strategy<Value = RawJson> + use<> {
    select(texts.to_vec()).prop_map(raw)
}

/// Objects that are merged by key.
fn metadata() -> impl Strategy<Value = RawJson> {
    one_of(&[
        "{}",
        r#"{"a":1}"#,
        r#"{"a":2,"b":{"deep":[1,null]}}"#,
        r#"{"b":"x","c":null}"#,
        r#"{ "c" : [ ] , "a" : "é" }"#,
    ])
}

/// Chat histories that grow turn by turn, so that many payloads share their
/// first messages, and values of every other shape.
fn payload() -> impl Strategy<Value = RawJson> {
    let chat = (0_usize..2, 1_usize..6, 0_usize..4).prop_map(|(chat, turns, shape)| {
        let messages: Vec<_> = (0..turns).map(|turn| message(chat, turn)).collect();
        let list = messages.join(",");
        raw(&match shape {
            0 => format!("[{list}]"),
            1 => format!(r#"{{"model":"gpt","messages":[{list}],"n":{turns}}}"#),
            _ => format!(r#"{{"messages":[{list}]}}"#),
        })
    });
    let other = one_of(&[
        r#""plain  text""#,
        "17",
        "false",
        "[]",
        r#"{"messages":[]}"#,
        r#"{"messages":"none"}"#,
        r#"{"query":"panda","depth":{"list":[1,2,{"x":null}]}}"#,
        r#"" ""#,
    ]);
    prop_oneof![3 => chat, 1 => other]
}

/// Turns begin with a system prompt in one chat and with the user in the other.
pub(super) fn message(chat: usize, turn: usize) -> String {
    let role = match (chat, turn) {
        (0, 0) => "system",
        (chat, turn) if (chat + turn) % 2 == 1 => "user",
        _ => "assistant",
    };
    let filler: String = (0..8)
        .map(|n| format!(" {:x}", (chat * 64 + turn * 8 + n + 1) * 2_654_435_761))
        .collect();
    format!(r#"{{"role":"{role}","content":"chat {chat} turn {turn}{filler}"}}"#)
}

fn trace_status() -> impl Strategy<Value = TraceStatus> {
    select(TraceStatus::ALL)
}

fn trace() -> impl Strategy<Value = TraceFragment> {
    let head = (
        trace_id(),
        text(&["ask", "answer"]),
        of(trace_status()),
        time(),
        of(time()),
        of(session_id()),
        of(user_id()),
        tags(),
    );
    let rest = (
        weighted(0.3, text(&["Name", "Other name"])),
        weighted(0.3, metadata()),
        weighted(0.3, text(&["production", "test"])),
        weighted(0.3, text(&["1", "2"])),
        weighted(0.3, metadata()),
        of(payload()),
        weighted(0.3, payload()),
    );
    (head, rest, vec(span(), 0..4)).prop_map(|(head, rest, spans)| {
        let (trace_id, name, status, started_at, ended_at, session_id, user_id, tags) = head;
        let (session_name, session_metadata, environment, release, metadata, input, output) = rest;
        TraceFragment {
            trace_id,
            name,
            status,
            started_at,
            ended_at,
            session_id,
            session_name,
            session_metadata,
            user_id,
            tags,
            environment,
            release,
            metadata,
            input,
            output,
            spans,
        }
    })
}

fn token_usage() -> impl Strategy<Value = RawJson> {
    one_of(&[
        r#"{"prompt_tokens":10,"completion_tokens":5}"#,
        r#"{"prompt_tokens":0}"#,
        r#"{"prompt_tokens":20,"completion_tokens":8,"reasoning_tokens":3,"cache_read_tokens":4}"#,
        r#"{"prompt_tokens":7,"completion_tokens":5,"reasoning_tokens":2,"total_tokens":14}"#,
        r#"{"prompt_tokens":2,"completion_tokens":"n/a"}"#,
        r#"{"other":1}"#,
    ])
}

fn usage() -> impl Strategy<Value = RawJson> {
    one_of(&[
        r#"{"input":5,"cache_read":3,"output":2}"#,
        r#"{"input":0}"#,
        r#"{"output":-1,"reasoning":4}"#,
    ])
}

fn cost() -> impl Strategy<Value = RawJson> {
    one_of(&[
        r#"{"total":0.5}"#,
        r#"{"total":0}"#,
        r#"{"total":0.000001}"#,
        r#"{"total":-1}"#,
        r#"{"input":1}"#,
    ])
}

fn model() -> impl Strategy<Value = String> {
    text(&["gpt", "claude-9", "unknown"])
}

fn error() -> impl Strategy<Value = RawJson> {
    one_of(&[r#""boom""#, r#""\ud800\u0000""#])
}

fn span() -> impl Strategy<Value = SpanFragment> {
    let head = (
        span_id(),
        of(span_id()),
        text(&["call", "tool"]),
        weighted(0.3, select(SpanKind::ALL)),
        of(select(SpanStatus::ALL)),
        time(),
        of(time()),
        weighted(0.3, time()),
        of(model()),
    );
    let payload = (
        of(payload()),
        weighted(0.3, payload()),
        weighted(0.3, metadata()),
        weighted(0.2, metadata()),
        of(token_usage()),
        weighted(0.2, usage()),
        weighted(0.2, cost()),
        weighted(0.2, error()),
    );
    (head, payload).prop_map(|(head, payload)| {
        let (span_id, parent_span_id, name, kind, status, started_at, ended_at, first, model) =
            head;
        let (input, output, metadata, model_parameters, token_usage, usage, cost, error) = payload;
        SpanFragment {
            span_id,
            parent_span_id,
            name,
            kind,
            status,
            started_at,
            ended_at,
            completion_start_time: first,
            model,
            payload: SpanPayload {
                input,
                output,
                metadata,
                model_parameters,
                token_usage,
                usage,
                cost,
                error,
            },
        }
    })
}

/// Mostly nothing.
fn change<T: Clone + std::fmt::Debug + 'static>(
    value: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Change<T>> {
    prop_oneof![
        4 => Just(Change::Keep),
        1 => Just(Change::Clear),
        2 => value.prop_map(Change::Set),
    ]
    .boxed()
}

fn trace_patch() -> impl Strategy<Value = TracePatch> {
    let fields = (
        weighted(0.2, text(&["patched"])),
        weighted(0.3, trace_status()),
        change(payload()),
        change(payload()),
        weighted(0.2, metadata()),
        change(time()),
        change(session_id()),
        change(user_id()),
        weighted(0.2, tags()),
        change(text(&["staging"])),
        change(text(&["3"])),
    );
    fields.prop_map(
        |(
            name,
            status,
            input,
            output,
            metadata,
            ended_at,
            session_id,
            user_id,
            tags,
            environment,
            release,
        )| TracePatch {
            name,
            status,
            input,
            output,
            metadata,
            ended_at,
            session_id,
            user_id,
            tags,
            environment,
            release,
        },
    )
}

fn span_patch() -> impl Strategy<Value = SpanPatch> {
    let head = (
        weighted(0.2, text(&["patched"])),
        weighted(0.2, select(SpanKind::ALL)),
        weighted(0.3, select(SpanStatus::ALL)),
        change(time()),
        change(time()),
        change(model()),
    );
    let payload = (
        change(payload()),
        change(payload()),
        weighted(0.2, metadata()),
        change(metadata()),
        change(token_usage()),
        change(usage()),
        change(cost()),
        change(error()),
    );
    (head, payload).prop_map(|(head, payload)| {
        let (name, kind, status, ended_at, completion_start_time, model) = head;
        let (input, output, metadata, model_parameters, token_usage, usage, cost, error) = payload;
        SpanPatch {
            name,
            kind,
            status,
            ended_at,
            completion_start_time,
            model,
            input,
            output,
            metadata,
            model_parameters,
            token_usage,
            usage,
            cost,
            error,
        }
    })
}

fn session_patch() -> impl Strategy<Value = SessionPatch> {
    (
        change(text(&["Given", "Given anew"])),
        weighted(0.4, metadata()),
        weighted(0.4, tags()),
    )
        .prop_map(|(name, metadata, tags)| SessionPatch {
            name,
            metadata,
            tags,
        })
}
