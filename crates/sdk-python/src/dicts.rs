//! Dicts, and what behaves like them, item by item.

use pandaprobe_sdk::Json;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::guard::only_exception;
use crate::kinds::{Kind, kind_of};
use crate::value::{VALUES_MAX, key_json, to_json};

/// The entries of a value that should be a dict, to be merged key by key.
pub(crate) fn entries(value: &Bound<'_, PyAny>) -> PyResult<Vec<(Json, Json)>> {
    if value.is_none() {
        return Ok(Vec::new());
    }
    let Some(dict) = as_dict(value)? else {
        return Ok(vec![(Json::string("value"), to_json(value)?)]);
    };
    let mut entries = Vec::with_capacity(dict.len());
    for (key, value) in items(&dict) {
        entries.push((key_json(&key)?, to_json(&value)?));
    }
    Ok(entries)
}

fn as_dict<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
    if let Ok(dict) = value.cast::<PyDict>() {
        return Ok(Some(dict.clone()));
    }
    let dict = PyDict::new(value.py());
    let copied = kind_of(value).and_then(|kind| match kind {
        Kind::Mapping => dict.as_any().call_method1("update", (value,)).map(|_| true),
        _ => Ok(false),
    });
    match copied {
        Ok(copied) => Ok(copied.then_some(dict)),
        Err(error) => only_exception(value.py(), error).map(|_| None),
    }
}

/// The dict's items. A copy is walked where Python code could change the dict meanwhile.
pub(crate) fn items<'py>(dict: &Bound<'py, PyDict>) -> Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let mut items = Vec::with_capacity(dict.len());
    let mut position = 0;
    let mut key = std::ptr::null_mut();
    let mut value = std::ptr::null_mut();
    // SAFETY: we are attached (the Bound proves it); `PyDict_Next` checks the position
    // against the table as it is, and no Python code runs between two calls, because
    // taking references runs none. The borrowed pointers are turned into owned ones
    // before anything else happens.
    unsafe {
        while items.len() <= VALUES_MAX
            && ffi::PyDict_Next(
                dict.as_ptr(),
                &raw mut position,
                &raw mut key,
                &raw mut value,
            ) != 0
        {
            let owned = |object| Bound::from_borrowed_ptr(dict.py(), object);
            items.push((owned(key), owned(value)));
        }
    }
    items
}
