//! What holds for every body.

use proptest::prelude::*;
use serde_json::Value;

use super::super::members::{SpanMembers, TraceMembers};
use super::super::{Source, many, trace};
use super::*;

/// JSON that is often nearly a trace.
fn near_trace() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("{}".to_owned()),
        Just("[]".to_owned()),
        Just(r#""\\ud800""#.to_owned()),
        Just(r#""LLM""#.to_owned()),
        Just(r#""2026-01-02""#.to_owned()),
        Just(r#"{"total":"1"}"#.to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        "[a-z\\PC]{0,4}".prop_map(|text| Value::from(text).to_string()),
    ];
    let object = |names: &'static [&'static str], value: BoxedStrategy<String>| {
        let member = (prop::sample::select(names), value)
            .prop_map(|(name, value)| format!(r#""{name}":{value}"#));
        prop::collection::vec(member, 0..8).prop_map(|members| format!("{{{}}}", members.join(",")))
    };
    let span = object(SpanMembers::NAMES, scalar.clone().boxed());
    let item = prop_oneof![4 => span, 1 => scalar.clone()];
    let spans =
        prop::collection::vec(item, 0..4).prop_map(|spans| format!("[{}]", spans.join(",")));
    let trace = object(TraceMembers::NAMES, scalar.clone().boxed());
    (trace, prop_oneof![4 => spans, 1 => scalar]).prop_map(|(trace, spans)| {
        let comma = if trace == "{}" { "" } else { "," };
        format!("{}{comma}\"spans\":{spans}}}", &trace[..trace.len() - 1])
    })
}

proptest! {
    /// Whatever the straight pass accepts or rejects, the careful one does too.
    #[test]
    fn both_walks_find_the_same(text in near_trace()) {
        let body = body(&text);
        let source = Source(&body);
        let (straight, careful) = trace::both_walks(&source, std::str::from_utf8(&body).unwrap());
        if let Some(straight) = straight {
            match (straight, careful) {
                (Ok(mut one), Ok(mut other)) => {
                    one.trace_id = other.trace_id;
                    for (one, other) in one.spans.iter_mut().zip(&mut other.spans) {
                        one.span_id = other.span_id;
                    }
                    prop_assert_eq!(one, other);
                }
                (one, other) => prop_assert_eq!(one.err(), other.err()),
            }
        }
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = one(&Bytes::from(bytes.clone()));
        let _ = many(&Bytes::from(bytes), None);
    }
}
