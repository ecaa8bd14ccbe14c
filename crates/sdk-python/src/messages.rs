//! The message schema, which inputs and outputs should have; a hint, never a condition.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

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

/// Of a dict with a list of `messages`, the last one with one of these roles, in a dict
/// of its own.
pub(crate) enum LastMessage<'py> {
    /// There is no such list.
    NoMessages,
    /// None of them has such a role.
    NoSuchRole,
    /// `{"messages": [message]}`.
    Found(Bound<'py, PyDict>),
}

/// Finds the last message of `dict` with one of `roles`.
pub(crate) fn last_message<'py>(
    dict: &Bound<'py, PyDict>,
    roles: [&str; 2],
) -> PyResult<LastMessage<'py>> {
    let py = dict.py();
    let key = intern!(py, "messages");
    let messages: Vec<Bound<'py, PyAny>> = match item(dict, key) {
        Some(messages) if messages.is_instance_of::<PyList>() => {
            messages.cast_into::<PyList>()?.iter().collect()
        }
        Some(messages) if messages.is_instance_of::<PyTuple>() => {
            messages.cast_into::<PyTuple>()?.iter().collect()
        }
        _ => return Ok(LastMessage::NoMessages),
    };
    let has_role = |message: &&Bound<'py, PyAny>| {
        let role = message
            .cast::<PyDict>()
            .ok()
            .and_then(|message| item(message, intern!(py, "role")));
        role.and_then(|role| role.cast_into::<PyString>().ok())
            .is_some_and(|role| role.to_str().is_ok_and(|role| roles.contains(&role)))
    };
    let Some(message) = messages.iter().rev().find(has_role) else {
        return Ok(LastMessage::NoSuchRole);
    };
    let only = PyDict::new(py);
    only.set_item(key, PyList::new(py, [message])?)?;
    Ok(LastMessage::Found(only))
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
