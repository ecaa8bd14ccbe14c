//! Random fragments that do not contradict each other.

use pandaprobe_model::trace::{
    SpanFragment, SpanKind, SpanPayload, SpanStatus, TraceFragment, TraceStatus,
};
use pandaprobe_model::{RawJson, SpanId, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;

use super::generate::{message, raw};
use crate::support;

/// A fragment that agrees with every other about each field that it gives. Only
/// progress may differ: RUNNING before an end, UNSET before an outcome.
pub(super) fn consistent_trace() -> impl Strategy<Value = TraceFragment> {
    let spans = vec((1_u128..7, any::<[bool; 12]>()), 0..5);
    (1_u128..5, any::<[bool; 16]>(), spans).prop_map(|(id, gives, spans)| {
        let end = [TraceStatus::Completed, TraceStatus::Error][usize::from(id == 2)];
        let status = [TraceStatus::Running, end][usize::from(gives[1])];
        let tag = |at: usize, tag: &str| gives[at].then(|| tag.to_owned());
        TraceFragment {
            status: gives[0].then_some(status),
            ended_at: gives[2].then_some(Timestamp(1_000 + id as i64)),
            session_id: gives[3].then(|| format!("session {}", id / 2 % 2)),
            session_name: gives[4].then(|| format!("name {id}")),
            session_metadata: gives[5].then(|| raw(&format!(r#"{{"of {id}":{id},"same":[]}}"#))),
            user_id: gives[6].then(|| format!("user {}", id % 3)),
            tags: tag(7, "all").into_iter().chain(tag(8, "some")).collect(),
            environment: gives[9].then(|| "test".to_owned()),
            release: gives[10].then(|| id.to_string()),
            metadata: [gives[11].then_some("x"), gives[12].then_some("y")]
                .into_iter()
                .flatten()
                .next()
                .map(|key| raw(&format!(r#"{{"{key}":{id},"same":true}}"#))),
            input: gives[13].then(|| history(id, 2)),
            output: gives[14].then(|| raw(&message(0, id as usize))),
            spans: spans
                .into_iter()
                .map(|(span, gives)| consistent_span(id, span, gives))
                .collect(),
            // Two traces of one session start at once, so that ties are met.
            started_at: Timestamp(100 - 7 * (id / 2) as i64),
            ..support::trace(id)
        }
    })
}

/// Histories of one session share their first messages.
fn history(trace: u128, more: u128) -> RawJson {
    let chat = (trace / 2 % 2) as usize;
    let messages: Vec<_> = (0..(trace + more) as usize)
        .map(|turn| message(chat, turn))
        .collect();
    raw(&format!(r#"{{"messages":[{}]}}"#, messages.join(",")))
}

fn consistent_span(trace: u128, id: u128, gives: [bool; 12]) -> SpanFragment {
    // A chain in even traces, a flat tree with a cycle at its end in odd ones.
    let parent = match (trace % 2, id) {
        (0, id) => id - 1,
        (_, 5) => 6,
        (_, 6) => 5,
        (_, _) => 1,
    };
    let outcome = [SpanStatus::Ok, SpanStatus::Error][usize::from(id == 2)];
    let bears = !id.is_multiple_of(3);
    SpanFragment {
        parent_span_id: gives[0].then_some(SpanId(parent)),
        kind: gives[1].then_some(SpanKind::Llm),
        status: gives[2].then_some([SpanStatus::Unset, outcome][usize::from(gives[3])]),
        ended_at: gives[4].then_some(Timestamp(50 + 3 * id as i64)),
        completion_start_time: gives[5].then_some(Timestamp(20)),
        model: gives[6].then(|| ["gpt", "unknown"][usize::from(id == 4)].to_owned()),
        payload: SpanPayload {
            input: gives[7].then(|| history(trace, id)),
            output: gives[8].then(|| raw(&message(1, id as usize))),
            metadata: gives[9].then(|| raw(&format!(r#"{{"{}":1}}"#, gives[10]))),
            model_parameters: gives[10].then(|| raw(r#"{"temperature":0.5}"#)),
            token_usage: (gives[11] && bears).then(|| {
                raw(&format!(
                    r#"{{"prompt_tokens":{},"completion_tokens":1}}"#,
                    9 * id
                ))
            }),
            usage: None,
            cost: (gives[3] && id == 1).then(|| raw(r#"{"total":0.25}"#)),
            error: (gives[4] && id == 2).then(|| raw(r#""boom""#)),
        },
        ..support::span(id, None, 10 + id as i64)
    }
}
