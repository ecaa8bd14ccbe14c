//! Python objects to JSON, at the call: what the host changes later does not show.
//!
//! Never fails and never costs more than the limits below allow; what is over a limit is
//! replaced by a text that says so.

use std::cell::Cell;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use pandaprobe_sdk::{Json, push_float, push_str, push_utf16};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple,
};

use crate::dicts::items;
use crate::guard::only_exception;
use crate::kinds::{Kind, kind_of};
use crate::log;
use crate::text::{lossy, type_name, utf16};

/// Deepest nesting kept. With the record around it stays below the 128 levels that JSON
/// parsers commonly allow.
const DEPTH_MAX: usize = 100;
/// Most values (of lists, dicts, …) kept of one object.
pub(crate) const VALUES_MAX: usize = 1_000_000;
/// Most bytes of JSON kept of one object: half of what a server takes in one request.
const BYTES_MAX: usize = 32 << 20;
/// Longest `repr()` kept, in bytes.
const REPR_MAX: usize = 20_000;
/// Longest integer kept as a number, in bits: Python's own limit of 4,300 digits.
const NUMBER_BITS_MAX: usize = 14_000;
/// Longest integer kept at all (as a hexadecimal text), in bits.
const INT_BITS_MAX: usize = 1 << 24;

/// The JSON form of `value`.
///
/// # Errors
/// Only exceptions that are no `Exception` and were raised by the value's own code.
pub(crate) fn to_json(value: &Bound<'_, PyAny>) -> PyResult<Json> {
    let mut writer = Writer::new();
    writer.value(value)?;
    Ok(writer.finish(value.py()))
}

/// A dict's key as JSON: a string, whatever its type.
pub(crate) fn key_json(key: &Bound<'_, PyAny>) -> PyResult<Json> {
    let mut writer = Writer::new();
    writer.key(key)?;
    Ok(writer.finish(key.py()))
}

/// As [`to_json`], but `None` for `None`.
pub(crate) fn to_optional_json(value: &Bound<'_, PyAny>) -> PyResult<Option<Json>> {
    if value.is_none() {
        Ok(None)
    } else {
        to_json(value).map(Some)
    }
}

/// The JSON form of a value that should be a dict; others become `{"value": …}`.
pub(crate) fn object_json(value: &Bound<'_, PyAny>) -> PyResult<Json> {
    let json = to_json(value)?;
    if json.as_str().starts_with('{') {
        return Ok(json);
    }
    Ok(Json::from_written(format!(
        "{{\"value\":{}}}",
        json.as_str()
    )))
}

/// `repr(value)`, within limits and whatever happens in it.
///
/// # Errors
/// As [`to_json`].
pub(crate) fn repr_json(value: &Bound<'_, PyAny>) -> PyResult<Json> {
    let mut writer = Writer::new();
    writer.repr(value)?;
    Ok(writer.finish(value.py()))
}

struct Writer {
    out: String,
    values: usize,
    /// Addresses of the containers around the current value.
    path: Vec<usize>,
    cut: bool,
}

thread_local! {
    /// Buffers of the last conversion on this thread, so that the next one need not grow
    /// its own. Taken while in use: a value's own code may convert values too.
    static SCRATCH: Cell<Option<(String, Vec<usize>)>> = const { Cell::new(None) };
}

/// Larger buffers are given back to the system.
const SCRATCH_MAX: usize = 1 << 20;

impl Writer {
    fn new() -> Self {
        let (out, path) = SCRATCH.take().unwrap_or_default();
        Self {
            out,
            values: 0,
            path,
            cut: false,
        }
    }

    fn finish(mut self, py: Python<'_>) -> Json {
        if self.cut {
            log::warn_once(
                py,
                "cut",
                "a recorded value was too large or too deep and was cut",
            );
        }
        if self.out.capacity() > SCRATCH_MAX {
            return Json::from_written(self.out);
        }
        let json = Json::copied(&self.out);
        self.out.clear();
        self.path.clear();
        SCRATCH.set(Some((self.out, self.path)));
        json
    }

    fn is_full(&self) -> bool {
        self.values >= VALUES_MAX || self.out.len() >= BYTES_MAX
    }

    fn value(&mut self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.values += 1;
        if let Ok(text) = value.cast_exact::<PyString>() {
            self.string(text);
        } else if let Ok(dict) = value.cast_exact::<PyDict>() {
            return self.nested(value, |writer| writer.dict(dict));
        } else if let Ok(list) = value.cast_exact::<PyList>() {
            return self.nested(value, |writer| writer.list(list.iter()));
        } else if value.is_none() {
            self.out.push_str("null");
        } else if let Ok(flag) = value.cast_exact::<PyBool>() {
            self.out
                .push_str(if flag.is_true() { "true" } else { "false" });
        } else if let Ok(number) = value.cast_exact::<PyInt>() {
            self.int(number);
        } else if let Ok(number) = value.cast_exact::<PyFloat>() {
            push_float(&mut self.out, number.value());
        } else if let Ok(tuple) = value.cast_exact::<PyTuple>() {
            return self.nested(value, |writer| writer.list(tuple.iter()));
        } else {
            return self.other(value);
        }
        Ok(())
    }

    /// Subclasses of the plain types count as these; everything else by its kind.
    fn other(&mut self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if let Ok(text) = value.cast::<PyString>() {
            self.string(text);
            Ok(())
        } else if let Ok(number) = value.cast::<PyInt>() {
            self.int(number);
            Ok(())
        } else if let Ok(number) = value.cast::<PyFloat>() {
            push_float(&mut self.out, number.value());
            Ok(())
        } else if let Ok(bytes) = value.cast::<PyBytes>() {
            self.bytes(bytes.as_bytes());
            Ok(())
        } else if let Ok(bytes) = value.cast::<PyByteArray>() {
            self.bytes(&bytes.to_vec());
            Ok(())
        } else if let Ok(dict) = value.cast::<PyDict>() {
            self.nested(value, |writer| writer.dict(dict))
        } else if let Ok(list) = value.cast::<PyList>() {
            self.nested(value, |writer| writer.list(list.iter()))
        } else if let Ok(tuple) = value.cast::<PyTuple>() {
            self.nested(value, |writer| writer.list(tuple.iter()))
        } else {
            self.by_kind(value)
        }
    }

    fn by_kind(&mut self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let before = self.out.len();
        let depth = self.path.len();
        let result = kind_of(value)
            .and_then(|kind| self.nested(value, |writer| writer.of_kind(value, kind)));
        let Err(error) = result else { return Ok(()) };
        only_exception(value.py(), error)?;
        // What the value's own code left unfinished is taken back.
        self.out.truncate(before);
        self.path.truncate(depth);
        self.repr(value)
    }

    fn of_kind(&mut self, value: &Bound<'_, PyAny>, kind: Kind) -> PyResult<()> {
        match kind {
            Kind::Enum => self.value(&value.getattr("value")?),
            Kind::Pydantic(method) => self.value(&value.call_method0(method)?),
            Kind::Dataclass => {
                let fields = value
                    .py()
                    .import("dataclasses")?
                    .call_method1("fields", (value,))?;
                self.attributes(value, &fields)
            }
            Kind::Attrs => self.attributes(value, &value.get_type().getattr("__attrs_attrs__")?),
            Kind::IsoTime => self.text(&value.call_method0("isoformat")?),
            Kind::Duration => self.value(&value.call_method0("total_seconds")?),
            Kind::Text => self.text(value.str()?.as_any()),
            Kind::Mapping => {
                let items = value.cast::<PyMapping>()?.items()?;
                let pairs: Vec<_> = items
                    .iter()
                    .map(|item| item.extract())
                    .collect::<PyResult<_>>()?;
                self.pairs(pairs)
            }
            Kind::Items => {
                // One more than is kept, so that the cut shows.
                let items: Vec<_> = value
                    .try_iter()?
                    .take(VALUES_MAX + 1)
                    .collect::<PyResult<_>>()?;
                self.list(items.into_iter())
            }
            Kind::View => {
                let bytes = value.call_method0("tobytes")?;
                self.bytes(bytes.cast::<PyBytes>()?.as_bytes());
                Ok(())
            }
            Kind::Opaque => self.repr(value),
        }
    }

    /// Runs `write` for a value that may hold others, unless that leads nowhere.
    fn nested(
        &mut self,
        value: &Bound<'_, PyAny>,
        write: impl FnOnce(&mut Self) -> PyResult<()>,
    ) -> PyResult<()> {
        let address = value.as_ptr().addr();
        if self.path.contains(&address) {
            push_str(&mut self.out, "<cycle>");
            return Ok(());
        }
        if self.path.len() >= DEPTH_MAX {
            self.cut = true;
            push_str(&mut self.out, "<nested too deeply>");
            return Ok(());
        }
        self.path.push(address);
        let result = write(self);
        self.path.pop();
        result
    }

    fn dict(&mut self, dict: &Bound<'_, PyDict>) -> PyResult<()> {
        self.pairs(items(dict))
    }

    fn pairs(&mut self, pairs: Vec<(Bound<'_, PyAny>, Bound<'_, PyAny>)>) -> PyResult<()> {
        self.out.push('{');
        for (at, (key, value)) in pairs.into_iter().enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            if self.is_full() {
                self.cut = true;
                self.out.push_str("\"…\":\"<too large>\"");
                break;
            }
            self.key(&key)?;
            self.out.push(':');
            self.value(&value)?;
        }
        self.out.push('}');
        Ok(())
    }

    fn list<'py>(&mut self, items: impl Iterator<Item = Bound<'py, PyAny>>) -> PyResult<()> {
        self.out.push('[');
        for (at, item) in items.enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            if self.is_full() {
                self.cut = true;
                self.out.push_str("\"<too large>\"");
                break;
            }
            self.value(&item)?;
        }
        self.out.push(']');
        Ok(())
    }

    /// An object of the attributes that `fields` name.
    fn attributes(&mut self, value: &Bound<'_, PyAny>, fields: &Bound<'_, PyAny>) -> PyResult<()> {
        let mut pairs = Vec::new();
        for field in fields.try_iter()? {
            let name = field?.getattr("name")?;
            let attribute = value.getattr(name.cast::<PyString>()?)?;
            pairs.push((name, attribute));
        }
        self.pairs(pairs)
    }

    /// A dict's key as a JSON string: `str(key)` for what is no `str`.
    fn key(&mut self, key: &Bound<'_, PyAny>) -> PyResult<()> {
        if let Ok(text) = key.cast::<PyString>() {
            self.string(text);
            return Ok(());
        }
        match key.str() {
            Ok(text) => self.string(&text),
            Err(error) => {
                only_exception(key.py(), error)?;
                push_str(&mut self.out, &unprintable(key));
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &Bound<'_, PyAny>) -> PyResult<()> {
        self.string(text.cast::<PyString>()?);
        Ok(())
    }

    fn string(&mut self, text: &Bound<'_, PyString>) {
        match text.to_str() {
            Ok(utf8) => self.bounded_str(utf8, BYTES_MAX),
            // Only lone surrogates cannot be UTF-8.
            Err(_) => match utf16(text) {
                Some(units) => push_utf16(&mut self.out, units.into_iter().take(BYTES_MAX / 6)),
                None => push_str(&mut self.out, &lossy(text)),
            },
        }
    }

    fn bounded_str(&mut self, text: &str, max: usize) {
        let left = max.min(BYTES_MAX.saturating_sub(self.out.len()));
        if text.len() <= left {
            push_str(&mut self.out, text);
            return;
        }
        self.cut = true;
        let boundary = (0..=left)
            .rev()
            .find(|&at| text.is_char_boundary(at))
            .unwrap_or(0);
        let kept = &text[..boundary];
        push_str(
            &mut self.out,
            &format!("{kept}… <{} bytes left out>", text.len() - kept.len()),
        );
    }

    fn int(&mut self, number: &Bound<'_, PyInt>) {
        let mut overflow = 0;
        // SAFETY: we are attached and the pointer is a live `int`, for which this call
        // neither fails nor runs Python code.
        let small =
            unsafe { ffi::PyLong_AsLongLongAndOverflow(number.as_ptr(), &raw mut overflow) };
        if overflow == 0 {
            use std::fmt::Write;
            let _ = write!(self.out, "{small}");
        } else {
            self.big_int(number);
        }
    }

    /// Exact at any size that has a sensible cost: as a number, above Python's limit for
    /// decimal digits as a hexadecimal text.
    fn big_int(&mut self, number: &Bound<'_, PyInt>) {
        let bits = int_bits(number);
        if bits <= NUMBER_BITS_MAX
            && let Some(decimal) = in_base(number, 10)
        {
            self.out.push_str(&decimal);
        } else if let Some(hexadecimal) = in_base(number, 16).filter(|_| bits <= INT_BITS_MAX) {
            push_str(&mut self.out, &hexadecimal);
        } else {
            self.cut = true;
            push_str(&mut self.out, &format!("<int of {bits} bits>"));
        }
    }

    /// Text if it is UTF-8, else a data URI.
    fn bytes(&mut self, bytes: &[u8]) {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.bounded_str(text, BYTES_MAX),
            Err(_) if bytes.len() > BYTES_MAX / 2 => {
                self.cut = true;
                push_str(&mut self.out, &format!("<{} bytes>", bytes.len()));
            }
            Err(_) => {
                self.out.push_str("\"data:application/octet-stream;base64,");
                BASE64.encode_string(bytes, &mut self.out);
                self.out.push('"');
            }
        }
    }

    fn repr(&mut self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        match value.repr() {
            Ok(text) => self.bounded_str(&lossy(&text), REPR_MAX),
            Err(error) => {
                only_exception(value.py(), error)?;
                push_str(&mut self.out, &unprintable(value));
            }
        }
        Ok(())
    }
}

fn unprintable(value: &Bound<'_, PyAny>) -> String {
    format!("<{} that cannot be printed>", type_name(value))
}

/// The digits of `int` itself, whatever a subclass prints. `None` if Python refuses.
fn in_base(number: &Bound<'_, PyInt>, base: i32) -> Option<String> {
    // SAFETY: we are attached and the pointer is a live `int`.
    let digits = unsafe {
        let raw = ffi::PyNumber_ToBase(number.as_ptr(), base);
        Bound::from_owned_ptr_or_err(number.py(), raw)
    };
    Some(digits.ok()?.to_string())
}

fn int_bits(number: &Bound<'_, PyInt>) -> usize {
    let class = number.py().get_type::<PyInt>();
    let bits = class
        .call_method1("bit_length", (number,))
        .and_then(|bits| bits.extract());
    bits.unwrap_or(usize::MAX)
}
