//! Whole bodies that are no trace.

use super::super::NOT_AN_OBJECT;
use super::*;

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
