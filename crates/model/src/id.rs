//! Identifiers. Traces and spans carry 128 bits; the API prints them as UUIDs,
//! OpenTelemetry views as hex, and look-ups take both.

use std::fmt;

use thiserror::Error;

/// The text is neither a UUID nor an OpenTelemetry hex id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a valid UUID")]
pub struct ParseIdError;

macro_rules! id128 {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u128);

        impl $name {
            /// Returns the id as 16 big-endian bytes, the form in which it is stored.
            pub fn to_bytes(self) -> [u8; 16] {
                self.0.to_be_bytes()
            }

            /// Reads the stored form; `None` unless there are exactly 16 bytes.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                Some(Self(u128::from_be_bytes(bytes.try_into().ok()?)))
            }

            /// Returns a new random id (UUID version 4).
            pub fn random() -> Self {
                Self(uuid::Uuid::new_v4().as_u128())
            }
        }

        impl fmt::Display for $name {
            /// Prints the lower-case hyphenated UUID form.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                uuid::Uuid::from_u128(self.0).hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    };
}

id128! {
    /// Identifies a trace within its project.
    TraceId
}

id128! {
    /// Identifies a span within its trace.
    SpanId
}

impl TraceId {
    /// Parses any UUID form (hyphenated, bare 32 hex digits, urn, braced).
    ///
    /// # Errors
    /// [`ParseIdError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, ParseIdError> {
        parse_uuid(text).map(Self)
    }
}

impl SpanId {
    /// Parses any UUID form, or the 16 hex digits of an OpenTelemetry span id,
    /// which stand for the 128-bit id with zeros in front.
    ///
    /// # Errors
    /// [`ParseIdError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, ParseIdError> {
        if text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return u64::from_str_radix(text, 16)
                .map(|id| Self(u128::from(id)))
                .map_err(|_| ParseIdError);
        }
        parse_uuid(text).map(Self)
    }
}

fn parse_uuid(text: &str) -> Result<u128, ParseIdError> {
    uuid::Uuid::try_parse(text)
        .map(|uuid| uuid.as_u128())
        .map_err(|_| ParseIdError)
}

/// Names a project inside one store; never shown to clients, who see the
/// project's UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectId(pub i64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_uuid_form_and_prints_the_hyphenated_one() {
        let want = "a484c5d9-b92e-47be-b0a6-3f0c8739254f";
        for text in [
            want,
            "A484C5D9-B92E-47BE-B0A6-3F0C8739254F",
            "a484c5d9b92e47beb0a63f0c8739254f",
            "urn:uuid:a484c5d9-b92e-47be-b0a6-3f0c8739254f",
            "{a484c5d9-b92e-47be-b0a6-3f0c8739254f}",
        ] {
            assert_eq!(TraceId::parse(text).unwrap().to_string(), want, "{text}");
        }
    }

    #[test]
    fn span_ids_of_opentelemetry_are_zero_extended() {
        let id = SpanId::parse("00f067aa0ba902b7").unwrap();
        assert_eq!(id.to_string(), "00000000-0000-0000-00f0-67aa0ba902b7");
        assert_eq!(SpanId::from_slice(&id.to_bytes()), Some(id));
    }

    #[test]
    fn refuses_what_is_no_id() {
        for text in [
            "",
            "x",
            "12345",
            "a484c5d9-b92e-47be-b0a6-3f0c8739254",
            "zz",
        ] {
            assert_eq!(TraceId::parse(text), Err(ParseIdError), "{text}");
        }
    }
}
