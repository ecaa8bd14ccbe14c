//! Request bodies → fragments and commands, as lenient and as strict as the HTTP contract:
//! unknown members are passed over, wrong ones all reported at once in
//! pydantic's words. One pass finds the members; payloads stay slices of the
//! body, so no value is copied or taken apart, however deep or large it is.

pub(crate) mod batch;
pub(crate) mod bulk;
pub(crate) mod cli;
pub(crate) mod manage;
mod members;
pub(crate) mod patch;
mod problems;
mod scalar;
pub(crate) mod score;
mod span;
mod trace;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use bytes::Bytes;
use pandaprobe_model::trace::{SpanFragment, TraceFragment};
use pandaprobe_model::{RawJson, TraceId};
use serde_json::value::RawValue;

use crate::errors::FieldError;
use members::{Members, Object};
pub(crate) use problems::LISTED;
use problems::Problems;
use scalar::Reader;
pub(crate) use scalar::{NOT_A_UUID, REQUIRED, wrong_count};

const NOT_A_LIST: &str = "Input should be a valid list";
const NOT_AN_OBJECT: &str = "Input should be a valid dictionary or object to extract fields from";
const NOT_UTF8: &str = "Input should be valid UTF-8";

/// The body that slices are taken of.
#[derive(Debug)]
pub(crate) struct Source<'b>(&'b Bytes);

impl<'b> Source<'b> {
    fn body(&self) -> &'b [u8] {
        self.0
    }

    /// Shares the part of the body that `value` is.
    fn slice(&self, value: &RawValue) -> RawJson {
        RawJson::from_valid(self.0.slice_ref(value.get().as_bytes()))
    }
}

/// What was not accepted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rejected {
    /// The trace's id, if it is one and its id could be read.
    pub(crate) trace_id: Option<TraceId>,
    problems: Problems,
}

impl Rejected {
    fn whole(message: impl Into<Cow<'static, str>>) -> Self {
        let mut problems = Problems::default();
        problems.add(None, message);
        Self {
            trace_id: None,
            problems,
        }
    }

    /// The text is no JSON: the field is the position, as FastAPI has it.
    fn no_json(text: &str, error: &serde_json::Error) -> Self {
        let before: usize = text
            .split_inclusive('\n')
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum();
        let position = (before + error.column().saturating_sub(1)).to_string();
        let mut problems = Problems::default();
        let at = problems::At::name(None, &position);
        problems.add(Some(&at), format!("JSON decode error: {error}"));
        Self {
            trace_id: None,
            problems,
        }
    }

    /// Returns what was wrong, at most `most` errors and a count of the rest.
    pub(crate) fn errors(self, most: usize) -> Vec<FieldError> {
        self.problems.into_list(most)
    }
}

/// The text of a body that is not blank.
fn text_of(body: &Bytes) -> Result<&str, Rejected> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Rejected::whole(REQUIRED));
    }
    std::str::from_utf8(body).map_err(|_| Rejected::whole(NOT_UTF8))
}

/// Reads a body that is one trace.
pub(crate) fn one(body: &Bytes) -> Result<TraceFragment, Rejected> {
    trace::read(&Source(body), text_of(body)?)
}

/// Reads a body that is many traces; see [`batch::read`].
pub(crate) fn many(body: &Bytes, content_type: Option<&str>) -> Result<Vec<batch::Item>, Rejected> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Rejected::whole(REQUIRED));
    }
    batch::read(&Source(body), batch::Form::of(content_type, body))
}

/// Reads a body that is a list of spans, at least one.
pub(crate) fn spans(body: &Bytes) -> Result<Vec<SpanFragment>, Rejected> {
    let text = text_of(body)?;
    if let Err(error) = serde_json::from_str::<&RawValue>(text) {
        return Err(Rejected::no_json(text, &error));
    }
    let members::Spans { good, mut problems } = members::list(&Source(body), text, None);
    if good.is_empty() && problems.is_empty() {
        problems.add(None, wrong_count(0, usize::MAX).unwrap_or_default());
    }
    if problems.is_empty() {
        return Ok(good);
    }
    Err(Rejected {
        trace_id: None,
        problems,
    })
}

/// Reads a body that is one object with the members `M`; `read` notes what is
/// wrong with them.
fn object<'b, M: Members<'b>, T>(
    body: &'b Bytes,
    read: impl FnOnce(&mut Reader<'_>, M) -> Option<T>,
) -> Result<T, Rejected> {
    let text = text_of(body)?;
    let Object(members) =
        serde_json::from_str(text).map_err(|_| match serde_json::from_str::<&RawValue>(text) {
            Err(error) => Rejected::no_json(text, &error),
            Ok(_) => Rejected::whole(NOT_AN_OBJECT),
        })?;
    let mut problems = Problems::default();
    let mut reader = Reader {
        source: &Source(body),
        at: None,
        problems: &mut problems,
    };
    match read(&mut reader, members) {
        Some(value) if problems.is_empty() => Ok(value),
        _ => Err(Rejected {
            trace_id: None,
            problems,
        }),
    }
}
