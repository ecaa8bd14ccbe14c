//! What a Python type is, as far as its JSON form goes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyMapping, PyString, PyType};

/// How values of a type are turned into JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `enum.Enum`: its value.
    Enum,
    /// A dataclass: its fields.
    Dataclass,
    /// An attrs class: its attributes.
    Attrs,
    /// A pydantic model: what the named method gives.
    Pydantic(&'static str),
    /// `isoformat()`.
    IsoTime,
    /// `total_seconds()`.
    Duration,
    /// `str()`.
    Text,
    /// Anything that behaves like a dict.
    Mapping,
    /// A collection that may be walked without being used up.
    Items,
    /// `tobytes()`.
    View,
    /// Anything else: `repr()`.
    Opaque,
}

/// Types remembered; programs that make types all the time start over.
const CACHE_MAX: usize = 1_024;

/// Kinds by the type's address. The type is kept alive, so its address stays its own.
type Cache = HashMap<usize, (Kind, Py<PyType>)>;

static CACHE: Mutex<Option<Cache>> = Mutex::new(None);

/// The kind of `value`'s type.
///
/// # Errors
/// When the type cannot be asked.
pub(crate) fn kind_of(value: &Bound<'_, PyAny>) -> PyResult<Kind> {
    let class = value.get_type();
    let address = class.as_ptr().addr();
    let known = {
        let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
        cache
            .get_or_insert_default()
            .get(&address)
            .map(|(kind, _)| *kind)
    };
    if let Some(kind) = known {
        return Ok(kind);
    }
    let kind = classify(value, &class)?;
    let forgotten = {
        let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
        let cache = cache.get_or_insert_default();
        let forgotten = if cache.len() >= CACHE_MAX {
            std::mem::take(cache)
        } else {
            Cache::new()
        };
        cache.insert(address, (kind, class.unbind()));
        forgotten
    };
    // Freeing types may run Python code, so not under the lock.
    drop(forgotten);
    Ok(kind)
}

fn classify(value: &Bound<'_, PyAny>, class: &Bound<'_, PyType>) -> PyResult<Kind> {
    // Asked of the type: objects that invent attributes (mocks, proxies) must not answer.
    let has = |name: &str| class.hasattr(name).unwrap_or(false);
    if has("__pydantic_validator__") && has("model_dump") {
        return Ok(Kind::Pydantic("model_dump"));
    }
    if has("__fields__") && has("__validators__") && has("dict") {
        return Ok(Kind::Pydantic("dict"));
    }
    if has("__dataclass_fields__") {
        return Ok(Kind::Dataclass);
    }
    if has("__attrs_attrs__") {
        return Ok(Kind::Attrs);
    }
    for base in class.mro().iter() {
        if let Some(kind) = named_kind(&base) {
            return Ok(kind);
        }
    }
    if value.cast::<PyMapping>().is_ok() {
        return Ok(Kind::Mapping);
    }
    Ok(Kind::Opaque)
}

/// By name, so that none of these modules has to be imported.
fn named_kind(base: &Bound<'_, PyAny>) -> Option<Kind> {
    let attribute = |name: &str| base.getattr(name).ok()?.cast_into::<PyString>().ok();
    let module = attribute("__module__")?;
    let name = attribute("__qualname__")?;
    Some(match (module.to_str().ok()?, name.to_str().ok()?) {
        ("enum", "Enum") => Kind::Enum,
        ("datetime", "datetime" | "date" | "time") => Kind::IsoTime,
        ("datetime", "timedelta") => Kind::Duration,
        ("uuid", "UUID")
        | ("decimal", "Decimal")
        | ("fractions", "Fraction")
        | ("pathlib" | "pathlib._local", "PurePath")
        | ("ipaddress", "_IPAddressBase") => Kind::Text,
        ("builtins", "set" | "frozenset" | "dict_keys" | "dict_values")
        | ("collections", "deque") => Kind::Items,
        ("builtins", "memoryview") => Kind::View,
        _ => return None,
    })
}
