//! How ids, times and carried JSON look on the wire.

use std::borrow::Cow;
use std::fmt::Display;

use pandaprobe_model::{RawJson, Timestamp};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::{PartialSchema, ToSchema};

/// An id in the lower-case hyphenated UUID form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Id<T>(pub(crate) T);

impl<T: Display> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<T> PartialSchema for Id<T> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
            .into()
    }
}

impl<T> ToSchema for Id<T> {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Id")
    }
}

pub(crate) type TraceIdText = Id<pandaprobe_model::TraceId>;
pub(crate) type SpanIdText = Id<pandaprobe_model::SpanId>;
pub(crate) type UuidText = Id<uuid::Uuid>;

/// A time as Python's `isoformat` prints it for UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some(
                "ISO 8601 in UTC with `+00:00`; six digits of microseconds unless they are zero.",
            ))
            .examples(["2026-01-02T03:04:05.678901+00:00"])
            .into()
    }
}

impl ToSchema for Time {}

/// Any JSON, embedded exactly as it was sent; `null` when nothing was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AnyJson(pub(crate) Option<RawJson>);

impl Serialize for AnyJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        raw(self.0.as_ref()).serialize(serializer)
    }
}

impl PartialSchema for AnyJson {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::AnyValue)
            .description(Some("Any JSON, exactly as it was sent."))
            .into()
    }
}

impl ToSchema for AnyJson {}

/// A JSON object, embedded exactly as it was sent; `{}` when nothing was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonObject(pub(crate) Option<RawJson>);

impl Serialize for JsonObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(object) => raw(Some(object)).serialize(serializer),
            None => serde::ser::SerializeMap::end(serializer.serialize_map(Some(0))?),
        }
    }
}

impl PartialSchema for JsonObject {
    fn schema() -> RefOr<Schema> {
        let any = ObjectBuilder::new().schema_type(SchemaType::AnyValue);
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .additional_properties(Some(AdditionalProperties::RefOr(any.into())))
            .description(Some("A JSON object, exactly as it was sent."))
            .into()
    }
}

impl ToSchema for JsonObject {}

/// A JSON string, embedded as it was sent: it may hold what Rust strings cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonText(pub(crate) RawJson);

impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        raw(Some(&self.0)).serialize(serializer)
    }
}

/// The value for embedding: its text is copied, never taken apart. What was
/// damaged in the store becomes `null` rather than a broken answer.
fn raw(json: Option<&RawJson>) -> &RawValue {
    json.and_then(|json| serde_json::from_str(json.as_str()).ok())
        .unwrap_or(RawValue::NULL)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<T: Serialize>(value: T) -> String {
        serde_json::to_string(&value).unwrap()
    }

    #[test]
    fn payloads_come_out_as_they_came_in() {
        for json in [
            r#"{ "a" : 1.0 }"#,
            r#""\ud800\u0000""#,
            "1180591620717411303424",
        ] {
            assert_eq!(text(AnyJson(RawJson::parse(json))), json);
        }
        assert_eq!(text(AnyJson(None)), "null");
        assert_eq!(text(JsonObject(None)), "{}");
        assert_eq!(text(JsonObject(RawJson::parse(r#"{"a":1}"#))), r#"{"a":1}"#);
    }

    #[test]
    fn times_have_the_contracts_form() {
        assert_eq!(text(Time(Timestamp(0))), r#""1970-01-01T00:00:00+00:00""#);
    }
}
