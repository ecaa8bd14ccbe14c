//! Request bodies → fragments, as lenient and as strict as the HTTP contract:
//! unknown members are passed over, wrong ones all reported at once in
//! pydantic's words. One pass finds the members; payloads stay slices of the
//! body, so no value is copied or taken apart, however deep or large it is.

pub(crate) mod batch;
mod members;
mod problems;
mod scalar;
mod span;
mod trace;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use bytes::Bytes;
use pandaprobe_model::trace::TraceFragment;
use pandaprobe_model::{RawJson, TraceId};
use serde_json::value::RawValue;

use crate::errors::FieldError;
pub(crate) use problems::LISTED;
use problems::Problems;
pub(crate) use scalar::{NOT_A_UUID, REQUIRED};

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

/// A trace that was not accepted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rejected {
    /// Its id, if that could be read.
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

/// Reads a body that is one trace.
pub(crate) fn one(body: &Bytes) -> Result<TraceFragment, Rejected> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Rejected::whole(REQUIRED));
    }
    let text = std::str::from_utf8(body).map_err(|_| Rejected::whole(NOT_UTF8))?;
    trace::read(&Source(body), text)
}

/// Reads a body that is many traces; see [`batch::read`].
pub(crate) fn many(body: &Bytes, content_type: Option<&str>) -> Result<Vec<batch::Item>, Rejected> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Rejected::whole(REQUIRED));
    }
    batch::read(&Source(body), batch::Form::of(content_type, body))
}
