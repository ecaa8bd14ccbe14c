//! What single values may be.

use super::super::NOT_AN_OBJECT;
use super::*;

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
