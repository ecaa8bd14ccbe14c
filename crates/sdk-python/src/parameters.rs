//! A function's parameters, and a call's arguments by their names.

use pandaprobe_sdk::{Json, push_str};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use crate::value::{repr_json, to_json};

/// How a parameter takes arguments, numbered as `inspect.Parameter.kind` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    PositionalOnly,
    Plain,
    VarPositional,
    KeywordOnly,
    VarKeyword,
}

struct Parameter {
    name: Py<PyString>,
    /// `"name":`
    key: String,
    kind: Kind,
    default: Option<Py<PyAny>>,
    /// `self` or `cls`, of which only the `repr()` is of interest.
    is_receiver: bool,
}

/// Name, kind, and the default or nothing.
pub(crate) type GivenParameter<'py> = (Bound<'py, PyString>, u8, Bound<'py, PyTuple>);

/// The parameters of a function in the order of its signature.
pub(crate) struct Parameters {
    all: Vec<Parameter>,
    /// Which of them is called `messages`.
    messages: Option<usize>,
}

/// A call's arguments by parameter.
type Bindings<'py> = Vec<Bound<'py, PyAny>>;

impl Parameters {
    /// From what `inspect` says of them.
    pub(crate) fn new(given: Vec<GivenParameter<'_>>) -> PyResult<Self> {
        let mut parameters = Vec::with_capacity(given.len());
        let mut messages = None;
        for (at, (name, kind, defaults)) in given.into_iter().enumerate() {
            let text = name.to_string_lossy();
            if text == "messages" {
                messages = Some(at);
            }
            let mut key = String::new();
            push_str(&mut key, &text);
            key.push(':');
            parameters.push(Parameter {
                key,
                kind: match kind {
                    0 => Kind::PositionalOnly,
                    1 => Kind::Plain,
                    2 => Kind::VarPositional,
                    3 => Kind::KeywordOnly,
                    4 => Kind::VarKeyword,
                    _ => return Err(PyValueError::new_err("unknown kind of parameter")),
                },
                default: defaults.iter().next().map(Bound::unbind),
                is_receiver: at == 0 && (text == "self" || text == "cls"),
                name: name.unbind(),
            });
        }
        Ok(Self {
            all: parameters,
            messages,
        })
    }

    /// The arguments as a JSON object: defaults applied, `*args` as a list, `**kwargs` as
    /// an object under its name. `{"args": […], "kwargs": {…}}` for arguments that do not
    /// fit, which the call will find out for itself.
    pub(crate) fn to_json(
        &self,
        args: &Bound<'_, PyTuple>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Json> {
        let Some(values) = self.bind(args, kwargs)? else {
            return unbound(args, kwargs);
        };
        let mut out = String::from("{");
        for (at, (parameter, value)) in self.all.iter().zip(&values).enumerate() {
            if at > 0 {
                out.push(',');
            }
            out.push_str(&parameter.key);
            let json = if parameter.is_receiver {
                repr_json(value)?
            } else {
                to_json(value)?
            };
            out.push_str(json.as_str());
        }
        out.push('}');
        Ok(Json::from_written(out))
    }

    /// The value of the parameter `messages` in this call, if there is one.
    pub(crate) fn messages<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(at) = self.messages else {
            return Ok(None);
        };
        let values = self.bind(args, kwargs)?;
        Ok(values.and_then(|values| values.into_iter().nth(at)))
    }

    /// One value for each parameter, or `None` if the arguments do not fit.
    fn bind<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Option<Bindings<'py>>> {
        let py = args.py();
        let mut values = Vec::with_capacity(self.all.len());
        let (mut next, mut used) = (0, 0);
        for parameter in &self.all {
            let value = match parameter.kind {
                Kind::VarPositional => {
                    let rest = args.get_slice(next, args.len());
                    next = args.len();
                    rest.into_any()
                }
                // Filled below, when it is known what the others take.
                Kind::VarKeyword => PyDict::new(py).into_any(),
                kind => {
                    let by_position = kind != Kind::KeywordOnly && next < args.len();
                    let by_name = match kwargs.filter(|_| kind != Kind::PositionalOnly) {
                        Some(kwargs) => kwargs.get_item(parameter.name.bind(py))?,
                        None => None,
                    };
                    used += usize::from(by_name.is_some());
                    match (by_position, by_name, &parameter.default) {
                        (true, None, _) => {
                            next += 1;
                            args.get_item(next - 1)?
                        }
                        (false, Some(value), _) => value,
                        (false, None, Some(default)) => default.bind(py).clone(),
                        // Given twice or not at all.
                        _ => return Ok(None),
                    }
                }
            };
            values.push(value);
        }
        let left = kwargs.map_or(0, |kwargs| kwargs.len()) - used;
        if next < args.len() || (left > 0 && !self.collect_rest(kwargs, &values)?) {
            return Ok(None);
        }
        Ok(Some(values))
    }

    /// Puts the keywords that no parameter takes into `**kwargs`, if there is one.
    fn collect_rest<'py>(
        &self,
        kwargs: Option<&Bound<'py, PyDict>>,
        values: &Bindings<'py>,
    ) -> PyResult<bool> {
        let rest = self
            .all
            .iter()
            .zip(values)
            .find(|(parameter, _)| parameter.kind == Kind::VarKeyword);
        let Some((_, rest)) = rest else {
            return Ok(false);
        };
        let rest = rest.cast::<PyDict>()?;
        for (key, value) in kwargs.into_iter().flatten() {
            if !self.takes_by_name(&key)? {
                rest.set_item(key, value)?;
            }
        }
        Ok(true)
    }

    fn takes_by_name(&self, key: &Bound<'_, PyAny>) -> PyResult<bool> {
        for parameter in &self.all {
            let by_name = matches!(parameter.kind, Kind::Plain | Kind::KeywordOnly);
            if by_name && key.eq(parameter.name.bind(key.py()))? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// What is recorded of arguments without parameters to name them:
/// `{"args": […], "kwargs": {…}}`.
pub(crate) fn unbound(
    args: &Bound<'_, PyTuple>,
    kwargs: Option<&Bound<'_, PyDict>>,
) -> PyResult<Json> {
    let py = args.py();
    let both = PyDict::new(py);
    both.set_item("args", PyList::new(py, args.iter())?)?;
    match kwargs {
        Some(kwargs) => both.set_item("kwargs", kwargs)?,
        None => both.set_item("kwargs", PyDict::new(py))?,
    }
    to_json(both.as_any())
}
