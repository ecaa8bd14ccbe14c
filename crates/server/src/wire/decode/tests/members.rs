//! Which members there are, and what their absence means.

use pandaprobe_model::trace::{SpanKind, SpanPayload, SpanStatus, TraceStatus};
use pandaprobe_model::{SpanId, Timestamp};
use serde_json::{Value, json};

use super::super::bulk::{SessionBulkMembers, TraceBulkMembers};
use super::super::cli::{CodeMembers, ExchangeMembers};
use super::super::manage::{KeyMembers, OrganisationUpdateMembers, ProjectMembers};
use super::super::members::{SpanMembers, TraceMembers};
use super::super::patch::{SessionUpdateMembers, SpanUpdateMembers, TraceUpdateMembers};
use super::super::score::ScoreMembers;
use super::*;

#[test]
fn a_full_trace() {
    let text = json!({
        "trace_id": "a484c5d9-b92e-47be-b0a6-3f0c8739254f",
        "name": "rag", "status": "ERROR", "input": {"a": 1}, "output": [1], "metadata": {"k": 2},
        "started_at": "2026-01-02T03:04:05Z", "ended_at": 1_767_323_046,
        "session_id": " s 1 ", "session_name": "S", "session_metadata": {"m": 1}, "user_id": "u",
        "tags": ["b", "a"], "environment": "ci", "release": "v1",
        "spans": [{
            "span_id": "00f067aa0ba902b7", "parent_span_id": "800919d4-1eda-462e-8ae0-c747b3ad9d0d",
            "name": "llm", "kind": "LLM", "status": "OK", "input": "i", "output": "o",
            "model": "gpt", "token_usage": {"prompt_tokens": 1}, "usage": {"input": 1},
            "metadata": {"x": 1}, "started_at": 1.5, "ended_at": "2026-01-02", "error": "e",
            "completion_start_time": "2026-01-02 03:04:05", "model_parameters": {"t": 0.5},
            "cost": {"total": 0.1},
        }],
    });
    let trace = one(&body(&text.to_string())).unwrap();
    assert_eq!(
        trace.trace_id.to_string(),
        "a484c5d9-b92e-47be-b0a6-3f0c8739254f"
    );
    assert_eq!(trace.status, Some(TraceStatus::Error));
    assert_eq!(trace.ended_at, Some(Timestamp(1_767_323_046_000_000_000)));
    assert_eq!(trace.session_id.as_deref(), Some(" s 1 "));
    assert_eq!(trace.session_name.as_deref(), Some("S"));
    assert_eq!(raw(trace.session_metadata.as_ref()), Some(r#"{"m":1}"#));
    assert_eq!(trace.tags, ["b", "a"]);
    let span = &trace.spans[0];
    assert_eq!(span.span_id, SpanId::parse("00f067aa0ba902b7").unwrap());
    assert_eq!(
        (span.kind, span.status),
        (Some(SpanKind::Llm), Some(SpanStatus::Ok))
    );
    assert_eq!(span.started_at, Timestamp(1_500_000_000));
    assert_eq!(span.model.as_deref(), Some("gpt"));
    assert_eq!(raw(span.payload.error.as_ref()), Some(r#""e""#));
    assert_eq!(raw(span.payload.cost.as_ref()), Some(r#"{"total":0.1}"#));
    assert_eq!(raw(span.payload.usage.as_ref()), Some(r#"{"input":1}"#));
}

#[test]
fn what_is_left_out_says_nothing() {
    let trace =
        good(r#""unknown":[{"x":1}],"spans":[{"name":"s","started_at":0,"more":"\ud800"}]"#);
    assert_eq!(
        (trace.status, trace.metadata, trace.session_id),
        (None, None, None)
    );
    let span = &trace.spans[0];
    assert_eq!(
        (span.kind, span.status, span.model.clone()),
        (None, None, None)
    );
    let other = good(r#""x":1"#);
    assert_ne!(trace.trace_id, other.trace_id, "made-up ids differ");
}

#[test]
fn null_means_not_given_where_the_contract_allows_it() {
    let trace = good(
        r#""input":null,"output":null,"ended_at":null,"session_id":null,"user_id":null,
        "environment":null,"release":null,"session_name":null,"session_metadata":null"#,
    );
    assert_eq!(
        (trace.input, trace.output, trace.ended_at),
        (None, None, None)
    );
    let span = good_span(
        r#""parent_span_id":null,"input":null,"output":null,"model":null,"token_usage":null,
        "usage":null,"ended_at":null,"error":null,"completion_start_time":null,
        "model_parameters":null,"cost":null"#,
    );
    assert_eq!(span.payload, SpanPayload::default());
}

#[test]
fn null_is_wrong_everywhere_else() {
    check(
        r#""trace_id":null,"name":null,"status":null,"metadata":null,"started_at":null,"tags":null,"spans":null"#,
        &[
            "trace_id: UUID input should be a string, bytes or UUID object",
            "name: Input should be a valid string",
            "status: Input should be 'PENDING', 'RUNNING', 'COMPLETED' or 'ERROR'",
            "metadata: Input should be a valid dictionary",
            "started_at: Input should be a valid datetime",
            "tags: Input should be a valid list",
            "spans: Input should be a valid list",
        ],
    );
    check_span(
        r#""span_id":null,"name":null,"kind":null,"status":null,"metadata":null,"started_at":null"#,
        &[
            "span_id: UUID input should be a string, bytes or UUID object",
            "name: Input should be a valid string",
            "kind: Input should be 'AGENT', 'TOOL', 'LLM', 'RETRIEVER', 'CHAIN', 'EMBEDDING' or 'OTHER'",
            "status: Input should be 'UNSET', 'OK' or 'ERROR'",
            "started_at: Input should be a valid datetime",
            "metadata: Input should be a valid dictionary",
        ],
    );
}

#[test]
fn required_members() {
    assert_eq!(
        errors(b"{}"),
        ["name: Field required", "started_at: Field required"]
    );
    check(
        r#""spans":[{"name":"s","started_at":0},{}]"#,
        &[
            "spans -> 1 -> name: Field required",
            "spans -> 1 -> started_at: Field required",
        ],
    );
}

#[test]
fn wrong_types() {
    check(r#""name":5"#, &["name: Input should be a valid string"]);
    check(r#""name":["x"]"#, &["name: Input should be a valid string"]);
    check(
        r#""session_id":7"#,
        &["session_id: Input should be a valid string"],
    );
    check(
        r#""user_id":{}"#,
        &["user_id: Input should be a valid string"],
    );
    check(
        r#""metadata":[]"#,
        &["metadata: Input should be a valid dictionary"],
    );
    check(
        r#""session_metadata":"x""#,
        &["session_metadata: Input should be a valid dictionary"],
    );
    check(r#""tags":"x""#, &["tags: Input should be a valid list"]);
    check(
        r#""tags":["a",1,null]"#,
        &[
            "tags -> 1: Input should be a valid string",
            "tags -> 2: Input should be a valid string",
        ],
    );
    check(r#""spans":{}"#, &["spans: Input should be a valid list"]);
    check(r#""spans":"x""#, &["spans: Input should be a valid list"]);
    check_span(r#""model":1"#, &["model: Input should be a valid string"]);
    check_span(
        r#""error":{"type":"x"}"#,
        &["error: Input should be a valid string"],
    );
    check_span(
        r#""token_usage":5"#,
        &["token_usage: Input should be a valid dictionary"],
    );
    check_span(
        r#""usage":[1]"#,
        &["usage: Input should be a valid dictionary"],
    );
    check_span(
        r#""model_parameters":"x""#,
        &["model_parameters: Input should be a valid dictionary"],
    );
}

#[test]
fn a_span_that_is_no_object_does_not_hide_the_others() {
    check(
        r#""spans":[3,{"name":"s","started_at":0},"\ud800",{"name":1},null,[]]"#,
        &[
            "spans -> 0: Input should be a valid dictionary or object to extract fields from",
            "spans -> 2: Input should be a valid dictionary or object to extract fields from",
            "spans -> 3 -> name: Input should be a valid string",
            "spans -> 3 -> started_at: Field required",
            "spans -> 4: Input should be a valid dictionary or object to extract fields from",
            "spans -> 5: Input should be a valid dictionary or object to extract fields from",
        ],
    );
}

#[test]
fn of_duplicates_the_last_counts() {
    let trace = good(
        r#""name":5,"name":"x","spans":3,"spans":[{}],"spans":[{"name":1,"name":"s","started_at":0}]"#,
    );
    assert_eq!(
        (trace.name.as_str(), trace.spans[0].name.as_str()),
        ("x", "s")
    );
    check(
        r#""spans":[],"spans":3"#,
        &["spans: Input should be a valid list"],
    );
    let straight = good(r#""spans":[{"name":5}],"spans":[]"#);
    assert_eq!(straight.spans, []);
}

#[test]
fn names_of_members_may_be_escaped_or_broken() {
    let trace = good(r#""\u006eame":"escaped","\ud800":1,"na\u0000me":2"#);
    assert_eq!(trace.name, "escaped");
}

/// The specification and the decoder must name the same members.
#[test]
fn the_documented_members_are_those_that_are_read() {
    let specification: Value = serde_json::to_value(crate::specification()).unwrap();
    let documented = |schema: &str| {
        let properties = &specification["components"]["schemas"][schema]["properties"];
        let mut names: Vec<_> = properties.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    let read = |names: &[&str]| {
        let mut names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        names.sort();
        names
    };
    let trace = [TraceMembers::NAMES, &["spans"]].concat();
    assert_eq!(documented("TraceCreate"), read(&trace));
    assert_eq!(documented("SpanCreate"), read(SpanMembers::NAMES));
    assert_eq!(documented("TraceUpdate"), read(TraceUpdateMembers::NAMES));
    assert_eq!(documented("SpanUpdate"), read(SpanUpdateMembers::NAMES));
    assert_eq!(
        documented("SessionUpdate"),
        read(SessionUpdateMembers::NAMES)
    );
    assert_eq!(documented("TraceTags"), read(TraceBulkMembers::NAMES));
    assert_eq!(documented("SessionTags"), read(SessionBulkMembers::NAMES));
    assert_eq!(documented("TraceScoreCreate"), read(ScoreMembers::NAMES));
    for (schema, names) in [
        ("OrganizationUpdate", OrganisationUpdateMembers::NAMES),
        ("ProjectCreate", ProjectMembers::NAMES),
        ("ProjectUpdate", ProjectMembers::NAMES),
        ("ApiKeyCreate", KeyMembers::NAMES),
        ("CliCodeCreate", CodeMembers::NAMES),
        ("CliExchange", ExchangeMembers::NAMES),
    ] {
        assert_eq!(documented(schema), read(names), "{schema}");
    }
    assert_eq!(
        documented("UsageInput"),
        read(&pandaprobe_model::usage::Usage::NAMES)
    );
}
