//! The members of trace and span objects, found in one pass over the body:
//! every value stays a slice of it. Of duplicates the last counts; unknown
//! names are passed over, whatever they hold.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use pandaprobe_model::trace::SpanFragment;

use super::Source;
use super::problems::{At, Problems};
use super::span;

/// A member's value, if the object has it.
pub(crate) type Slot<'a> = Option<&'a RawValue>;

/// The members that are looked for in an object.
pub(super) trait Members<'a>: Default {
    /// Returns the place for the member `name`; `None` if it is not looked for.
    fn slot(&mut self, name: &[u8]) -> Option<&mut Slot<'a>>;
}

macro_rules! members {
    ($(#[$doc:meta])* $name:ident { $($field:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(crate) struct $name<'a> { $(pub(crate) $field: $crate::wire::decode::members::Slot<'a>),+ }

        impl<'a> $name<'a> {
            /// The members' names, for the test against the specification.
            #[cfg(test)]
            pub(crate) const NAMES: &'static [&'static str] = &[$(stringify!($field)),+];
        }

        impl<'a> $crate::wire::decode::members::Members<'a> for $name<'a> {
            fn slot(&mut self, name: &[u8]) -> Option<&mut $crate::wire::decode::members::Slot<'a>> {
                $(if name == stringify!($field).as_bytes() {
                    return Some(&mut self.$field);
                })+
                None
            }
        }
    };
}

pub(super) use members;

members! {
    /// The members of a trace but for its spans.
    TraceMembers {
        trace_id, name, status, input, output, metadata, started_at, ended_at, session_id,
        session_name, session_metadata, user_id, tags, environment, release,
    }
}

members! {
    /// The members of a span.
    SpanMembers {
        span_id, parent_span_id, name, kind, status, input, output, model, token_usage, usage,
        metadata, started_at, ended_at, error, completion_start_time, model_parameters, cost,
    }
}

/// A member's name as bytes: names may hold what Rust strings cannot.
struct Name<'de>(Cow<'de, [u8]>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(bytes)))
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(bytes.to_vec())))
            }
        }
        deserializer.deserialize_bytes(NameVisitor)
    }
}

/// An object of which only members are read.
pub(super) struct Object<M>(pub(super) M);

impl<'de, M: Members<'de>> Deserialize<'de> for Object<M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<M>(M);
        impl<'de, M: Members<'de>> Visitor<'de> for ObjectVisitor<M> {
            type Value = Object<M>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<M>, A::Error> {
                let Self(mut members) = self;
                while let Some(Name(name)) = map.next_key()? {
                    match members.slot(&name) {
                        Some(slot) => *slot = Some(map.next_value()?),
                        None => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(ObjectVisitor(M::default()))
    }
}

/// The spans of a trace, already read, and what was wrong in them.
#[derive(Debug, Default)]
pub(crate) struct Spans {
    pub(crate) good: Vec<SpanFragment>,
    pub(crate) problems: Problems,
}

/// How a trace's `spans` are walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Walk {
    /// In the same pass. A list or span of the wrong type ends the whole pass
    /// with an error, since serde cannot look ahead.
    Straight,
    /// Each span on its own, so that everything that is wrong is found.
    Careful,
}

/// Reads one trace object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TraceSeed<'s> {
    pub(crate) source: &'s Source<'s>,
    pub(crate) walk: Walk,
}

impl<'de> DeserializeSeed<'de> for TraceSeed<'_> {
    type Value = (TraceMembers<'de>, Spans);
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for TraceSeed<'_> {
    type Value = (TraceMembers<'de>, Spans);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a trace")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = TraceMembers::default();
        let mut spans = Spans::default();
        while let Some(Name(name)) = map.next_key()? {
            match members.slot(&name) {
                Some(slot) => *slot = Some(map.next_value()?),
                None if *name == *b"spans" => {
                    spans = match self.walk {
                        Walk::Straight => map.next_value_seed(SpansSeed(self.source))?,
                        Walk::Careful => careful(self.source, map.next_value()?),
                    }
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok((members, spans))
    }
}

struct SpansSeed<'s>(&'s Source<'s>);

impl<'de> DeserializeSeed<'de> for SpansSeed<'_> {
    type Value = Spans;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Spans, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for SpansSeed<'_> {
    type Value = Spans;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of spans")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Spans, A::Error> {
        let mut spans = Spans::default();
        let at = At::name(None, "spans");
        let mut index = 0;
        while let Some(Object(members)) = list.next_element::<Object<SpanMembers<'de>>>()? {
            let span = span::read(
                self.0,
                members,
                &At::index(Some(&at), index),
                &mut spans.problems,
            );
            spans.good.extend(span);
            index += 1;
        }
        Ok(spans)
    }
}

/// Reads spans of which one may not be an object, or which may be no list.
fn careful(source: &Source<'_>, value: &RawValue) -> Spans {
    list(source, value.get(), Some(&At::name(None, "spans")))
}

/// Reads a list of spans that stands at `at`, or is the whole body.
pub(super) fn list(source: &Source<'_>, text: &str, at: Option<&At<'_>>) -> Spans {
    let mut spans = Spans::default();
    let Some(elements) = pandaprobe_model::json::elements(text.as_bytes()) else {
        spans.problems.add(at, super::NOT_A_LIST);
        return spans;
    };
    for (index, element) in elements.into_iter().enumerate() {
        let at = At::index(at, index);
        match serde_json::from_str::<Object<SpanMembers<'_>>>(element.get()) {
            Ok(Object(members)) => {
                let span = span::read(source, members, &at, &mut spans.problems);
                spans.good.extend(span);
            }
            Err(_) => spans.problems.add(Some(&at), super::NOT_AN_OBJECT),
        }
    }
    spans
}
