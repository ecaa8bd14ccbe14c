//! JSON as text: values are written once, where they are taken, and then only copied.

use std::collections::HashMap;

/// One complete JSON value as compact text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Json(Box<str>);

impl Json {
    /// Wraps text that the caller has written as one JSON value.
    pub fn from_written(text: String) -> Self {
        Self(text.into_boxed_str())
    }

    /// Copies text that the caller has written as one JSON value.
    pub fn copied(text: &str) -> Self {
        Self(text.into())
    }

    /// A JSON string.
    pub fn string(text: &str) -> Self {
        let mut out = String::with_capacity(text.len() + 2);
        push_str(&mut out, text);
        Self::from_written(out)
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Length of the text in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the text is empty, which no JSON value is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A JSON object that later objects are merged into, key by key, in the order of arrival.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JsonObject {
    /// Keys are JSON strings too, so that keys with lone surrogates stay what they are.
    entries: Vec<(Json, Json)>,
}

/// Up to this many entries a linear search beats a hash map.
const LINEAR_MERGE_MAX: usize = 16;

impl JsonObject {
    /// An object with these entries; of equal keys the last one counts.
    pub fn from_entries(entries: Vec<(Json, Json)>) -> Self {
        let mut object = Self::default();
        object.merge(entries);
        object
    }

    /// Sets the given keys, keeping all others.
    pub fn merge(&mut self, entries: Vec<(Json, Json)>) {
        if self.entries.len() + entries.len() <= LINEAR_MERGE_MAX {
            for (key, value) in entries {
                match self.entries.iter_mut().find(|(known, _)| *known == key) {
                    Some(entry) => entry.1 = value,
                    None => self.entries.push((key, value)),
                }
            }
            return;
        }
        let mut positions: HashMap<Json, usize> = self
            .entries
            .iter()
            .enumerate()
            .map(|(at, (key, _))| (key.clone(), at))
            .collect();
        for (key, value) in entries {
            match positions.get(&key) {
                Some(&at) => self.entries[at].1 = value,
                None => {
                    positions.insert(key.clone(), self.entries.len());
                    self.entries.push((key, value));
                }
            }
        }
    }

    /// Sets one key, unless the object already has it.
    pub fn insert_if_absent(&mut self, key: &str, value: Json) {
        let key = Json::string(key);
        if !self.entries.iter().any(|(known, _)| *known == key) {
            self.entries.push((key, value));
        }
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Appends the object's JSON text.
    pub fn push_to(&self, out: &mut String) {
        out.push('{');
        for (at, (key, value)) in self.entries.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            out.push_str(key.as_str());
            out.push(':');
            out.push_str(value.as_str());
        }
        out.push('}');
    }

    /// Length of the JSON text in bytes, roughly.
    pub fn len(&self) -> usize {
        2 + self
            .entries
            .iter()
            .map(|(key, value)| key.len() + value.len() + 2)
            .sum::<usize>()
    }
}

/// Appends `text` as a JSON string; non-ASCII characters stay as they are.
pub fn push_str(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.bytes().position(needs_escape) {
        let (clean, tail) = rest.split_at(at);
        out.push_str(clean);
        // What needs an escape is ASCII, so one byte is one character.
        push_escape(out, tail.as_bytes()[0]);
        rest = &tail[1..];
    }
    out.push_str(rest);
    out.push('"');
}

/// Appends UTF-16 text as a JSON string; a surrogate without its partner, which UTF-8
/// cannot carry, becomes the escape `\udXXX`.
pub fn push_utf16(out: &mut String, units: impl IntoIterator<Item = u16>) {
    out.push('"');
    for decoded in char::decode_utf16(units) {
        match decoded {
            Ok(c) if c.is_ascii() && needs_escape(c as u8) => push_escape(out, c as u8),
            Ok(c) => out.push(c),
            Err(lone) => push_unit_escape(out, lone.unpaired_surrogate()),
        }
    }
    out.push('"');
}

fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn push_escape(out: &mut String, byte: u8) {
    match byte {
        b'"' => out.push_str("\\\""),
        b'\\' => out.push_str("\\\\"),
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\t' => out.push_str("\\t"),
        _ => push_unit_escape(out, byte.into()),
    }
}

fn push_unit_escape(out: &mut String, unit: u16) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        out.push(char::from(HEX[usize::from(unit >> shift & 0xf)]));
    }
}

/// Appends a float: the shortest digits that read back to the same value, and the
/// strings `"NaN"`, `"Infinity"`, `"-Infinity"` for what JSON has no number for.
pub fn push_float(out: &mut String, value: f64) {
    match serde_json::Number::from_f64(value) {
        Some(number) => out.push_str(&number.to_string()),
        None if value.is_nan() => out.push_str("\"NaN\""),
        None if value > 0.0 => out.push_str("\"Infinity\""),
        None => out.push_str("\"-Infinity\""),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(text: &str) -> String {
        Json::string(text).as_str().to_owned()
    }

    #[test]
    fn escapes_only_what_json_must() {
        assert_eq!(
            written("a\"b\\c\n\t\r\0\u{1f}é🐼\u{2028}"),
            "\"a\\\"b\\\\c\\n\\t\\r\\u0000\\u001fé🐼\u{2028}\""
        );
    }

    #[test]
    fn lone_surrogates_become_escapes_and_pairs_become_characters() {
        let mut out = String::new();
        push_utf16(&mut out, [0x61, 0xd83d, 0xdc3c, 0xd800, 0x22]);
        assert_eq!(out, "\"a🐼\\ud800\\\"\"");
    }

    #[test]
    fn floats_read_back_and_keep_their_sign() {
        for (value, text) in [(0.1, "0.1"), (-0.0, "-0.0"), (5.0, "5.0")] {
            let mut out = String::new();
            push_float(&mut out, value);
            assert_eq!(out, text);
        }
        let mut out = String::new();
        push_float(&mut out, f64::NEG_INFINITY);
        assert_eq!(out, "\"-Infinity\"");
    }

    #[test]
    fn merging_replaces_keys_and_keeps_order() {
        let entry = |key: &str, value: &str| (Json::string(key), Json::string(value));
        let mut object = JsonObject::from_entries(vec![entry("a", "1"), entry("b", "1")]);
        object.merge(vec![entry("c", "2"), entry("a", "2")]);
        object.insert_if_absent("b", Json::string("ignored"));
        let mut out = String::new();
        object.push_to(&mut out);
        assert_eq!(out, r#"{"a":"2","b":"1","c":"2"}"#);
    }

    proptest! {
        #[test]
        fn any_string_reads_back(text in any::<String>()) {
            let back: String = serde_json::from_str(&written(&text)).unwrap();
            prop_assert_eq!(back, text);
        }

        #[test]
        fn utf16_and_utf8_agree(text in any::<String>()) {
            let mut out = String::new();
            push_utf16(&mut out, text.encode_utf16());
            prop_assert_eq!(out, written(&text));
        }

        #[test]
        fn any_float_reads_back(value in any::<f64>().prop_filter("finite", |v| v.is_finite())) {
            let mut out = String::new();
            push_float(&mut out, value);
            let back: f64 = out.parse().unwrap();
            prop_assert_eq!(back.to_bits(), value.to_bits());
        }

        #[test]
        fn merging_many_keys_equals_merging_few_at_a_time(keys in proptest::collection::vec("[a-f]{1,2}", 0..60)) {
            let entries: Vec<_> = keys.iter().enumerate()
                .map(|(at, key)| (Json::string(key), Json::from_written(at.to_string()))).collect();
            let at_once = JsonObject::from_entries(entries.clone());
            let mut one_by_one = JsonObject::default();
            for entry in entries { one_by_one.merge(vec![entry]); }
            prop_assert_eq!(at_once, one_by_one);
        }
    }
}
