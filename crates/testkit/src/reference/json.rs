//! JSON, parsed whole and written anew.

use pandaprobe_model::RawJson;
use serde_json::{Map, Value};

/// The value as JSON; what Rust's JSON cannot hold is null.
pub(super) fn value(json: &RawJson) -> Value {
    serde_json::from_slice(json.as_bytes()).unwrap_or(Value::Null)
}

/// The value as an object; what is none is empty.
pub(super) fn object(json: Option<&RawJson>) -> Map<String, Value> {
    match json.map(value) {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// Returns an object with its keys sorted and without white space; `None` for an
/// empty one, which means the same.
pub fn canonical(json: Option<&RawJson>) -> Option<RawJson> {
    let members = object(json);
    let sorted: std::collections::BTreeMap<_, _> = members.into_iter().collect();
    if sorted.is_empty() {
        return None;
    }
    RawJson::parse(&serde_json::to_string(&sorted).ok()?)
}

/// Adds the members of `more` to those of `stored`; the newer value wins.
pub(super) fn merge(stored: &mut Option<RawJson>, more: Option<&RawJson>) {
    let mut members = object(stored.as_ref());
    members.extend(object(more));
    let text = Value::Object(members).to_string();
    *stored = canonical(RawJson::parse(&text).as_ref());
}

/// The first user message of an input, as the name of a session: a list of
/// messages, one under `messages`, or a plain text.
pub(super) fn first_user_message(input: &RawJson) -> Option<String> {
    let text = match value(input) {
        Value::String(text) => text,
        Value::Array(messages) => in_messages(&messages)?,
        Value::Object(members) => in_messages(members.get("messages")?.as_array()?)?,
        _ => return None,
    };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let short = if line.chars().count() > 200 {
        line.chars().take(199).collect::<String>() + "…"
    } else {
        line
    };
    (!short.is_empty()).then_some(short)
}

fn in_messages(messages: &[Value]) -> Option<String> {
    messages
        .iter()
        .find(|message| message["role"] == "user" || message["role"] == "human")
        .and_then(|message| message["content"].as_str())
        .map(str::to_owned)
}
