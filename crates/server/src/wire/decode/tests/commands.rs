//! Bodies of commands: what is there, what is null, what is wrong.

use pandaprobe_model::patch::{Change, SessionPatch, SpanPatch, TagChange, TracePatch};
use pandaprobe_model::score::{ScoreDataType, ScoreSource};
use pandaprobe_model::trace::{SpanKind, SpanStatus, TraceStatus};
use pandaprobe_model::{Timestamp, TraceId};

use super::super::{bulk, patch, score, spans};
use super::*;

fn wrong<T: std::fmt::Debug>(read: Result<T, Rejected>) -> Vec<String> {
    shown(read.unwrap_err())
}

fn set(json: &str) -> Change<RawJson> {
    Change::Set(RawJson::parse(json).unwrap())
}

#[test]
fn only_members_that_are_there_count() {
    assert_eq!(patch::trace(&body("{}")).unwrap(), TracePatch::default());
    assert_eq!(
        patch::trace(&body(r#"{"started_at":"x","spans":3,"unknown":[]}"#)).unwrap(),
        TracePatch::default(),
        "what cannot be patched is passed over"
    );
    assert_eq!(
        patch::trace(&body(
            r#"{"name":"n","status":"RUNNING","input":[1],"output":"o","metadata":{"k":1},
            "ended_at":1.5,"session_id":" s ","user_id":"u","tags":["b","a"],"environment":"e",
            "release":"r"}"#
        ))
        .unwrap(),
        TracePatch {
            name: Some("n".into()),
            status: Some(TraceStatus::Running),
            input: set("[1]"),
            output: set(r#""o""#),
            metadata: RawJson::parse(r#"{"k":1}"#),
            ended_at: Change::Set(Timestamp(1_500_000_000)),
            session_id: Change::Set(" s ".into()),
            user_id: Change::Set("u".into()),
            tags: Some(vec!["b".into(), "a".into()]),
            environment: Change::Set("e".into()),
            release: Change::Set("r".into()),
        }
    );
}

#[test]
fn null_clears_what_may_be_missing_and_nothing_else() {
    let nulls = r#"{"name":null,"status":null,"input":null,"output":null,"metadata":null,
        "ended_at":null,"session_id":null,"user_id":null,"tags":null,"environment":null,
        "release":null}"#;
    assert_eq!(
        patch::trace(&body(nulls)).unwrap(),
        TracePatch {
            input: Change::Clear,
            output: Change::Clear,
            ended_at: Change::Clear,
            session_id: Change::Clear,
            user_id: Change::Clear,
            environment: Change::Clear,
            release: Change::Clear,
            ..TracePatch::default()
        }
    );
    let nulls = r#"{"name":null,"kind":null,"status":null,"input":null,"output":null,"model":null,
        "token_usage":null,"usage":null,"metadata":null,"ended_at":null,"error":null,
        "completion_start_time":null,"model_parameters":null,"cost":null}"#;
    assert_eq!(
        patch::span(&body(nulls)).unwrap(),
        SpanPatch {
            name: None,
            kind: None,
            status: None,
            metadata: None,
            ended_at: Change::Clear,
            completion_start_time: Change::Clear,
            model: Change::Clear,
            input: Change::Clear,
            output: Change::Clear,
            model_parameters: Change::Clear,
            token_usage: Change::Clear,
            usage: Change::Clear,
            cost: Change::Clear,
            error: Change::Clear,
        }
    );
    let nulls = r#"{"name":null,"metadata":null,"tags":null}"#;
    assert_eq!(
        patch::session(&body(nulls)).unwrap(),
        SessionPatch {
            name: Change::Clear,
            ..SessionPatch::default()
        }
    );
}

#[test]
fn blank_ids_are_none() {
    let patch = patch::trace(&body(r#"{"session_id":" ","user_id":"","tags":[]}"#)).unwrap();
    assert_eq!(
        (patch.session_id, patch.user_id),
        (Change::Clear, Change::Clear)
    );
    assert_eq!(patch.tags, Some(Vec::new()), "an empty list replaces too");
    let patch = patch::session(&body(r#"{"name":"\t"}"#)).unwrap();
    assert_eq!(patch.name, Change::Clear);
}

#[test]
fn spans_take_what_their_creation_takes() {
    let patch = patch::span(&body(
        r#"{"name":"n","kind":"LLM","status":"UNSET","cost":{"total":"0.5"},"error":"\ud800",
        "token_usage":{"prompt_tokens":1},"completion_start_time":"2026-01-02"}"#,
    ))
    .unwrap();
    assert_eq!(
        (patch.kind, patch.status),
        (Some(SpanKind::Llm), Some(SpanStatus::Unset))
    );
    assert_eq!(patch.cost, set(r#"{"total":0.5}"#));
    assert_eq!(patch.error, set(r#""\ud800""#));
    assert_eq!(patch.input, Change::Keep);
}

#[test]
fn wrong_changes_are_told_like_wrong_creations() {
    let long = "x".repeat(256);
    assert_eq!(
        wrong(patch::trace(&body(&format!(
            r#"{{"name":"","status":"done","metadata":[],"ended_at":"soon","session_id":7,
            "user_id":"\u0000","tags":["a","\u0000"],"environment":"{long}","release":{{}}}}"#
        )))),
        [
            "name: String should have at least 1 character",
            "status: Input should be 'PENDING', 'RUNNING', 'COMPLETED' or 'ERROR'",
            "metadata: Input should be a valid dictionary",
            "ended_at: Input should be a valid datetime, as ISO 8601 or seconds since the epoch",
            "session_id: Input should be a valid string",
            "user_id: String should not contain NUL characters",
            "tags -> 1: String should not contain NUL characters",
            "environment: String should have at most 255 characters",
            "release: Input should be a valid string",
        ]
    );
    assert_eq!(
        wrong(patch::span(&body(
            r#"{"kind":"llm","model":1,"token_usage":5,"cost":{"total":null},"error":[]}"#
        ))),
        [
            "kind: Input should be 'AGENT', 'TOOL', 'LLM', 'RETRIEVER', 'CHAIN', 'EMBEDDING' or 'OTHER'",
            "model: Input should be a valid string",
            "token_usage: Input should be a valid dictionary",
            "cost -> total: Input should be a valid number",
            "error: Input should be a valid string",
        ]
    );
    assert_eq!(
        wrong(patch::session(&body(&format!(
            r#"{{"name":"{long}","metadata":1,"tags":"x"}}"#
        )))),
        [
            "name: String should have at most 255 characters",
            "metadata: Input should be a valid dictionary",
            "tags: Input should be a valid list",
        ]
    );
}

#[test]
fn bodies_that_are_no_object() {
    for (text, want) in [
        ("", ": Field required"),
        (
            "[]",
            ": Input should be a valid dictionary or object to extract fields from",
        ),
        (
            "null",
            ": Input should be a valid dictionary or object to extract fields from",
        ),
    ] {
        assert_eq!(wrong(patch::trace(&body(text))), [want], "{text}");
    }
    let errors = wrong(patch::trace(&body(r#"{"name":"x"} {}"#)));
    assert!(errors[0].starts_with("13: JSON decode error"), "{errors:?}");
    let errors = wrong(patch::trace(&Bytes::from_static(b"{\"\xff\":1}")));
    assert_eq!(errors, [": Input should be valid UTF-8"]);
}

#[test]
fn lists_of_spans() {
    let spans_of = |text: &str| spans(&body(text));
    let read = spans_of(r#"[{"name":"a","started_at":0},{"name":"b","started_at":1}]"#).unwrap();
    assert_eq!((read[0].name.as_str(), read[1].name.as_str()), ("a", "b"));
    for (text, want) in [
        ("", ": Field required"),
        (
            "[]",
            ": List should have at least 1 item after validation, not 0",
        ),
        ("{}", ": Input should be a valid list"),
        (
            r#"[{"started_at":0},{"name":"b","started_at":0}]"#,
            "0 -> name: Field required",
        ),
        (
            "[3]",
            "0: Input should be a valid dictionary or object to extract fields from",
        ),
    ] {
        assert_eq!(wrong(spans_of(text)), [want], "{text}");
    }
    let errors = wrong(spans_of("[{]"));
    assert!(errors[0].contains("JSON decode error"), "{errors:?}");
}

#[test]
fn ids_are_read_once_and_counted() {
    let (one, two) = (TraceId(1), TraceId(2));
    let ids = format!(r#"{{"trace_ids":["{two}","{one}","{two}"]}}"#);
    assert_eq!(bulk::traces(&body(&ids)).unwrap(), [one, two]);
    let many = |count: usize| format!(r#"{{"session_ids":[{}]}}"#, vec![r#""s""#; count].join(","));
    assert_eq!(bulk::sessions(&body(&many(500))).unwrap(), ["s"]);
    assert_eq!(
        wrong(bulk::sessions(&body(&many(501)))),
        ["session_ids: List should have at most 500 items after validation, not 501"]
    );
    assert_eq!(
        wrong(bulk::sessions(&body(&many(0)))),
        ["session_ids: List should have at least 1 item after validation, not 0"]
    );
    assert_eq!(
        wrong(bulk::traces(&body(r#"{"trace_ids":["x",null]}"#))),
        [
            "trace_ids -> 0: Input should be a valid UUID",
            "trace_ids -> 1: UUID input should be a string, bytes or UUID object",
        ]
    );
    assert_eq!(
        wrong(bulk::traces(&body("{}"))),
        ["trace_ids: Field required"]
    );
    assert_eq!(
        wrong(bulk::traces(&body(r#"{"trace_ids":null}"#))),
        ["trace_ids: Input should be a valid list"]
    );
}

#[test]
fn tags_to_add_and_remove() {
    let (ids, change) = bulk::session_tags(&body(
        r#"{"session_ids":["s"],"add_tags":["a"],"remove_tags":["b"]}"#,
    ))
    .unwrap();
    let want = TagChange {
        add: vec!["a".into()],
        remove: vec!["b".into()],
    };
    assert_eq!((ids, change), (vec!["s".to_owned()], want));
    assert_eq!(
        wrong(bulk::trace_tags(&body(
            r#"{"add_tags":null,"remove_tags":[1]}"#
        ))),
        [
            "trace_ids: Field required",
            "add_tags: Input should be a valid list",
            "remove_tags -> 0: Input should be a valid string",
        ]
    );
}

#[test]
fn scores() {
    let id = TraceId(1);
    let read = |members: &str| {
        score::trace_score(&body(&format!(
            r#"{{"trace_id":"{id}","name":"n",{members}}}"#
        )))
    };
    let plain = read(r#""value":"0.5""#).unwrap();
    assert_eq!(
        (plain.trace_id, plain.data_type, plain.source),
        (id, ScoreDataType::Numeric, ScoreSource::Annotation)
    );
    assert_eq!((plain.reason, plain.metadata), (None, None));
    let full = read(
        r#""value":"","data_type":"CATEGORICAL","source":"PROGRAMMATIC","reason":"a\u0000b",
        "metadata":{"k":1}"#,
    )
    .unwrap();
    assert_eq!(
        full.reason.as_deref(),
        Some("a\0b"),
        "a reason is a payload"
    );
    assert_eq!(raw(full.metadata.as_ref()), Some(r#"{"k":1}"#));
    let long = "x".repeat(256);
    for (members, want) in [
        (
            r#""value":"2""#.to_owned(),
            "value: NUMERIC score value must be a number from 0 to 1",
        ),
        (
            r#""value":"1","data_type":"BOOLEAN""#.to_owned(),
            "value: BOOLEAN score value must be true or false",
        ),
        (
            r#""value":0.5"#.to_owned(),
            "value: Input should be a valid string",
        ),
        (r#""x":1"#.to_owned(), "value: Field required"),
        (
            format!(r#""value":"{long}","data_type":"CATEGORICAL""#),
            "value: String should have at most 255 characters",
        ),
        (
            r#""value":"x","data_type":"ANY""#.to_owned(),
            "data_type: Input should be 'NUMERIC', 'BOOLEAN' or 'CATEGORICAL'",
        ),
        (
            r#""value":"1","source":null"#.to_owned(),
            "source: Input should be 'AUTOMATED', 'ANNOTATION' or 'PROGRAMMATIC'",
        ),
        (
            r#""value":"1","reason":5"#.to_owned(),
            "reason: Input should be a valid string",
        ),
        (
            r#""value":"1","metadata":null"#.to_owned(),
            "metadata: Input should be a valid dictionary",
        ),
        (
            format!(r#""value":"1","name":"{long}""#),
            "name: String should have at most 255 characters",
        ),
        (
            r#""value":"1","trace_id":null"#.to_owned(),
            "trace_id: UUID input should be a string, bytes or UUID object",
        ),
    ] {
        assert_eq!(wrong(read(&members)), [want], "{members}");
    }
    assert_eq!(
        wrong(score::trace_score(&body("{}"))),
        [
            "trace_id: Field required",
            "name: Field required",
            "value: Field required",
        ]
    );
}
