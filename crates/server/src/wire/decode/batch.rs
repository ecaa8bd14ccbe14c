//! Many traces in one body: a JSON array, or one JSON object a line.

use std::fmt;

use pandaprobe_model::json;
use pandaprobe_model::trace::TraceFragment;
use serde::de::{Deserializer as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::members::{TraceSeed, Walk};
use super::{NOT_A_LIST, NOT_UTF8, Rejected, Source, trace};

/// What became of one item.
pub(crate) type Item = Result<TraceFragment, Rejected>;

/// How the items of a body are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// One JSON array.
    Array,
    /// A JSON object a line; empty lines are passed over.
    Lines,
}

impl Form {
    /// Decides by the content type and, where that leaves it open, by the body.
    pub(crate) fn of(content_type: Option<&str>, body: &[u8]) -> Self {
        let kind = content_type.and_then(|text| text.split(';').next());
        let kind = kind.unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/x-jsonlines" => Self::Lines,
            _ if json::first_byte(body) == Some(b'{') => Self::Lines,
            _ => Self::Array,
        }
    }
}

/// Reads every item of the body. A bad item fails alone; an error means that
/// items cannot even be told apart.
pub(crate) fn read(source: &Source<'_>, form: Form) -> Result<Vec<Item>, Rejected> {
    match form {
        Form::Lines => Ok(lines(source)),
        Form::Array => array(source),
    }
}

fn lines(source: &Source<'_>) -> Vec<Item> {
    let body = source.body();
    // One object spread over several lines is not NDJSON, but plainly meant.
    if let Ok(text) = std::str::from_utf8(body)
        && body.contains(&b'\n')
        && serde_json::from_str::<&RawValue>(text).is_ok()
    {
        return vec![trace::read(source, text)];
    }
    body.split(|&byte| byte == b'\n')
        .filter(|line| !line.iter().all(u8::is_ascii_whitespace))
        .map(|line| match std::str::from_utf8(line) {
            Ok(text) => trace::read(source, text),
            Err(_) => Err(Rejected::whole(NOT_UTF8)),
        })
        .collect()
}

fn array(source: &Source<'_>) -> Result<Vec<Item>, Rejected> {
    let text = std::str::from_utf8(source.body()).map_err(|_| Rejected::whole(NOT_UTF8))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let straight = deserializer
        .deserialize_seq(ItemsVisitor(source))
        .and_then(|items| deserializer.end().map(|()| items));
    match straight {
        Ok(items) => Ok(items),
        Err(_) => one_by_one(source, text),
    }
}

fn one_by_one(source: &Source<'_>, text: &str) -> Result<Vec<Item>, Rejected> {
    if let Err(error) = serde_json::from_str::<&RawValue>(text) {
        return Err(Rejected::no_json(text, &error));
    }
    let elements = json::elements(text.as_bytes()).ok_or_else(|| Rejected::whole(NOT_A_LIST))?;
    Ok(elements
        .into_iter()
        .map(|element| trace::read(source, element.get()))
        .collect())
}

struct ItemsVisitor<'s>(&'s Source<'s>);

impl<'de> Visitor<'de> for ItemsVisitor<'_> {
    type Value = Vec<Item>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of traces")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Item>, A::Error> {
        let seed = TraceSeed {
            source: self.0,
            walk: Walk::Straight,
        };
        let mut items = Vec::new();
        while let Some((members, spans)) = list.next_element_seed(seed)? {
            items.push(trace::from_members(self.0, members, spans));
        }
        Ok(items)
    }
}
