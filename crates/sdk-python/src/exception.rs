//! What is recorded of an exception that leaves a block.

use std::fmt::Write;

use pandaprobe_sdk::{ErrorInfo, Json, push_str};
use pyo3::prelude::*;

use crate::guard::only_exception;
use crate::text::{lossy, type_name};

/// Frames kept at each end of a long stack.
const FRAMES_KEPT: usize = 50;
/// Frames that are walked at all: Python's own default recursion limit and some.
const FRAMES_MAX: usize = 2_000;
/// Exceptions of a chain (`raise … from …`) that are told.
const CHAIN_MAX: usize = 5;

/// Message, type and stack of `exception`.
///
/// # Errors
/// As [`only_exception`].
pub(crate) fn describe(exception: &Bound<'_, PyAny>) -> PyResult<ErrorInfo> {
    let type_text = qualified_type(exception);
    let message = match message(exception)? {
        text if text.is_empty() => type_name(exception),
        text => text,
    };
    let mut details = String::from("{\"type\":");
    push_str(&mut details, &type_text);
    details.push_str(",\"stacktrace\":");
    push_str(&mut details, &stack_text(exception)?);
    details.push('}');
    Ok(ErrorInfo {
        message,
        details: Json::from_written(details),
    })
}

/// `str(exception)`, empty if that fails.
fn message(exception: &Bound<'_, PyAny>) -> PyResult<String> {
    match exception.str() {
        Ok(text) => Ok(lossy(&text).into_owned()),
        Err(error) => only_exception(exception.py(), error).map(|_| String::new()),
    }
}

/// `module.Name`, without the module for built-in exceptions.
fn qualified_type(exception: &Bound<'_, PyAny>) -> String {
    let class = exception.get_type();
    let name = class.qualname().map_or_else(
        |_| "?".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    );
    match class.module() {
        Ok(module) if module != "builtins" => format!("{}.{name}", module.to_string_lossy()),
        _ => name,
    }
}

/// The stack in Python's form, causes first, without source lines: reading files is no
/// work for the host's thread.
fn stack_text(exception: &Bound<'_, PyAny>) -> PyResult<String> {
    let mut parts = Vec::new();
    let mut current = Some((exception.clone(), ""));
    while let Some((exception, link)) = current.take() {
        parts.push((single_stack(&exception)?, link));
        if parts.len() < CHAIN_MAX {
            current = cause(&exception);
        }
    }
    let mut out = String::new();
    for (text, link) in parts.into_iter().rev() {
        out.push_str(&text);
        if !link.is_empty() {
            let _ = write!(out, "\n{link}\n\n");
        }
    }
    Ok(out)
}

/// The exception before this one, with the sentence that stands between them.
fn cause<'py>(exception: &Bound<'py, PyAny>) -> Option<(Bound<'py, PyAny>, &'static str)> {
    let attribute = |name: &str| {
        exception
            .getattr(name)
            .ok()
            .filter(|value| !value.is_none())
    };
    if let Some(cause) = attribute("__cause__") {
        return Some((
            cause,
            "The above exception was the direct cause of the following exception:",
        ));
    }
    let suppressed =
        attribute("__suppress_context__").is_some_and(|flag| flag.is_truthy().unwrap_or(true));
    let context = attribute("__context__").filter(|_| !suppressed)?;
    Some((
        context,
        "During handling of the above exception, another exception occurred:",
    ))
}

fn single_stack(exception: &Bound<'_, PyAny>) -> PyResult<String> {
    let mut out = String::new();
    let frames = frames(exception);
    if !frames.is_empty() {
        out.push_str("Traceback (most recent call last):\n");
    }
    for (at, frame) in frames.iter().enumerate() {
        let left_out = frames.len().saturating_sub(2 * FRAMES_KEPT);
        if left_out > 0 && at == FRAMES_KEPT {
            let _ = writeln!(out, "  [{left_out} frames left out]");
        }
        if left_out == 0 || at < FRAMES_KEPT || at >= FRAMES_KEPT + left_out {
            out.push_str(frame);
        }
    }
    out.push_str(&qualified_type(exception));
    let message = message(exception)?;
    if !message.is_empty() {
        let _ = write!(out, ": {message}");
    }
    out.push('\n');
    Ok(out)
}

fn frames(exception: &Bound<'_, PyAny>) -> Vec<String> {
    let mut frames = Vec::new();
    let mut traceback = exception.getattr("__traceback__").ok();
    while let Some(link) = traceback
        .take()
        .filter(|link| !link.is_none() && frames.len() < FRAMES_MAX)
    {
        frames.push(frame_line(&link).unwrap_or_else(|_| "  ?\n".to_owned()));
        traceback = link.getattr("tb_next").ok();
    }
    frames
}

fn frame_line(traceback: &Bound<'_, PyAny>) -> PyResult<String> {
    let code = traceback.getattr("tb_frame")?.getattr("f_code")?;
    let file = code.getattr("co_filename")?;
    let name = code.getattr("co_name")?;
    let line = traceback.getattr("tb_lineno")?;
    Ok(format!("  File \"{file}\", line {line}, in {name}\n"))
}
