//! Chat messages inside payloads: where the list lies, so that the store can
//! keep each message once, and what a session was first asked.

use serde_json::value::RawValue;

use crate::RawJson;
use crate::json::{self, first_byte};

/// A payload cut at its message list: `prefix` + elements joined by commas +
/// `suffix` is the payload again, but for white space between the elements.
#[derive(Debug, PartialEq, Eq)]
pub struct Split<'a> {
    /// Everything up to and with the list's opening bracket.
    pub prefix: &'a [u8],
    /// The messages' texts.
    pub messages: Vec<&'a [u8]>,
    /// Everything from the list's closing bracket on.
    pub suffix: &'a [u8],
}

/// Cuts a payload that is a list of objects, or an object whose `messages` is
/// a list of objects; `None` for every other shape and for empty lists.
pub fn split(payload: &[u8]) -> Option<Split<'_>> {
    let list = match first_byte(payload)? {
        b'[' => payload,
        b'{' => {
            let members = json::members(payload)?;
            // Of duplicate keys the last counts, as for every JSON reader.
            let (_, list) = members.iter().rev().find(|(key, _)| key.0 == b"messages")?;
            list.get().as_bytes()
        }
        _ => return None,
    };
    let elements = json::elements(list)?;
    if elements.is_empty() || !elements.iter().all(|e| json::is_object(e.get().as_bytes())) {
        return None;
    }
    let messages: Vec<_> = elements.into_iter().map(|e| e.get().as_bytes()).collect();
    let start = offset_in(payload, messages.first()?)?;
    let last = messages.last()?;
    let end = offset_in(payload, last)? + last.len();
    Some(Split {
        prefix: &payload[..start],
        messages,
        suffix: &payload[end..],
    })
}

/// Where `part`, a sub-slice of `whole`, begins.
fn offset_in(whole: &[u8], part: &[u8]) -> Option<usize> {
    let offset = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize)?;
    (offset + part.len() <= whole.len()).then_some(offset)
}

/// The longest preview of a message, in characters.
pub const PREVIEW_CHARS: usize = 200;

/// Returns the first user message of a trace's input as one line, cut to
/// [`PREVIEW_CHARS`] characters. An input that is a plain string counts as one.
pub fn first_user_message(input: &RawJson) -> Option<String> {
    let bytes = input.as_bytes();
    let text = match first_byte(bytes)? {
        b'"' => serde_json::from_slice::<String>(bytes).ok()?,
        _ => split(bytes)?.messages.into_iter().find_map(user_text)?,
    };
    preview(&text)
}

/// Folds white space and cuts; `None` if nothing is left.
pub fn preview(text: &str) -> Option<String> {
    let mut line = String::new();
    for word in text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|w| !w.is_empty())
    {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > PREVIEW_CHARS * 4 {
            break;
        }
    }
    if line.chars().count() > PREVIEW_CHARS {
        line = line.chars().take(PREVIEW_CHARS - 1).chain(['…']).collect();
    }
    (!line.is_empty()).then_some(line)
}

fn user_text(message: &[u8]) -> Option<String> {
    let members = json::members(message)?;
    let field = |name: &[u8]| {
        members
            .iter()
            .rev()
            .find(|(key, _)| key.0 == name)
            .map(|(_, value)| *value)
    };
    let role: String = serde_json::from_str(field(b"role")?.get()).ok()?;
    if !matches!(role.as_str(), "user" | "human") {
        return None;
    }
    content_text(field(b"content")?)
}

/// The text of a message's content: a string, or the `text` parts of a list.
fn content_text(content: &RawValue) -> Option<String> {
    if let Ok(text) = serde_json::from_str::<String>(content.get()) {
        return Some(text);
    }
    let parts: Vec<String> = json::elements(content.get().as_bytes())?
        .into_iter()
        .filter_map(|part| {
            let members = json::members(part.get().as_bytes())?;
            let (_, text) = members.iter().find(|(key, _)| key.0 == b"text")?;
            serde_json::from_str(text.get()).ok()
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_lists_of_messages_wherever_they_lie() {
        let payload =
            br#"{"model":"x", "messages": [ {"role":"user"} , {"role":"assistant"} ], "n":1}"#;
        let split = split(payload).unwrap();
        assert_eq!(split.prefix, br#"{"model":"x", "messages": [ "#);
        assert_eq!(
            split.messages,
            [&br#"{"role":"user"}"#[..], br#"{"role":"assistant"}"#]
        );
        assert_eq!(split.suffix, br#" ], "n":1}"#);
    }

    #[test]
    fn leaves_other_shapes_whole() {
        for payload in [
            "1",
            "\"x\"",
            "[]",
            "[1]",
            "{}",
            r#"{"messages":[]}"#,
            r#"{"messages":["x"]}"#,
            r#"{"messages":{}}"#,
        ] {
            assert_eq!(split(payload.as_bytes()), None, "{payload}");
        }
    }

    fn check(input: &str, want: Option<&str>) {
        assert_eq!(
            first_user_message(&RawJson::parse(input).unwrap()).as_deref(),
            want,
            "{input}"
        );
    }

    #[test]
    fn finds_the_first_user_message() {
        check(
            r#"{"messages":[{"role":"system","content":"s"},{"role":"user","content":"Hi\n\n there "},{"role":"user","content":"2"}]}"#,
            Some("Hi there"),
        );
        check(
            r#"[{"role":"human","content":[{"type":"text","text":"a"},{"type":"image"},{"type":"text","text":"b"}]}]"#,
            Some("a b"),
        );
        check(r#""plain""#, Some("plain"));
        check(r#"{"query":"x"}"#, None);
        check(r#"{"messages":[{"role":"user","content":""}]}"#, None);
    }

    #[test]
    fn cuts_long_messages() {
        let line = preview(&"wörd ".repeat(1000)).unwrap();
        assert_eq!(line.chars().count(), PREVIEW_CHARS);
        assert!(line.ends_with('…'));
    }
}
