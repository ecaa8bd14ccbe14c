//! The demo as a whole: the same each time, valid, and varied.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{DemoOptions, generate};

fn options(sessions: usize, seed: u64) -> DemoOptions {
    let now = "2026-11-20T15:20:00Z".parse().unwrap();
    DemoOptions {
        sessions,
        seed,
        ..DemoOptions::new("http://127.0.0.1:1", now)
    }
}

/// The fragments of each trace laid on top of each other, as the server does.
fn traces(options: &DemoOptions) -> Vec<Map<String, Value>> {
    let mut traces: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for fragment in generate(options) {
        let Value::Object(mut fragment) = fragment else {
            panic!("a fragment is an object")
        };
        let id = text(&fragment, "trace_id").to_owned();
        let known = traces.entry(id).or_default();
        let spans = fragment.remove("spans").unwrap();
        let merged = known
            .entry("spans")
            .or_insert_with(|| Value::Array(Vec::new()));
        merged
            .as_array_mut()
            .unwrap()
            .extend(spans.as_array().unwrap().iter().cloned());
        known.extend(fragment);
    }
    traces.into_values().collect()
}

fn text<'a>(object: &'a Map<String, Value>, key: &str) -> &'a str {
    object[key].as_str().unwrap()
}

fn optional<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    object.get(key).map(|value| value.as_str().unwrap())
}

fn time(object: &Map<String, Value>, key: &str) -> Option<Timestamp> {
    optional(object, key).map(|text| text.parse().unwrap())
}

fn spans(trace: &Map<String, Value>) -> impl Iterator<Item = &Map<String, Value>> {
    let spans = trace["spans"].as_array().unwrap().iter();
    spans.map(|span| span.as_object().unwrap())
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

fn distinct<'a>(values: impl Iterator<Item = Option<&'a str>>) -> BTreeSet<&'a str> {
    values.flatten().collect()
}

#[test]
fn seed_and_anchor_fix_everything() {
    let first: Vec<Value> = generate(&options(40, 7)).collect();
    let second: Vec<Value> = generate(&options(40, 7)).collect();
    assert_eq!(first, second);
    let other: Vec<Value> = generate(&options(40, 8)).collect();
    let ids = |fragments: &[Value]| -> BTreeSet<String> {
        fragments
            .iter()
            .map(|f| f["trace_id"].to_string())
            .collect()
    };
    assert!(ids(&first).is_disjoint(&ids(&other)));
}

#[test]
fn traces_obey_the_limits_of_the_contract() {
    for trace in traces(&options(240, 1)) {
        assert!(is_uuid(text(&trace, "trace_id")));
        assert!((1..=512).contains(&text(&trace, "name").len()));
        assert!(["COMPLETED", "ERROR", "RUNNING"].contains(&text(&trace, "status")));
        for key in [
            "session_id",
            "session_name",
            "user_id",
            "environment",
            "release",
        ] {
            let value = optional(&trace, key).unwrap_or("x");
            assert!(
                !value.trim().is_empty() && value.chars().count() <= 255,
                "{key}: {value}"
            );
        }
        let started = time(&trace, "started_at").unwrap();
        assert!(time(&trace, "ended_at").is_none_or(|ended| ended >= started));
        assert_eq!(trace.contains_key("ended_at"), trace["status"] != "RUNNING");
    }
}

#[test]
fn spans_form_trees_inside_their_trace() {
    for trace in traces(&options(240, 2)) {
        let all: BTreeMap<&str, &Map<String, Value>> = spans(&trace)
            .map(|span| (text(span, "span_id"), span))
            .collect();
        assert_eq!(all.len(), spans(&trace).count(), "span ids are unique");
        let start = time(&trace, "started_at").unwrap();
        let end = time(&trace, "ended_at").unwrap_or(options(1, 1).now);
        for span in spans(&trace) {
            assert!(is_uuid(text(span, "span_id")));
            assert!((1..=512).contains(&text(span, "name").len()));
            let started = time(span, "started_at").unwrap();
            let ended = time(span, "ended_at").unwrap_or(end);
            assert!(start <= started && started <= ended && ended <= end);
            if let Some(parent) = optional(span, "parent_span_id") {
                assert!(time(all[parent], "started_at").unwrap() <= started);
                assert!(time(all[parent], "ended_at").unwrap_or(end) >= ended);
            }
        }
    }
}

#[test]
fn spans_carry_what_their_status_says() {
    for trace in traces(&options(240, 3)) {
        for span in spans(&trace) {
            assert_eq!(span.contains_key("error"), span["status"] == "ERROR");
            assert_eq!(span.contains_key("ended_at"), span["status"] != "UNSET");
            if let Some(first) = time(span, "completion_start_time") {
                assert!(first >= time(span, "started_at").unwrap());
                assert!(time(span, "ended_at").is_none_or(|ended| first <= ended));
            }
            if let Some(model) = optional(span, "model") {
                assert!(model.len() <= 255);
            }
        }
    }
}

#[test]
fn usage_is_disjoint_and_agrees_with_token_usage() {
    let mut compared = 0;
    for trace in traces(&options(240, 3)) {
        for span in spans(&trace) {
            let (Some(usage), Some(counts)) = (span.get("usage"), span.get("token_usage")) else {
                continue;
            };
            let total: u64 = usage
                .as_object()
                .unwrap()
                .values()
                .map(|n| n.as_u64().unwrap())
                .sum();
            if let Some(told) = counts.get("total_tokens") {
                assert_eq!(told.as_u64(), Some(total));
                compared += 1;
            }
        }
    }
    assert!(compared > 500);
}

#[test]
fn agent_spans_repeat_exactly_what_is_under_them() {
    let mut agents = 0;
    for trace in traces(&options(120, 4)) {
        for agent in spans(&trace).filter(|s| s["kind"] == "AGENT" && s.contains_key("usage")) {
            let mut family = BTreeSet::from([text(agent, "span_id")]);
            let mut below = 0;
            let mut ordered: Vec<_> = spans(&trace).collect();
            ordered.sort_by_key(|span| time(span, "started_at"));
            for span in ordered {
                if optional(span, "parent_span_id").is_some_and(|id| family.contains(id)) {
                    family.insert(text(span, "span_id"));
                    if span["kind"] == "LLM" || span["kind"] == "EMBEDDING" {
                        below += total_of(span);
                    }
                }
            }
            assert_eq!(total_of(agent), below);
            agents += 1;
        }
    }
    assert!(agents > 20);
}

/// All tokens of a span, from whichever object it carries.
fn total_of(span: &Map<String, Value>) -> u64 {
    let number = |object: &Value, key: &str| object.get(key).and_then(Value::as_u64).unwrap_or(0);
    match (span.get("usage"), span.get("token_usage")) {
        (Some(usage), _) => usage
            .as_object()
            .unwrap()
            .values()
            .map(|n| n.as_u64().unwrap())
            .sum(),
        (None, Some(counts)) => number(counts, "total_tokens"),
        (None, None) => 0,
    }
}

#[test]
fn everything_happens_in_the_fortnight_before_now() {
    let options = options(240, 5);
    let earliest = options.now - jiff::SignedDuration::from_hours(14 * 24);
    for trace in traces(&options) {
        let started = time(&trace, "started_at").unwrap();
        assert!(started >= earliest && started < options.now);
        assert!(time(&trace, "ended_at").is_none_or(|ended| ended <= options.now));
    }
}

#[test]
fn the_demo_is_varied() {
    let traces = traces(&options(240, 6));
    let count = |key: &str| distinct(traces.iter().map(|trace| optional(trace, key))).len();
    assert!(count("session_id") >= 230);
    assert!(count("user_id") >= 40);
    assert!(count("environment") >= 2 && count("release") >= 8);
    let models = traces
        .iter()
        .flat_map(spans)
        .map(|span| optional(span, "model"));
    assert!(distinct(models).len() >= 12);
    let unsessioned = traces
        .iter()
        .filter(|trace| !trace.contains_key("session_id"));
    assert!(unsessioned.count() >= 50);
    let status = |wanted| {
        traces
            .iter()
            .filter(|trace| trace["status"] == wanted)
            .count()
    };
    assert!(status("ERROR") >= 15 && status("RUNNING") >= 3);
    let spans = || traces.iter().flat_map(spans);
    assert!(spans().filter(|span| span["status"] == "ERROR").count() >= 80);
    assert!(
        spans()
            .filter(|span| span.contains_key("completion_start_time"))
            .count()
            >= 300
    );
    let unpriced = spans().filter(|span| span.contains_key("model") && !span.contains_key("cost"));
    assert!(unpriced.filter(|span| span["status"] == "OK").count() >= 50);
}

#[test]
fn one_conversation_and_one_trace_are_very_long() {
    let traces = traces(&options(12, 6));
    let mut turns: BTreeMap<&str, usize> = BTreeMap::new();
    for trace in &traces {
        *turns
            .entry(optional(trace, "session_id").unwrap_or(""))
            .or_default() += 1;
    }
    assert!(turns.values().any(|turns| *turns >= 80));
    assert!(traces.iter().any(|trace| spans(trace).count() >= 400));
}

#[test]
fn no_two_sessions_look_the_same() {
    let traces = traces(&options(240, 9));
    let mut first: BTreeMap<&str, &Map<String, Value>> = BTreeMap::new();
    for trace in &traces {
        let Some(id) = optional(trace, "session_id") else {
            continue;
        };
        let known = first.entry(id).or_insert(trace);
        if time(trace, "started_at") < time(known, "started_at") {
            *known = trace;
        }
    }
    let looks: BTreeSet<String> = first
        .values()
        .map(|trace| format!("{:?} {}", optional(trace, "session_name"), trace["input"]))
        .collect();
    assert!(
        looks.len() * 100 >= first.len() * 97,
        "{} of {}",
        looks.len(),
        first.len()
    );
}

#[test]
fn more_sessions_leave_the_earlier_ones_alone() {
    let ids = |sessions| -> BTreeSet<String> {
        let traces = traces(&options(sessions, 11));
        distinct(traces.iter().map(|trace| optional(trace, "session_id")))
            .into_iter()
            .map(str::to_owned)
            .collect()
    };
    assert!(ids(20).is_subset(&ids(60)));
}
