//! The message schema, which inputs and outputs should have; a hint, never a condition.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use crate::log;

/// Logs a warning if `value` is not `None` and not
/// `{"messages": [{"role": str, "content": str | list | None, ...}, ...]}`.
pub(crate) fn warn_if_invalid(value: &Bound<'_, PyAny>, what: &str) {
    if let Some(problem) = problem(value) {
        log::warn(
            value.py(),
            &format!(
                "{what}: {problem}; expected {{\"messages\": [{{\"role\": ..., \"content\": ...}}]}}, recorded as given"
            ),
        );
    }
}

fn problem(value: &Bound<'_, PyAny>) -> Option<&'static str> {
    if value.is_none() {
        return None;
    }
    let Ok(dict) = value.cast::<PyDict>() else {
        return Some("not a dict");
    };
    let Some(messages) = item(dict, intern!(dict.py(), "messages")) else {
        return Some("no key \"messages\"");
    };
    let Ok(messages) = messages.cast_into::<PyList>() else {
        return Some("\"messages\" is not a list");
    };
    messages
        .iter()
        .find_map(|message| message_problem(&message))
}

fn message_problem(message: &Bound<'_, PyAny>) -> Option<&'static str> {
    let Ok(message) = message.cast::<PyDict>() else {
        return Some("a message is not a dict");
    };
    if !item(message, intern!(message.py(), "role"))
        .is_some_and(|role| role.is_instance_of::<PyString>())
    {
        return Some("a message has no \"role\" of type str");
    }
    let content = item(message, intern!(message.py(), "content"))?;
    let valid = content.is_none()
        || content.is_instance_of::<PyString>()
        || content.is_instance_of::<PyList>();
    (!valid).then_some("a message's \"content\" is not a str, list or None")
}

fn item<'py>(dict: &Bound<'py, PyDict>, key: &Bound<'py, PyString>) -> Option<Bound<'py, PyAny>> {
    dict.get_item(key).ok().flatten()
}
