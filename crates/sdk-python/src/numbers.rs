//! Token counts and costs: numbers, in whatever shape providers and users have them.

use pandaprobe_sdk::{Json, push_float, push_str};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString};

use crate::text::lossy;
use crate::value::to_json;

/// `{"prompt_tokens": …, "completion_tokens": …, …}`. Whole numbers in any shape become
/// integers; anything else is kept as it is, for the server to count as unusable.
pub(crate) fn token_usage(
    prompt: &Bound<'_, PyAny>,
    completion: &Bound<'_, PyAny>,
    extra: Option<&Bound<'_, PyDict>>,
) -> PyResult<Json> {
    let mut out = String::from("{\"prompt_tokens\":");
    push_count(&mut out, prompt)?;
    out.push_str(",\"completion_tokens\":");
    push_count(&mut out, completion)?;
    for (key, value) in extra.into_iter().flatten() {
        // Providers report what they do not have as None.
        if !value.is_none() {
            push_key(&mut out, &key);
            push_count(&mut out, &value)?;
        }
    }
    out.push('}');
    Ok(Json::from_written(out))
}

/// A count that is missing is zero.
fn push_count(out: &mut String, value: &Bound<'_, PyAny>) -> PyResult<()> {
    if value.is_none() {
        out.push('0');
        return Ok(());
    }
    let whole = whole_number(value);
    match whole {
        Some(whole) => out.push_str(&whole.to_string()),
        None => out.push_str(to_json(value)?.as_str()),
    }
    Ok(())
}

/// `5`, `5.0` and `"5"` are five; `True` is no count.
fn whole_number(value: &Bound<'_, PyAny>) -> Option<i64> {
    if value.is_instance_of::<PyBool>() {
        return None;
    }
    if value.is_instance_of::<PyInt>() {
        return value.extract().ok();
    }
    if let Ok(number) = value.cast::<PyFloat>() {
        let number = number.value();
        let exact = number.fract() == 0.0 && number.abs() < 9e15;
        return exact.then_some(number as i64);
    }
    let text = value.cast::<PyString>().ok()?;
    lossy(text).trim().parse().ok()
}

/// Non-negative counts of disjoint buckets; what is no such count is left out.
pub(crate) fn usage_buckets(buckets: &Bound<'_, PyDict>) -> Json {
    let counts = buckets.iter().filter_map(|(key, value)| {
        let count = whole_number(&value).filter(|count| *count >= 0)?;
        Some((key, count.to_string()))
    });
    number_object(counts)
}

/// A cost and what of it could not be used.
pub(crate) struct Cost {
    /// `{"total": …, …}`, numbers only.
    pub(crate) usable: Json,
    /// The rest, as given.
    pub(crate) unusable: Option<Json>,
}

/// Splits a cost into numbers, which the contract requires, and the rest.
pub(crate) fn cost(total: &Bound<'_, PyAny>, extra: Option<&Bound<'_, PyDict>>) -> PyResult<Cost> {
    let all = PyDict::new(total.py());
    all.set_item("total", total)?;
    if let Some(extra) = extra {
        all.update(extra.as_mapping())?;
    }
    let unusable = PyDict::new(total.py());
    let mut amounts = Vec::new();
    for (key, value) in all.iter() {
        match amount(&value) {
            Some(amount) => {
                let mut text = String::new();
                push_float(&mut text, amount);
                amounts.push((key, text));
            }
            None if value.is_none() => (),
            None => unusable.set_item(key, value)?,
        }
    }
    let usable = number_object(amounts.into_iter());
    let unusable = if unusable.is_empty() {
        None
    } else {
        Some(to_json(unusable.as_any())?)
    };
    Ok(Cost { usable, unusable })
}

fn amount(value: &Bound<'_, PyAny>) -> Option<f64> {
    let number = match value.cast::<PyString>() {
        Ok(text) => lossy(text).trim().parse().ok(),
        Err(_) => value.extract::<f64>().ok(),
    };
    number.filter(|number| number.is_finite())
}

fn number_object<'py>(entries: impl Iterator<Item = (Bound<'py, PyAny>, String)>) -> Json {
    let mut out = String::from("{");
    for (key, number) in entries {
        push_key(&mut out, &key);
        out.push_str(&number);
    }
    out.push('}');
    Json::from_written(out)
}

/// Keyword names are `str`, so no other key can arrive.
fn push_key(out: &mut String, key: &Bound<'_, PyAny>) {
    if !out.ends_with('{') {
        out.push(',');
    }
    push_str(
        out,
        &key.cast::<PyString>().map_or_else(|_| "?".into(), lossy),
    );
    out.push(':');
}
