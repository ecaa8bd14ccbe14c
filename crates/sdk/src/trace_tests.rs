//! Tests of live traces against a scripted server.

use std::time::Duration;

use super::*;
use crate::record::SpanKind;
use crate::span::Span;
use crate::transport::Drained;
use crate::transport::tests::{Wire, recording_transport, streaming_transport};

#[test]
fn a_trace_is_sent_when_it_ends_with_its_finished_spans_in_order_of_completion() {
    let (transport, wire) = recording_transport();
    let trace = Arc::new(Trace::new(
        transport,
        Id::random(),
        TraceStart {
            name: "t".into(),
            ..TraceStart::default()
        },
    ));
    trace.enter();
    let outer = Span::new(Arc::clone(&trace), "outer", SpanKind::Other);
    outer.enter(None);
    let inner = Span::new(Arc::clone(&trace), "inner", SpanKind::Other);
    inner.enter(Some(outer.id()));
    inner.exit(None);
    outer.exit(None);
    trace.exit(false);
    let sent = wire.traces();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0]["status"], "COMPLETED");
    assert_eq!(sent[0]["spans"][0]["name"], "inner");
    assert_eq!(
        sent[0]["spans"][0]["parent_span_id"],
        sent[0]["spans"][1]["span_id"]
    );
    assert_eq!(
        sent[0]["spans"][1]["parent_span_id"],
        serde_json::Value::Null
    );
}

#[test]
fn a_span_that_ends_after_its_trace_follows_under_the_same_id() {
    let (transport, wire) = recording_transport();
    let trace = Arc::new(Trace::new(transport, Id::random(), TraceStart::default()));
    trace.enter();
    let span = Span::new(Arc::clone(&trace), "late", SpanKind::Other);
    span.enter(None);
    trace.exit(true);
    span.exit(None);
    let sent = wire.traces();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0]["trace_id"], sent[1]["trace_id"]);
    assert_eq!(sent[1]["status"], "ERROR");
    assert_eq!(sent[1]["spans"][0]["name"], "late");
}

#[test]
fn a_change_after_the_end_does_not_touch_what_was_handed_over() {
    let (transport, wire) = recording_transport();
    let trace = Arc::new(Trace::new(transport, Id::random(), TraceStart::default()));
    trace.enter();
    trace.exit(false);
    trace.set_output(Some(Json::string("after")));
    assert_eq!(wire.traces()[0].get("output"), None);
}

fn trace_on(transport: Transport, name: &str) -> Arc<Trace> {
    let start = TraceStart {
        name: name.into(),
        ..TraceStart::default()
    };
    Arc::new(Trace::new(transport, Id::random(), start))
}

fn span_of(trace: &Arc<Trace>, name: &str, parent: Option<Id>) -> Span {
    let span = Span::new(Arc::clone(trace), name, SpanKind::Other);
    span.enter(parent);
    span
}

/// Names of the spans of an item; those still open with a `?`.
fn names(item: &serde_json::Value) -> Vec<String> {
    let name = |span: &serde_json::Value| {
        let mark = if span["ended_at"].is_null() { "?" } else { "" };
        format!("{}{mark}", span["name"].as_str().unwrap())
    };
    let spans = item["spans"].as_array().into_iter().flatten();
    spans.map(name).collect()
}

fn wait_for(wire: &Wire, items: usize) -> Vec<serde_json::Value> {
    while wire.so_far().len() < items {
        std::thread::yield_now();
    }
    wire.so_far()
}

#[test]
fn an_open_trace_sends_what_is_new_and_who_is_at_work() {
    let (transport, wire) = streaming_transport(Duration::from_millis(20));
    let trace = trace_on(transport, "t");
    trace.enter();
    let sent = wait_for(&wire, 1);
    assert_eq!(sent[0]["status"], "RUNNING");
    assert_eq!(names(&sent[0]), Vec::<String>::new());

    trace.set_input(Some(Json::string("question")));
    let outer = span_of(&trace, "outer", None);
    span_of(&trace, "inner", Some(outer.id())).exit(None);
    let sent = wait_for(&wire, 2);
    let (input, parts): (Vec<_>, Vec<_>) = sent[1..]
        .iter()
        .map(|item| (&item["input"], names(item)))
        .unzip();
    assert!(input.contains(&&serde_json::Value::from("question")));
    let mut seen = parts.concat();
    while !seen.contains(&"inner".to_owned()) {
        seen = wire.so_far().iter().flat_map(names).collect();
    }
    assert_eq!(seen.iter().filter(|name| *name == "outer?").count(), 1);

    outer.exit(None);
    trace.set_output(Some(Json::string("answer")));
    trace.exit(false);
    let sent = wire.traces();
    let (last, before) = sent.split_last().unwrap();
    assert_eq!(
        (&last["status"], &last["output"]),
        (&"COMPLETED".into(), &"answer".into())
    );
    assert!(last["ended_at"].is_string() && last["input"] == "question");
    for item in before {
        assert_eq!(item["status"], "RUNNING");
        assert_eq!(item["trace_id"], last["trace_id"]);
        assert!(item.get("ended_at").is_none());
    }
    let all: Vec<String> = sent.iter().flat_map(names).collect();
    for name in ["inner", "outer"] {
        assert_eq!(
            all.iter().filter(|seen| *seen == name).count(),
            1,
            "{all:?}"
        );
    }
}

#[test]
fn an_idle_open_trace_is_announced_once() {
    let (transport, wire) = streaming_transport(Duration::from_millis(10));
    let (idle, busy) = (
        trace_on(transport.clone(), "idle"),
        trace_on(transport, "busy"),
    );
    idle.enter();
    busy.enter();
    while wire.so_far().len() < 10 {
        span_of(&busy, "s", None).exit(None);
    }
    let sent = wire.so_far();
    assert_eq!(sent.iter().filter(|item| item["name"] == "idle").count(), 1);
}

#[test]
fn a_short_trace_is_one_item() {
    let (transport, wire) = streaming_transport(Duration::from_secs(3600));
    for _ in 0..100 {
        let trace = trace_on(transport.clone(), "t");
        trace.enter();
        span_of(&trace, "s", None).exit(None);
        trace.exit(false);
    }
    assert_eq!(wire.traces().len(), 100);
}

#[test]
fn payloads_are_repeated_only_when_they_change() {
    let (transport, wire) = recording_transport();
    let trace = trace_on(transport.clone(), "t");
    trace.set_input(Some(Json::string("question")));
    trace.enter();
    for _ in 0..2 {
        span_of(&trace, "s", None).exit(None);
        transport.flush(Duration::from_secs(30), || false);
    }
    trace.exit(false);
    let inputs: Vec<bool> = wire
        .traces()
        .iter()
        .map(|item| item["input"] == "question")
        .collect();
    assert_eq!(inputs, [true, false, true]);
}

#[test]
fn a_trace_of_many_spans_does_not_pile_them_up() {
    let (transport, wire) = streaming_transport(Duration::from_secs(3600));
    let trace = trace_on(transport, "t");
    trace.enter();
    for _ in 0..3 * SPANS_MAX {
        span_of(&trace, "s", None).exit(None);
        assert!(lock(&trace.state).spans.len() < SPANS_MAX);
        assert!(lock(&trace.state).open_spans.len() <= WEED_MIN);
    }
    trace.exit(false);
    let sent = wire.traces();
    assert!(sent.len() >= 3);
    assert_eq!(sent.iter().flat_map(names).count(), 3 * SPANS_MAX);
}

#[test]
fn spans_that_end_out_of_order_are_forgotten_too() {
    let (transport, _wire) = streaming_transport(Duration::from_secs(3600));
    let trace = trace_on(transport, "t");
    trace.enter();
    let keep = span_of(&trace, "stays", None);
    for _ in 0..1000 {
        let (a, b) = (span_of(&trace, "a", None), span_of(&trace, "b", None));
        a.exit(None);
        b.exit(None);
    }
    assert!(lock(&trace.state).open_spans.len() <= 2 * WEED_MIN);
    keep.exit(None);
}

#[test]
fn a_trace_that_is_dropped_open_leaves_as_it_is() {
    let (transport, wire) = streaming_transport(Duration::from_secs(3600));
    let trace = trace_on(transport.clone(), "dropped");
    trace.enter();
    span_of(&trace, "s", None).exit(None);
    let weak = Arc::downgrade(&trace);
    drop(trace);
    assert_eq!(weak.strong_count(), 0, "nothing keeps it");
    let sent = wire.traces();
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (&sent[0]["status"], names(&sent[0])),
        (&"RUNNING".into(), vec!["s".to_owned()])
    );
    assert!(sent[0].get("ended_at").is_none());
    assert_eq!(transport.stats().open_traces, 0);
}

#[test]
fn a_shutdown_sends_what_open_traces_have() {
    let (transport, wire) = streaming_transport(Duration::from_secs(3600));
    let trace = trace_on(transport.clone(), "open");
    trace.enter();
    let running = span_of(&trace, "running", None);
    span_of(&trace, "done", Some(running.id())).exit(None);
    assert_eq!(
        transport.shutdown(Duration::from_secs(30), || false),
        Drained::Yes
    );
    let sent = wire.so_far();
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (&sent[0]["status"], names(&sent[0])),
        (
            &"RUNNING".into(),
            vec!["done".to_owned(), "running?".to_owned()]
        )
    );
    running.exit(None);
    trace.exit(false);
    assert_eq!(wire.so_far().len(), 1);
}

#[test]
fn a_score_announces_the_open_trace_it_judges() {
    let (transport, wire) = streaming_transport(Duration::from_secs(3600));
    let trace = trace_on(transport.clone(), "t");
    trace.enter();
    let data_type = crate::score::ScoreDataType::Numeric;
    let score = crate::score::Score::new(trace.id(), "quality", "1", data_type, None, None);
    transport.enqueue_score(score);
    let sent = wire.traces();
    assert_eq!(
        (&sent[0]["status"], &sent[1]["name"]),
        (&"RUNNING".into(), &"quality".into())
    );
}
