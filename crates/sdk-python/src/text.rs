//! Names and ids from whatever the host passes.

use std::borrow::Cow;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::guard::only_exception;
use crate::log;

/// The text of a value that should be a `str`: `None` for `None`, `str(value)` for other
/// types, which is warned of once. Lone surrogates become U+FFFD.
///
/// # Errors
/// As [`only_exception`].
pub(crate) fn text_of<'a>(
    value: &'a Bound<'_, PyAny>,
    what: &'static str,
) -> PyResult<Option<Cow<'a, str>>> {
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Some(lossy(text)));
    }
    if value.is_none() {
        return Ok(None);
    }
    let py = value.py();
    let type_name = type_name(value);
    log::warn_once(
        py,
        what,
        &format!("{what} should be a str, not {type_name}; its str() is used"),
    );
    match value.str() {
        Ok(text) => Ok(Some(Cow::Owned(lossy(&text).into_owned()))),
        Err(error) => {
            only_exception(py, error)?;
            Ok(None)
        }
    }
}

/// The text with lone surrogates replaced.
pub(crate) fn lossy<'a>(text: &'a Bound<'_, PyString>) -> Cow<'a, str> {
    match text.to_str() {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(String::from_utf16_lossy(&utf16(text).unwrap_or_default())),
    }
}

/// The text in UTF-16, lone surrogates included.
pub(crate) fn utf16(text: &Bound<'_, PyString>) -> Option<Vec<u16>> {
    // SAFETY: we are attached, the pointer is a live `str`, and both names are C strings.
    let encoded = unsafe {
        let raw = ffi::PyUnicode_AsEncodedString(
            text.as_ptr(),
            c"utf-16-le".as_ptr(),
            c"surrogatepass".as_ptr(),
        );
        Bound::from_owned_ptr_or_err(text.py(), raw)
    };
    let encoded = encoded.ok()?.cast_into::<PyBytes>().ok()?;
    Some(
        encoded
            .as_bytes()
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect(),
    )
}

/// Name of the value's type, for messages.
pub(crate) fn type_name(value: &Bound<'_, PyAny>) -> String {
    value.get_type().name().map_or_else(
        |_| "?".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}
