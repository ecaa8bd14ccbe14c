//! What tests send.

use pandaprobe_testkit::server::TestServer;
use serde_json::{Value, json};

/// Returns the id that tests know as `number`.
pub(crate) fn id(number: u32) -> String {
    format!("00000000-0000-0000-0000-{number:012}")
}

/// Returns a time so many seconds after some noon.
pub(crate) fn at(second: u32) -> String {
    let (minute, second) = (second / 60, second % 60);
    format!("2026-01-02T12:{minute:02}:{second:02}+00:00")
}

/// A trace from second `start` to `end` with `members` put over it.
pub(crate) fn trace(number: u32, start: u32, end: u32, members: Value) -> Value {
    let trace = json!({
        "trace_id": id(number),
        "name": format!("trace {number}"),
        "started_at": at(start),
        "ended_at": at(end),
    });
    over(trace, members)
}

/// A span from second `start` to `end` with `members` put over it.
pub(crate) fn span(number: u32, start: u32, end: u32, members: Value) -> Value {
    let span = json!({
        "span_id": id(number),
        "name": format!("span {number}"),
        "started_at": at(start),
        "ended_at": at(end),
    });
    over(span, members)
}

fn over(mut value: Value, members: Value) -> Value {
    if let (Some(value), Value::Object(members)) = (value.as_object_mut(), members) {
        value.extend(members);
    }
    value
}

/// Sends traces to a project, each on its own.
#[track_caller]
pub(crate) fn sent(server: &TestServer, project: &str, traces: &[Value]) {
    for trace in traces {
        server
            .post("/traces")
            .project(project)
            .json(trace)
            .expect(202);
    }
}

/// Returns one member of each item of a page.
pub(crate) fn column(page: &Value, member: &str) -> Vec<Value> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item[member].clone()).collect()
}

/// Returns the names of an object's members, in order.
pub(crate) fn names(text: &str) -> Vec<String> {
    // serde_json::Value sorts; the order on the wire is what counts here.
    let mut names = Vec::new();
    let (mut depth, mut chars) = (0, text.char_indices().peekable());
    while let Some((start, c)) = chars.next() {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            '"' => {
                let end = text[start + 1..].find('"').unwrap() + start + 1;
                while chars.next_if(|(at, _)| *at <= end).is_some() {}
                if depth == 1 && text[end + 1..].starts_with(':') {
                    names.push(text[start + 1..end].to_owned());
                }
            }
            _ => {}
        }
    }
    names
}
