//! Tables of bodies. Good ones give a fragment; of bad ones every error counts.

mod batches;
mod bodies;
mod commands;
mod manage;
mod members;
mod properties;
mod values;

use bytes::Bytes;
use pandaprobe_model::RawJson;
use pandaprobe_model::trace::{SpanFragment, TraceFragment};

use super::{LISTED, Rejected, one};

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

fn good_span(members: &str) -> SpanFragment {
    let span = format!(r#"{{"name":"s","started_at":0,{members}}}"#);
    good(&format!(r#""spans":[{span}]"#)).spans.remove(0)
}

fn raw(json: Option<&RawJson>) -> Option<&str> {
    json.map(RawJson::as_str)
}
