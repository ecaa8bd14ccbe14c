//! Tables of bodies. Good ones give a fragment; of bad ones every error counts.

use bytes::Bytes;
use pandaprobe_model::trace::{SpanKind, SpanStatus, TraceStatus};
use pandaprobe_model::{SpanId, Timestamp};
use serde_json::{Value, json};

use super::*;

fn body(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

fn errors(body: &[u8]) -> Vec<String> {
    match one(&Bytes::copy_from_slice(body)) {
        Ok(_) => Vec::new(),
        Err(rejected) => shown(rejected),
    }
}

fn shown(rejected: Rejected) -> Vec<String> {
    let errors = rejected.errors(LISTED).into_iter();
    errors
        .map(|e| format!("{}: {}", e.field, e.message))
        .collect()
}

/// A good trace with `members` put over it; the errors that gives.
#[track_caller]
fn check(members: &str, want: &[&str]) {
    let text = format!(r#"{{"name":"t","started_at":"2026-01-02T03:04:05Z",{members}}}"#);
    assert_eq!(errors(text.as_bytes()), want, "{members}");
}

/// The same for the only span of a trace.
#[track_caller]
fn check_span(members: &str, want: &[&str]) {
    let span = format!(r#"{{"name":"s","started_at":0,{members}}}"#);
    let want: Vec<_> = want.iter().map(|e| format!("spans -> 0 -> {e}")).collect();
    let want: Vec<_> = want.iter().map(String::as_str).collect();
    check(&format!(r#""spans":[{span}]"#), &want);
}

fn good(members: &str) -> TraceFragment {
    let text = format!(r#"{{"name":"t","started_at":"2026-01-02T03:04:05Z",{members}}}"#);
    one(&body(&text)).unwrap()
}

fn good_span(members: &str) -> pandaprobe_model::trace::SpanFragment {
    let span = format!(r#"{{"name":"s","started_at":0,{members}}}"#);
    good(&format!(r#""spans":[{span}]"#)).spans.remove(0)
}

fn raw(json: Option<&RawJson>) -> Option<&str> {
    json.map(RawJson::as_str)
}

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
    assert_eq!(
        span.payload,
        pandaprobe_model::trace::SpanPayload::default()
    );
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
fn lengths_are_counted_in_characters() {
    let long = |name: &str, count: usize| format!(r#""{name}":"{}""#, "é".repeat(count));
    check(&long("name", 512), &[]);
    check(
        &long("name", 513),
        &["name: String should have at most 512 characters"],
    );
    check(
        r#""name":"""#,
        &["name: String should have at least 1 character"],
    );
    for name in [
        "session_id",
        "user_id",
        "session_name",
        "environment",
        "release",
    ] {
        check(&long(name, 255), &[]);
        let error = format!("{name}: String should have at most 255 characters");
        check(&long(name, 256), &[&error]);
    }
    check_span(&long("model", 255), &[]);
    check_span(
        &long("model", 256),
        &["model: String should have at most 255 characters"],
    );
}

#[test]
fn ids() {
    check(
        r#""trace_id":"x""#,
        &["trace_id: Input should be a valid UUID"],
    );
    check(
        r#""trace_id":5"#,
        &["trace_id: UUID input should be a string, bytes or UUID object"],
    );
    check_span(
        r#""parent_span_id":"x""#,
        &["parent_span_id: Input should be a valid UUID"],
    );
    for form in [
        "a484c5d9b92e47beb0a63f0c8739254f",
        "{a484c5d9-b92e-47be-b0a6-3f0c8739254f}",
        "A484C5D9-B92E-47BE-B0A6-3F0C8739254F",
    ] {
        let trace = good(&format!(r#""trace_id":"{form}""#));
        assert_eq!(
            trace.trace_id.to_string(),
            "a484c5d9-b92e-47be-b0a6-3f0c8739254f"
        );
    }
}

#[test]
fn blank_sessions_and_users_are_none() {
    for blank in ["", " ", "\\t\\n"] {
        let trace = good(&format!(
            r#""session_id":"{blank}","user_id":"{blank}","session_name":"{blank}""#
        ));
        assert_eq!(
            (trace.session_id, trace.user_id, trace.session_name),
            (None, None, None)
        );
    }
}

#[test]
fn texts_that_cannot_be_kept() {
    let nul = "String should not contain NUL characters";
    let unicode = "Input should be a valid string, unable to parse raw data as a unicode string";
    for name in [
        "name",
        "session_id",
        "user_id",
        "session_name",
        "environment",
    ] {
        check(
            &format!(r#""{name}":"a\u0000""#),
            &[&format!("{name}: {nul}")],
        );
        check(
            &format!(r#""{name}":"\ud800""#),
            &[&format!("{name}: {unicode}")],
        );
    }
    check(r#""tags":["ok","\u0000"]"#, &[&format!("tags -> 1: {nul}")]);
    check_span(r#""name":"\udfff""#, &[&format!("name: {unicode}")]);
}

#[test]
fn payloads_are_kept_to_the_byte() {
    for payload in [
        r#"{ "b" : 1.0, "b": 2 , "\ud800": "\u0000" }"#,
        "1180591620717411303424",
        "-0.0",
        r#""\ud83d""#,
        "[ ]",
        "false",
    ] {
        let trace = good(&format!(
            r#""input": {payload} ,"metadata":{{"x":{payload}}}"#
        ));
        assert_eq!(raw(trace.input.as_ref()), Some(payload));
        assert_eq!(
            raw(trace.metadata.as_ref()),
            Some(&*format!(r#"{{"x":{payload}}}"#))
        );
        let span = good_span(&format!(r#""output":{payload},"error":"\ud800 \u0000""#));
        assert_eq!(raw(span.payload.output.as_ref()), Some(payload));
        assert_eq!(raw(span.payload.error.as_ref()), Some(r#""\ud800 \u0000""#));
    }
}

#[test]
fn payloads_share_the_memory_of_the_body() {
    let body = body(r#"{"name":"t","started_at":0,"input":{"a":1}}"#);
    let input = one(&body).unwrap().input.unwrap();
    let (body, input) = (body.as_ptr_range(), input.as_bytes().as_ptr_range());
    assert!(body.start <= input.start && input.end <= body.end);
}

#[test]
fn nesting_is_no_danger_anywhere() {
    let deep = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let objects = format!("{}1{}", r#"{"a":"#.repeat(200_000), "}".repeat(200_000));
    let deep = deep(200_000);
    assert_eq!(
        raw(good(&format!(r#""input":{deep}"#)).input.as_ref()),
        Some(&*deep)
    );
    good(&format!(r#""unknown":{objects}"#));
    good_span(&format!(
        r#""output":{objects},"metadata":{{"x":{deep}}},"unknown":{deep}"#
    ));
    check(
        &format!(r#""name":{deep}"#),
        &["name: Input should be a valid string"],
    );
    let text = format!("tags -> 0: {}", "Input should be a valid string");
    check(&format!(r#""tags":[{deep}]"#), &[&text]);
    let span = "spans -> 0: Input should be a valid dictionary or object to extract fields from";
    check(&format!(r#""spans":[{deep}]"#), &[span]);
    check_span(
        &format!(r#""cost":{{"total":{deep}}}"#),
        &["cost -> total: Input should be a valid number"],
    );
    assert_eq!(errors(deep.as_bytes()), [format!(": {NOT_AN_OBJECT}")]);
    assert!(errors("[".repeat(200_000).as_bytes())[0].contains("JSON decode error"));
    assert!(errors(r#"{"a":"#.repeat(200_000).as_bytes())[0].contains("JSON decode error"));
}

#[test]
fn times() {
    let at = |value: &str| {
        let text = format!(r#"{{"name":"t","started_at":{value}}}"#);
        one(&body(&text))
            .map(|trace| trace.started_at.to_string())
            .map_err(shown)
    };
    for (value, want) in [
        (r#""2026-01-02T03:04:05""#, "2026-01-02T03:04:05+00:00"),
        (
            r#""2026-01-02T03:04:05.678901+02:00""#,
            "2026-01-02T01:04:05.678901+00:00",
        ),
        (r#""2026-01-02""#, "2026-01-02T00:00:00+00:00"),
        (r#""1767323045""#, "2026-01-02T03:04:05+00:00"),
        ("1767323045", "2026-01-02T03:04:05+00:00"),
        ("1767323045123", "2026-01-02T03:04:05.123000+00:00"),
        ("1767323045.5", "2026-01-02T03:04:05.500000+00:00"),
        ("1.767323045e9", "2026-01-02T03:04:05+00:00"),
    ] {
        assert_eq!(at(value).as_deref(), Ok(want), "{value}");
    }
    for value in [
        "true",
        "[]",
        "{}",
        r#""""#,
        r#""soon""#,
        r#""2026-02-30""#,
        r#""\ud800""#,
        r#""0001-01-01T00:00:00Z""#,
        r#""9999-12-31T23:59:59Z""#,
        r#""+100000-01-01""#,
        "-1",
        "1e300",
        "-1e300",
        "99999999999999999999999999",
        "1e999999",
    ] {
        let errors = at(value).unwrap_err();
        assert_eq!(errors.len(), 1, "{value}");
        assert!(
            errors[0].starts_with("started_at: Input should be a "),
            "{errors:?}"
        );
    }
}

#[test]
fn costs_are_numbers() {
    let cost = |json: &str| {
        let span = good_span(&format!(r#""cost":{json}"#));
        span.payload.cost.map(|cost| cost.as_str().to_owned())
    };
    assert_eq!(cost("{}").as_deref(), Some("{}"));
    assert_eq!(
        cost(r#"{ "total" : 1e-3 }"#).as_deref(),
        Some(r#"{ "total" : 1e-3 }"#)
    );
    assert_eq!(
        cost(r#"{"total":"0.1","prompt":" 2 ","\ud800":true,"n":1}"#).as_deref(),
        Some(r#"{"total":0.1,"prompt":2,"\ud800":1.0,"n":1}"#)
    );
    assert_eq!(
        cost(r#"{"a":"+5","b":".5"}"#).as_deref(),
        Some(r#"{"a":5.0,"b":0.5}"#)
    );
    check_span(
        r#""cost":{"a":null,"b":"x","c":[],"d":"inf","ok":1}"#,
        &[
            "cost -> a: Input should be a valid number",
            "cost -> b: Input should be a valid number, unable to parse string as a number",
            "cost -> c: Input should be a valid number",
            "cost -> d: Input should be a finite number",
        ],
    );
    check_span(
        r#""cost":[]"#,
        &["cost: Input should be a valid dictionary"],
    );
}

#[test]
fn token_values_of_any_kind_are_kept() {
    let json = r#"{"prompt_tokens":"n/a","completion_tokens":10.0,"x":1e300,"y":null}"#;
    let span = good_span(&format!(r#""token_usage":{json},"usage":{json}"#));
    assert_eq!(raw(span.payload.token_usage.as_ref()), Some(json));
    assert_eq!(raw(span.payload.usage.as_ref()), Some(json));
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

#[test]
fn bodies_that_are_no_object() {
    for text in ["", " \n "] {
        assert_eq!(errors(text.as_bytes()), [": Field required"], "{text:?}");
    }
    for text in ["[]", "null", "1", "\"x\"", "[{}]", r#""\ud800""#, "1e999"] {
        assert_eq!(
            errors(text.as_bytes()),
            [format!(": {NOT_AN_OBJECT}")],
            "{text}"
        );
    }
}

#[test]
fn bodies_that_are_no_json() {
    for (text, position) in [
        ("{", "0"),
        ("{\"name\":}", "8"),
        ("{\"name\":\n nope}", "11"),
        ("{} {}", "3"),
        ("{\"a\":NaN}", "5"),
        ("{\"a\":'x'}", "5"),
        ("{\"a\":1,}", "7"),
        ("{\"name\":\"a\nb\"}", "9"),
    ] {
        let errors = errors(text.as_bytes());
        let start = format!("{position}: JSON decode error: ");
        assert!(
            errors.len() == 1 && errors[0].starts_with(&start),
            "{text}: {errors:?}"
        );
    }
    for broken in [
        &b"\xff"[..],
        b"{\"name\":\"\xff\"}",
        b"{\"\xc3\x28\":1}",
        b"{\"x\":\"\xed\xa0\x80\"}",
    ] {
        assert_eq!(errors(broken), [": Input should be valid UTF-8"]);
    }
}

#[test]
fn a_rejected_trace_is_known_by_its_id_if_that_is_good() {
    let id = "a484c5d9-b92e-47be-b0a6-3f0c8739254f";
    let rejected = one(&body(&format!(r#"{{"trace_id":"{id}"}}"#))).unwrap_err();
    assert_eq!(
        rejected.trace_id.map(|id| id.to_string()).as_deref(),
        Some(id)
    );
    assert_eq!(one(&body("{}")).unwrap_err().trace_id, None);
}

#[test]
fn a_body_of_nothing_but_mistakes_gives_a_short_answer() {
    let spans = vec!["{}"; 5_000].join(",");
    let errors = errors(format!(r#"{{"name":"t","started_at":0,"spans":[{spans}]}}"#).as_bytes());
    assert_eq!(errors.len(), LISTED + 1);
    assert_eq!(errors[LISTED], ": and 9000 more errors");
}

const A: &str = r#"{"trace_id":"00000000-0000-0000-0000-00000000000a","name":"a","started_at":0}"#;
const B: &str = r#"{"trace_id":"00000000-0000-0000-0000-00000000000b","name":"b","started_at":0}"#;

/// What became of the items of a batch: names of the good, errors of the bad.
fn items(text: &[u8], content_type: Option<&str>) -> Result<Vec<String>, Vec<String>> {
    let items = many(&Bytes::copy_from_slice(text), content_type).map_err(shown)?;
    let shown = |item: batch::Item| match item {
        Ok(trace) => trace.name,
        Err(rejected) => shown(rejected).join("; "),
    };
    Ok(items.into_iter().map(shown).collect())
}

#[test]
fn batches_as_an_array() {
    assert_eq!(
        items(format!("[{A},{B}]").as_bytes(), None),
        Ok(vec!["a".into(), "b".into()])
    );
    let mixed = format!(r#" [{A}, 5, {{"name":"x"}}, [], "\ud800", null, {B}] "#);
    let not_an_object = format!(": {NOT_AN_OBJECT}");
    assert_eq!(
        items(mixed.as_bytes(), Some("application/json")),
        Ok(vec![
            "a".into(),
            not_an_object.clone(),
            "started_at: Field required".into(),
            not_an_object.clone(),
            not_an_object.clone(),
            not_an_object,
            "b".into()
        ])
    );
    assert_eq!(items(b"[]", None), Ok(Vec::new()));
    assert_eq!(items(b"5", None), Err(vec![format!(": {NOT_A_LIST}")]));
    assert_eq!(items(b"", None), Err(vec![": Field required".into()]));
    assert!(items(format!("[{A},").as_bytes(), None).unwrap_err()[0].contains("JSON decode error"));
    assert_eq!(
        items(b"[\"\xff\"]", None),
        Err(vec![format!(": {NOT_UTF8}")])
    );
}

#[test]
fn batches_as_lines() {
    let ndjson = Some("application/x-ndjson; charset=utf-8");
    let lines = format!("{A}\r\n\n  {B}\n");
    for kind in [ndjson, None, Some("application/json")] {
        assert_eq!(
            items(lines.as_bytes(), kind),
            Ok(vec!["a".into(), "b".into()]),
            "{kind:?}"
        );
    }
    let bad = [
        A.as_bytes(),
        b"{\"name\"",
        b"[]",
        b"{\"name\":\"\xff\"}",
        B.as_bytes(),
    ]
    .join(&b'\n');
    let items_of_bad = items(&bad, ndjson).unwrap();
    assert_eq!(
        (items_of_bad.len(), &*items_of_bad[0], &*items_of_bad[4]),
        (5, "a", "b")
    );
    assert!(
        items_of_bad[1].contains("JSON decode error"),
        "{items_of_bad:?}"
    );
    assert_eq!(items_of_bad[2], format!(": {NOT_AN_OBJECT}"));
    assert_eq!(items_of_bad[3], format!(": {NOT_UTF8}"));
}

#[test]
fn one_object_over_several_lines_is_one_item() {
    let spread = "{\n \"name\": \"x\",\n \"started_at\": 0\n}\n";
    assert_eq!(items(spread.as_bytes(), None), Ok(vec!["x".into()]));
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
    let trace = [members::TraceMembers::NAMES, &["spans"]].concat();
    assert_eq!(documented("TraceCreate"), read(&trace));
    assert_eq!(documented("SpanCreate"), read(members::SpanMembers::NAMES));
    assert_eq!(
        documented("UsageInput"),
        read(&pandaprobe_model::usage::Usage::NAMES)
    );
}
