//! JSON that is carried, not understood: payloads keep their exact text.

use bytes::Bytes;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// One valid JSON value as its UTF-8 text. Cloning shares the bytes.
///
/// Nothing is normalised: numbers beyond 64 bits, escaped NULs and lone
/// surrogates, and any depth of nesting stay as they were sent.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RawJson(Bytes);

impl RawJson {
    /// Wraps text that is already known to be one valid JSON value.
    pub fn from_valid(text: Bytes) -> Self {
        debug_assert!(serde_json::from_slice::<&RawValue>(&text).is_ok());
        Self(text)
    }

    /// Checks and wraps a JSON text; `None` if it is not exactly one JSON value.
    pub fn parse(text: &str) -> Option<Self> {
        let raw: &RawValue = serde_json::from_str(text).ok()?;
        Some(Self(Bytes::copy_from_slice(raw.get().as_bytes())))
    }

    /// Returns the text as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the text, sharing the allocation.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }

    /// Returns the text. It is UTF-8 by construction; should stored bytes be
    /// damaged, `null` stands in.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("null")
    }
}

impl std::fmt::Debug for RawJson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An object's key: the bytes of the JSON string, where lone surrogates take
/// the generalised UTF-8 (WTF-8) form, since JSON can carry them and Rust
/// strings cannot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub Vec<u8>);

impl Key {
    /// Appends the key as a JSON string.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(b'"');
        let mut rest = self.0.as_slice();
        while !rest.is_empty() {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    escape(text, out);
                    break;
                }
                Err(error) => {
                    let (good, bad) = rest.split_at(error.valid_up_to());
                    escape(std::str::from_utf8(good).unwrap_or_default(), out);
                    rest = surrogate(bad, out);
                }
            }
        }
        out.push(b'"');
    }
}

/// Writes a WTF-8 surrogate (three bytes `ED A0..BF xx`) as `\udxxx`.
fn surrogate<'a>(bad: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    match bad {
        [0xED, second @ 0xA0..=0xBF, third, rest @ ..] => {
            let unit = 0xD000 | (u32::from(second & 0x3F) << 6) | u32::from(third & 0x3F);
            out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
            rest
        }
        [_, rest @ ..] => {
            out.extend_from_slice(b"\\ufffd");
            rest
        }
        [] => bad,
    }
}

/// Appends `text` with JSON's escapes, without the quotes.
fn escape(text: &str, out: &mut Vec<u8>) {
    for &byte in text.as_bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            0..0x20 => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
}

impl<'de> serde::Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = Key;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a key")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Key, E> {
                Ok(Key(bytes.to_vec()))
            }
            fn visit_str<E>(self, text: &str) -> Result<Key, E> {
                Ok(Key(text.as_bytes().to_vec()))
            }
        }
        deserializer.deserialize_bytes(KeyVisitor)
    }
}

/// A JSON scalar as text: a string as what it says, a number or boolean as it is
/// written. `None` for null, objects and arrays, and for strings that no text
/// can hold.
pub fn scalar_text(json: &str) -> Option<String> {
    match json {
        "null" => None,
        json if json.starts_with(['{', '[']) => None,
        json if json.starts_with('"') => serde_json::from_str(json).ok(),
        json => Some(json.to_owned()),
    }
}

/// The members of a JSON object in the order sent, later duplicates included;
/// `None` if `json` is no object.
pub fn members(json: &[u8]) -> Option<Vec<(Key, &RawValue)>> {
    struct Members;
    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(Key, &'de RawValue)>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some(entry) = map.next_entry()? {
                all.push(entry);
            }
            Ok(all)
        }
    }
    if first_byte(json)? != b'{' {
        return None;
    }
    serde_json::Deserializer::from_slice(json)
        .deserialize_map(Members)
        .ok()
}

/// The elements of a JSON array; `None` if `json` is no array.
pub fn elements(json: &[u8]) -> Option<Vec<&RawValue>> {
    struct Elements;
    impl<'de> Visitor<'de> for Elements {
        type Value = Vec<&'de RawValue>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an array")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some(element) = seq.next_element()? {
                all.push(element);
            }
            Ok(all)
        }
    }
    if first_byte(json)? != b'[' {
        return None;
    }
    serde_json::Deserializer::from_slice(json)
        .deserialize_seq(Elements)
        .ok()
}

/// The first byte that is no white space.
pub fn first_byte(json: &[u8]) -> Option<u8> {
    json.iter().copied().find(|b| !b.is_ascii_whitespace())
}

/// Whether `json` is an object (which `members` can then take apart).
pub fn is_object(json: &[u8]) -> bool {
    first_byte(json) == Some(b'{')
}

/// Whether the whole of `json` is one valid value.
pub fn is_valid(json: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(json).is_ok()
}

/// Merges objects shallowly: `incoming`'s keys win, the result has its keys in
/// byte order, so that merging in any order gives the same text. Values that
/// are no objects count as empty.
pub fn merge_objects(stored: &RawJson, incoming: &RawJson) -> RawJson {
    let mut all = std::collections::BTreeMap::new();
    for json in [stored, incoming] {
        for (key, value) in members(json.as_bytes()).unwrap_or_default() {
            all.insert(key, value);
        }
    }
    let mut out = Vec::with_capacity(stored.0.len() + incoming.0.len());
    out.push(b'{');
    for (index, (key, value)) in all.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        key.write(&mut out);
        out.push(b':');
        out.extend_from_slice(value.get().as_bytes());
    }
    out.push(b'}');
    RawJson(Bytes::from(out))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn raw(text: &str) -> RawJson {
        RawJson::parse(text).unwrap()
    }

    #[test]
    fn keeps_what_json_can_carry() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for text in [
            "1180591620717411303424",
            r#""\ud800""#,
            r#""\u0000""#,
            "-0.0",
            &deep,
        ] {
            assert_eq!(raw(text).as_str(), text);
        }
        assert_eq!(RawJson::parse("{} {}"), None);
    }

    #[test]
    fn merges_by_key_and_sorts() {
        let merged = merge_objects(
            &raw(r#"{"b": 1, "a": {"x": 1}}"#),
            &raw(r#"{"b":2,"c":null}"#),
        );
        assert_eq!(merged.as_str(), r#"{"a":{"x": 1},"b":2,"c":null}"#);
    }

    #[test]
    fn keys_with_escapes_and_lone_surrogates_survive() {
        let text = r#"{"\ud800x":1,"a\"b\\\n":2,"é":3}"#;
        let merged = merge_objects(&raw(text), &raw("{}"));
        assert_eq!(
            merged.as_str(),
            "{\"a\\\"b\\\\\\u000a\":2,\"é\":3,\"\\ud800x\":1}"
        );
        assert_eq!(merge_objects(&merged, &raw("{}")), merged);
    }

    proptest! {
        #[test]
        fn disjoint_merges_commute(keys in proptest::collection::btree_set("\\PC{0,6}", 0..8), cut in 0_usize..8) {
            let object = |keys: &[&String]| {
                let map: serde_json::Map<_, _> =
                    keys.iter().map(|k| ((*k).clone(), serde_json::json!(k.len()))).collect();
                raw(&serde_json::Value::Object(map).to_string())
            };
            let keys: Vec<_> = keys.iter().collect();
            let (left, right) = keys.split_at(cut.min(keys.len()));
            let (left, right) = (object(left), object(right));
            prop_assert_eq!(merge_objects(&left, &right), merge_objects(&right, &left));
        }
    }
}
