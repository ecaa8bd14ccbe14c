//! Merging through the store's public traits: fragments in any order, split
//! and repeated, give one state, and every total equals a recount.

use std::collections::BTreeSet;

use crate::support::{Opened, TraceBuilder as _, json, recount, span, trace};
use pandaprobe_model::trace::{SpanFragment, SpanStatus, TraceFragment, TraceStatus};
use pandaprobe_model::{RawJson, SpanId, Timestamp, TraceId};
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Everything that a client can see of the project, as one comparable text.
fn state(store: &Opened) -> String {
    format!("{:#?}\n{:#?}", store.all_traces(), store.all_sessions())
}

#[test]
fn spans_of_a_late_parent_are_counted_once() {
    let store = Opened::new();
    let usage = r#"{"prompt_tokens":10,"completion_tokens":5}"#;
    let with_usage = |id, parent: Option<u128>| {
        let mut span = span(id, parent, 10);
        span.payload.token_usage = json(usage);
        span
    };
    store.ingest([trace(1).spans(vec![with_usage(3, Some(2))])]);
    store.ingest([trace(1).spans(vec![with_usage(2, Some(1))])]);
    store.ingest([trace(1).spans(vec![with_usage(1, None)])]);
    let detail = store.trace(1).unwrap();
    assert_eq!(detail.summary.totals.usage.prompt, 10);
    let counted: Vec<_> = detail
        .spans
        .iter()
        .filter(|s| s.counted)
        .map(|s| s.span_id.0)
        .collect();
    assert_eq!(counted, [3]);
}

#[test]
fn usage_that_is_taken_back_uncovers_the_parent() {
    let store = Opened::new();
    let mut child = span(2, Some(1), 10);
    child.payload.token_usage = json(r#"{"prompt_tokens":7}"#);
    let mut parent = span(1, None, 5);
    parent.payload.token_usage = json(r#"{"prompt_tokens":9}"#);
    store.ingest([trace(1).spans(vec![parent, child.clone()])]);
    assert_eq!(store.trace(1).unwrap().summary.totals.usage.prompt, 7);
    child.payload.token_usage = json(r#"{"prompt_tokens":0}"#);
    store.ingest([trace(1).spans(vec![child])]);
    assert_eq!(store.trace(1).unwrap().summary.totals.usage.prompt, 9);
}

#[test]
fn a_late_session_moves_the_totals() {
    let store = Opened::new();
    store.ingest([
        trace(1).session("a").spans(vec![span(1, None, 3)]),
        trace(2).session("a"),
    ]);
    store.ingest([trace(1).session("b")]);
    let sessions = store.all_sessions();
    let seen: Vec<_> = sessions
        .iter()
        .map(|s| (s.session_id.as_str(), s.trace_count, s.totals.spans))
        .collect();
    assert_eq!(seen, [("a", 1, 0), ("b", 1, 1)]);
    store.ingest([trace(2).session("b")]);
    assert_eq!(store.all_sessions().len(), 1, "an empty session is gone");
    recount(&store);
}

#[test]
fn a_session_is_named_by_its_latest_name_else_by_its_first_message() {
    let store = Opened::new();
    let message = |text: &str| {
        json(&format!(
            r#"{{"messages":[{{"role":"user","content":"{text}"}}]}}"#
        ))
    };
    let name = || store.all_sessions()[0].name.clone();
    let mut second = trace(2).session("s").at(200);
    second.input = message("second");
    store.ingest([second]);
    assert_eq!(name().as_deref(), Some("second"));
    let mut first = trace(1).session("s").at(100);
    first.input = message("first");
    store.ingest([first]);
    assert_eq!(name().as_deref(), Some("first"));
    let mut named = trace(3).session("s").at(300);
    named.session_name = Some("Named".into());
    store.ingest([named]);
    assert_eq!(name().as_deref(), Some("Named"));
    let mut older = trace(4).session("s").at(250);
    older.session_name = Some("Older".into());
    store.ingest([older]);
    assert_eq!(name().as_deref(), Some("Named"));
    store.ingest([trace(3).session("other").at(300)]);
    let sessions = store.all_sessions();
    let names: Vec<_> = sessions
        .iter()
        .map(|s| (s.session_id.as_str(), s.name.as_deref()))
        .collect();
    assert_eq!(names, [("other", Some("Named")), ("s", Some("Older"))]);
}

#[test]
fn payloads_survive_partial_updates_and_restarts() {
    let mut store = Opened::new();
    let mut open = span(1, None, 10);
    open.payload.input = json(
        r#"{"messages":[{"role":"user","content":"hi"},{"role":"user","content":"hi"}],"x":1e400}"#,
    );
    open.payload.metadata = json(r#"{"a":1}"#);
    store.ingest([trace(1).session("s").spans(vec![open])]);
    store.reopen();
    let mut closed = span(1, None, 10);
    closed.payload.output = json(r#""\ud800\u0000""#);
    closed.payload.metadata = json(r#"{"b":2}"#);
    closed.payload.error = json(r#""boom""#);
    store.ingest([trace(1).spans(vec![closed])]);
    let spans = store.trace(1).unwrap().spans;
    let payload = &spans[0].payload;
    let text = |json: &Option<RawJson>| json.as_ref().map(|json| json.as_str().to_owned());
    assert_eq!(
        text(&payload.input).as_deref(),
        Some(
            r#"{"messages":[{"role":"user","content":"hi"},{"role":"user","content":"hi"}],"x":1e400}"#
        )
    );
    assert_eq!(text(&payload.output).as_deref(), Some(r#""\ud800\u0000""#));
    assert_eq!(text(&payload.metadata).as_deref(), Some(r#"{"a":1,"b":2}"#));
    assert_eq!(text(&payload.error).as_deref(), Some(r#""boom""#));
}

#[test]
fn repeated_history_is_stored_once() {
    let mut store = Opened::new();
    let line = |n: u32| {
        let noise: String = (0..60)
            .map(|k| {
                format!(
                    "{:x}",
                    (n + 1).wrapping_mul(2_654_435_761).rotate_left(k) ^ k
                )
            })
            .collect();
        format!(r#"{{"role":"user","content":"{noise}"}}"#)
    };
    let mut sent = 0;
    for turn in 0..60 {
        let messages: Vec<_> = (0..=turn).map(line).collect();
        let text = format!(r#"{{"messages":[{}]}}"#, messages.join(","));
        sent += text.len();
        let mut part = trace(1000 + u128::from(turn))
            .session("long")
            .at(i64::from(turn));
        part.input = json(&text);
        store.ingest([part]);
        if turn == 30 {
            store.reopen();
        }
    }
    let stored = store.payload_bytes();
    assert!(stored * 10 < sent, "{stored} bytes stored of {sent} sent");
    let last = store.trace(1059).unwrap().input.unwrap();
    assert_eq!(
        pandaprobe_model::message::split(last.as_bytes())
            .unwrap()
            .messages
            .len(),
        60
    );
}

/// A generated fragment that agrees with all others about every field it
/// gives, so that order must not matter.
fn consistent_fragment() -> impl Strategy<Value = TraceFragment> {
    let spans = proptest::collection::vec((0_u128..6, any::<[bool; 6]>()), 0..5);
    (0_u128..4, any::<[bool; 8]>(), spans).prop_map(|(id, gives, spans)| {
        let spans = spans
            .into_iter()
            .map(|(span, gives)| consistent_span(id, span, gives))
            .collect();
        let mut fragment = trace(id).at(100 - 7 * id as i64).spans(spans);
        fragment.session_id = gives[0].then(|| format!("session-{}", id % 2));
        fragment.user_id = gives[1].then(|| format!("user-{}", id % 3));
        fragment.status = gives[2].then_some(if id == 1 {
            TraceStatus::Error
        } else {
            TraceStatus::Completed
        });
        fragment.ended_at = gives[3].then_some(Timestamp(1_000 + id as i64));
        fragment.tags = if gives[4] {
            vec![format!("tag-{id}"), "all".into()]
        } else {
            vec!["some".into()]
        };
        fragment.session_name = gives[5].then(|| format!("name {id}"));
        fragment.input = gives[6]
            .then(|| json(&format!(r#"[{{"role":"user","content":"hello {id}"}}]"#)))
            .flatten();
        fragment.metadata = gives[7]
            .then(|| json(&format!(r#"{{"k{id}":{id},"same":true}}"#)))
            .flatten();
        fragment
    })
}

fn consistent_span(trace: u128, id: u128, gives: [bool; 6]) -> SpanFragment {
    // A fixed tree: 5 → 4 → 3 → 2 → 1 → 0, and in odd traces a flat one.
    let parent = if trace % 2 == 1 {
        (id > 0).then_some(0)
    } else {
        id.checked_sub(1)
    };
    let mut fragment = span(id, parent.filter(|_| gives[0]), 10 + id as i64);
    fragment.status = gives[1].then_some(if id == 2 {
        SpanStatus::Error
    } else {
        SpanStatus::Ok
    });
    fragment.ended_at = gives[2].then_some(Timestamp(50 + 3 * id as i64));
    if gives[3] && id % 2 == 1 {
        fragment.payload.token_usage = json(&format!(
            r#"{{"prompt_tokens":{},"completion_tokens":1}}"#,
            10 * (id + 1)
        ));
    }
    if gives[4] && id != 4 {
        fragment.payload.cost = json(&format!(r#"{{"total":0.00{id}}}"#));
    }
    if gives[5] {
        fragment.payload.input = json(&format!(
            r#"{{"messages":[{{"role":"user","content":"m{id}"}}]}}"#
        ));
        fragment.model = Some("gpt".into());
    }
    fragment
}

/// A generated fragment that may contradict others: moves between sessions and
/// parents, shrinking intervals, vanishing usage.
fn any_fragment() -> impl Strategy<Value = TraceFragment> {
    let span = (
        0_u128..5,
        proptest::option::of(0_u128..6),
        0_i64..50,
        0_i64..50,
        0_i64..3,
    );
    let spans = proptest::collection::vec(span, 0..5);
    let session = proptest::option::of(select(vec!["a", "b", "c"]));
    let user = proptest::option::of(select(vec!["u", "v"]));
    (
        0_u128..4,
        session,
        user,
        0_i64..60,
        proptest::option::of(0_i64..90),
        any::<bool>(),
        spans,
    )
        .prop_map(|(id, session, user, started, ended, error, spans)| {
            let spans = spans
                .into_iter()
                .map(|(id, parent, started, length, tokens)| {
                    let mut fragment = crate::support::span(id, parent, started);
                    fragment.ended_at = Some(Timestamp(started + length));
                    fragment.status = (length % 2 == 1).then_some(SpanStatus::Error);
                    fragment.payload.token_usage =
                        json(&format!(r#"{{"prompt_tokens":{tokens}}}"#));
                    fragment.payload.cost = (length % 3 == 0)
                        .then(|| json(r#"{"total":0.5}"#))
                        .flatten();
                    fragment
                })
                .collect();
            let mut fragment = trace(id).at(started).spans(spans);
            fragment.session_id = session.map(str::to_owned);
            fragment.user_id = user.map(str::to_owned);
            fragment.ended_at = ended.map(Timestamp);
            fragment.status = error.then_some(TraceStatus::Error);
            fragment.tags = session.map(str::to_owned).into_iter().collect();
            fragment.session_name = (started % 3 == 0).then(|| format!("n{started}"));
            fragment.input = (started % 2 == 0)
                .then(|| json(&format!(r#""input {started}""#)))
                .flatten();
            fragment
        })
}

/// `usual` cases, or what `PROPTEST_CASES` says, as `make soak` does.
fn cases(usual: u32) -> ProptestConfig {
    let config = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() {
        config.cases
    } else {
        usual
    };
    ProptestConfig { cases, ..config }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn order_splits_and_repeats_do_not_matter(
        fragments in proptest::collection::vec(consistent_fragment(), 1..10),
        order in proptest::collection::vec(any::<Index>(), 20),
        groups in 1_usize..4,
    ) {
        let (left, right) = (Opened::new(), Opened::new());
        left.ingest(fragments.clone());
        // Every fragment at least once, some several times, in another order.
        let mut shuffled: Vec<_> = order.iter().map(|index| index.get(&fragments).clone()).collect();
        shuffled.extend(fragments.iter().rev().cloned());
        for chunk in shuffled.chunks(groups) {
            right.ingest(chunk.to_vec());
        }
        prop_assert_eq!(state(&left), state(&right));
        recount(&left);
        recount(&right);
    }

    #[test]
    fn totals_equal_a_recount_whatever_happens(
        requests in proptest::collection::vec(proptest::collection::vec(any_fragment(), 1..4), 1..8),
    ) {
        let store = Opened::new();
        for request in requests {
            store.ingest(request);
            recount(&store);
        }
    }
}

#[test]
fn row_ids_are_never_used_again() {
    let mut store = Opened::new();
    store.ingest([trace(1).session("first")]);
    let first = store.row_ids("session");
    // The only trace moves on, so the session goes; its id must not come back,
    // since messages are found by it.
    store.ingest([trace(1).session("second")]);
    store.reopen();
    store.ingest([trace(2).session("third")]);
    let later = store.row_ids("session");
    assert_eq!(later.len(), 2);
    assert!(
        later.iter().all(|id| !first.contains(id)),
        "{first:?} and {later:?}"
    );
    assert_eq!(store.row_ids("trace"), [1, 2]);
}

#[test]
fn projects_never_see_each_other() {
    let store = Opened::new();
    let other = store.project("other");
    store.ingest([trace(1)
        .session("s")
        .user("u")
        .spans(vec![span(1, None, 1)])]);
    store.ingest_into(other, [trace(1).session("s").user("u")]);
    assert_eq!(store.trace(1).unwrap().spans.len(), 1);
    let theirs = store.trace_of(other, TraceId(1)).unwrap();
    assert_eq!((theirs.spans.len(), theirs.summary.totals.spans), (0, 0));
    let ids: BTreeSet<_> = store
        .trace(1)
        .unwrap()
        .spans
        .iter()
        .map(|span| span.span_id)
        .collect();
    assert_eq!(ids, BTreeSet::from([SpanId(1)]));
}
