//! Single values, checked the way pydantic checks them and with its words.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use bytes::Bytes;
use pandaprobe_model::patch::Change;
use pandaprobe_model::time::ParseTimeError;
use pandaprobe_model::{RawJson, Timestamp, json};
use serde_json::value::RawValue;

use super::members::Slot;
use super::problems::{At, Problems};
use super::{NOT_A_LIST, Source};
use crate::wire::words::Words;

pub(crate) const REQUIRED: &str = "Field required";
const NOT_A_STRING: &str = "Input should be a valid string";
const NOT_UNICODE: &str =
    "Input should be a valid string, unable to parse raw data as a unicode string";
const HAS_NUL: &str = "String should not contain NUL characters";
const NOT_A_DICTIONARY: &str = "Input should be a valid dictionary";
const NOT_A_TIME: &str = "Input should be a valid datetime";

/// Reads the members of one object and notes what is wrong with them.
pub(crate) struct Reader<'r> {
    pub(crate) source: &'r Source<'r>,
    pub(crate) at: Option<&'r At<'r>>,
    pub(crate) problems: &'r mut Problems,
}

impl Reader<'_> {
    /// Notes that the member `name` is wrong.
    pub(crate) fn wrong(&mut self, name: &str, message: impl Into<Cow<'static, str>>) {
        let at = At::name(self.at, name);
        self.problems.add(Some(&at), message);
    }

    /// Turns a checked value into an option, noting the error.
    fn noted<T>(&mut self, name: &str, checked: Result<T, Cow<'static, str>>) -> Option<T> {
        match checked {
            Ok(value) => Some(value),
            Err(message) => {
                self.wrong(name, message);
                None
            }
        }
    }

    /// The value of a member that must be there.
    fn required<'v>(&mut self, name: &str, slot: Slot<'v>) -> Slot<'v> {
        if slot.is_none() {
            self.wrong(name, REQUIRED);
        }
        slot
    }

    /// A name: 1 to 512 characters, required.
    pub(crate) fn name(&mut self, name: &str, slot: Slot<'_>) -> Option<String> {
        self.text(name, slot, 1..=512)
    }

    /// A text with so many characters, required.
    pub(crate) fn text(
        &mut self,
        name: &str,
        slot: Slot<'_>,
        length: RangeInclusive<usize>,
    ) -> Option<String> {
        let checked = text(self.required(name, slot)?).and_then(|text| {
            if text.is_empty() && !length.contains(&0) {
                return Err("String should have at least 1 character".into());
            }
            at_most(text, *length.end())
        });
        self.noted(name, checked)
    }

    /// A text of any length that may hold NUL, or null.
    pub(crate) fn long_text(&mut self, name: &str, slot: Slot<'_>) -> Option<String> {
        let value = given(slot)?.get();
        let checked = if value.starts_with('"') {
            serde_json::from_str(value).map_err(|_| Cow::Borrowed(NOT_UNICODE))
        } else {
            Err(NOT_A_STRING.into())
        };
        self.noted(name, checked)
    }

    /// A text of at most 255 characters, or null.
    pub(crate) fn short_text(&mut self, name: &str, slot: Slot<'_>) -> Option<String> {
        let checked = text(given(slot)?).and_then(|text| at_most(text, 255));
        self.noted(name, checked)
    }

    /// As [`Reader::short_text`], where a blank one means none.
    pub(crate) fn id_text(&mut self, name: &str, slot: Slot<'_>) -> Option<String> {
        let text = self.short_text(name, slot)?;
        (!text.trim().is_empty()).then_some(text)
    }

    /// One of a few words; null is not one of them.
    pub(crate) fn word<T: Words>(&mut self, name: &str, slot: Slot<'_>) -> Option<T> {
        let word = text(slot?).ok().and_then(|word| T::from_word(&word));
        self.noted(name, word.ok_or_else(|| T::expected().into()))
    }

    /// An id that may be absent, but not null.
    pub(crate) fn id<T>(
        &mut self,
        name: &str,
        slot: Slot<'_>,
        parse: fn(&str) -> Option<T>,
    ) -> Option<T> {
        let checked = id(slot?, parse);
        self.noted(name, checked)
    }

    /// An id that must be there.
    pub(crate) fn required_id<T>(
        &mut self,
        name: &str,
        slot: Slot<'_>,
        parse: fn(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.required(name, slot);
        self.id(name, value, parse)
    }

    /// One to `most` ids.
    pub(crate) fn ids<T>(
        &mut self,
        name: &str,
        slot: Slot<'_>,
        most: usize,
        parse: fn(&str) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.list(name, slot, most, |value| id(value, parse))
    }

    /// One to `most` texts of at most 255 characters each.
    pub(crate) fn short_texts(
        &mut self,
        name: &str,
        slot: Slot<'_>,
        most: usize,
    ) -> Option<Vec<String>> {
        self.list(name, slot, most, |value| at_most(text(value)?, 255))
    }

    fn list<T>(
        &mut self,
        name: &str,
        slot: Slot<'_>,
        most: usize,
        element: impl Fn(&RawValue) -> Result<T, Cow<'static, str>>,
    ) -> Option<Vec<T>> {
        let value = self.required(name, slot)?;
        let Some(elements) = json::elements(value.get().as_bytes()) else {
            self.wrong(name, NOT_A_LIST);
            return None;
        };
        if let Some(message) = wrong_count(elements.len(), most) {
            self.wrong(name, message);
            return None;
        }
        let at = At::name(self.at, name);
        let mut list = Vec::with_capacity(elements.len());
        for (index, value) in elements.into_iter().enumerate() {
            match element(value) {
                Ok(value) => list.push(value),
                Err(message) => self
                    .problems
                    .add(Some(&At::index(Some(&at), index)), message),
            }
        }
        Some(list)
    }

    /// What a command says about a member that null clears, and so does a value
    /// that `read` takes for none.
    pub(crate) fn change<T>(
        &mut self,
        name: &str,
        slot: Slot<'_>,
        read: fn(&mut Self, &str, Slot<'_>) -> Option<T>,
    ) -> Change<T> {
        match slot {
            None => Change::Keep,
            // Of a wrong value the error is noted and nothing will be changed.
            Some(_) => read(self, name, slot).map_or(Change::Clear, Change::Set),
        }
    }

    /// A time, required.
    pub(crate) fn time(&mut self, name: &str, slot: Slot<'_>) -> Option<Timestamp> {
        let checked = time(self.required(name, slot)?);
        self.noted(name, checked)
    }

    /// A time, or null.
    pub(crate) fn optional_time(&mut self, name: &str, slot: Slot<'_>) -> Option<Timestamp> {
        let checked = time(given(slot)?);
        self.noted(name, checked)
    }

    /// Any JSON; null means not given.
    pub(crate) fn any(&mut self, _: &str, slot: Slot<'_>) -> Option<RawJson> {
        given(slot).map(|value| self.source.slice(value))
    }

    /// An object that may be absent, but not null. The empty one says nothing.
    pub(crate) fn object(&mut self, name: &str, slot: Slot<'_>) -> Option<RawJson> {
        let value = slot?;
        if !json::is_object(value.get().as_bytes()) {
            self.wrong(name, NOT_A_DICTIONARY);
            return None;
        }
        let inner = &value.get()[1..value.get().len() - 1];
        let empty = inner.bytes().all(|byte| byte.is_ascii_whitespace());
        (!empty).then(|| self.source.slice(value))
    }

    /// An object, or null.
    pub(crate) fn optional_object(&mut self, name: &str, slot: Slot<'_>) -> Option<RawJson> {
        let value = given(slot)?;
        if !json::is_object(value.get().as_bytes()) {
            self.wrong(name, NOT_A_DICTIONARY);
            return None;
        }
        Some(self.source.slice(value))
    }

    /// A JSON string of any content, kept as JSON, or null.
    pub(crate) fn raw_text(&mut self, name: &str, slot: Slot<'_>) -> Option<RawJson> {
        let value = given(slot)?;
        if !value.get().starts_with('"') {
            self.wrong(name, NOT_A_STRING);
            return None;
        }
        Some(self.source.slice(value))
    }

    /// A list of texts that may be absent, but not null.
    pub(crate) fn texts(&mut self, name: &str, slot: Slot<'_>) -> Vec<String> {
        let Some(value) = slot else {
            return Vec::new();
        };
        let at = At::name(self.at, name);
        let Some(elements) = json::elements(value.get().as_bytes()) else {
            self.problems.add(Some(&at), NOT_A_LIST);
            return Vec::new();
        };
        let mut texts = Vec::with_capacity(elements.len());
        for (index, element) in elements.into_iter().enumerate() {
            match text(element) {
                Ok(text) => texts.push(text.into_owned()),
                Err(message) => self
                    .problems
                    .add(Some(&At::index(Some(&at), index)), message),
            }
        }
        texts
    }

    /// An object of numbers, or null. Numbers as text become numbers, as
    /// pydantic has it; everything else stays as it was sent.
    pub(crate) fn numbers(&mut self, name: &str, slot: Slot<'_>) -> Option<RawJson> {
        let value = given(slot)?;
        let at = At::name(self.at, name);
        let Some(members) = json::members(value.get().as_bytes()) else {
            self.problems.add(Some(&at), NOT_A_DICTIONARY);
            return None;
        };
        let mut changed = false;
        let mut out = vec![b'{'];
        for (key, number) in members {
            let number = match number_text(number) {
                Ok(number) => number,
                Err(message) => {
                    let shown = String::from_utf8_lossy(&key.0);
                    let at = At::name(Some(&at), &shown);
                    self.problems.add(Some(&at), message);
                    continue;
                }
            };
            changed |= matches!(number, Cow::Owned(_));
            if out.len() > 1 {
                out.push(b',');
            }
            key.write(&mut out);
            out.push(b':');
            out.extend_from_slice(number.as_bytes());
        }
        if !changed {
            return Some(self.source.slice(value));
        }
        out.push(b'}');
        Some(RawJson::from_valid(Bytes::from(out)))
    }
}

pub(crate) const NOT_A_UUID: &str = "Input should be a valid UUID";

/// What is wrong with the length of a list of one to `most` items.
pub(crate) fn wrong_count(items: usize, most: usize) -> Option<String> {
    match items {
        0 => Some("List should have at least 1 item after validation, not 0".to_owned()),
        _ if items > most => Some(format!(
            "List should have at most {most} items after validation, not {items}"
        )),
        _ => None,
    }
}

/// The value unless it is absent or null.
pub(super) fn given(slot: Slot<'_>) -> Slot<'_> {
    slot.filter(|value| value.get() != "null")
}

/// The text of a JSON string that can be a Rust string without NUL.
fn text(value: &RawValue) -> Result<Cow<'_, str>, Cow<'static, str>> {
    let json = value.get();
    let Some(inner) = json
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    else {
        return Err(NOT_A_STRING.into());
    };
    if !inner.contains('\\') {
        return Ok(Cow::Borrowed(inner));
    }
    let text: String = serde_json::from_str(json).map_err(|_| Cow::Borrowed(NOT_UNICODE))?;
    if text.contains('\0') {
        return Err(HAS_NUL.into());
    }
    Ok(Cow::Owned(text))
}

fn id<T>(value: &RawValue, parse: fn(&str) -> Option<T>) -> Result<T, Cow<'static, str>> {
    match text(value) {
        Ok(text) => parse(&text).ok_or(NOT_A_UUID.into()),
        Err(_) => Err("UUID input should be a string, bytes or UUID object".into()),
    }
}

fn at_most(text: Cow<'_, str>, most: usize) -> Result<String, Cow<'static, str>> {
    if text.len() > most && text.chars().count() > most {
        return Err(format!("String should have at most {most} characters").into());
    }
    Ok(text.into_owned())
}

fn time(value: &RawValue) -> Result<Timestamp, Cow<'static, str>> {
    let parsed = match value.get().as_bytes() {
        [b'"', ..] => Timestamp::parse(&text(value).map_err(|_| NOT_A_TIME)?),
        [b'-' | b'0'..=b'9', ..] => value
            .get()
            .parse()
            .map_err(|_| ParseTimeError::Syntax)
            .and_then(Timestamp::from_epoch),
        _ => return Err(NOT_A_TIME.into()),
    };
    parsed.map_err(|error| error.to_string().into())
}

/// A number as JSON: as it was sent, or made from text or a boolean.
fn number_text(value: &RawValue) -> Result<Cow<'_, str>, Cow<'static, str>> {
    let json = value.get();
    match json.as_bytes() {
        [b'-' | b'0'..=b'9', ..] => return Ok(Cow::Borrowed(json)),
        b"true" => return Ok(Cow::Owned("1.0".to_owned())),
        b"false" => return Ok(Cow::Owned("0.0".to_owned())),
        [b'"', ..] => {}
        _ => return Err("Input should be a valid number".into()),
    }
    let unreadable = "Input should be a valid number, unable to parse string as a number";
    let text = text(value).map_err(|_| unreadable)?;
    let text = text.trim();
    let number: f64 = text.parse().map_err(|_| unreadable)?;
    if !number.is_finite() {
        return Err("Input should be a finite number".into());
    }
    // Text that is a JSON number as it stands keeps all its digits.
    let exact = serde_json::from_str::<serde_json::Number>(text).is_ok();
    Ok(Cow::Owned(if exact {
        text.to_owned()
    } else {
        format!("{number:?}")
    }))
}
