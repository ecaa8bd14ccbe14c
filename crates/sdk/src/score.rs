//! A score: someone's judgement of a trace.

use crate::id::Id;
use crate::json::{Json, push_str};
use crate::limits::bounded_name;
use crate::record::wire_words;

wire_words! {
    /// What a score's value is.
    ScoreDataType {
        /// A number.
        Numeric = "NUMERIC",
        /// `true` or `false`.
        Boolean = "BOOLEAN",
        /// Any text.
        Categorical = "CATEGORICAL",
    }
}

/// A score as it is sent: source PROGRAMMATIC, value as text whatever its type.
#[derive(Clone, Debug)]
pub struct Score {
    pub(crate) trace_id: Id,
    pub(crate) body: Json,
}

/// Bytes a score needs beside its text.
const SCORE_OVERHEAD: usize = 128;

impl Score {
    /// Makes a score of the trace `trace_id`.
    pub fn new(
        trace_id: Id,
        name: &str,
        value: &str,
        data_type: ScoreDataType,
        reason: Option<&str>,
        metadata: Option<&Json>,
    ) -> Self {
        let mut body = String::from("{\"trace_id\":\"");
        trace_id.push_to(&mut body);
        body.push_str("\",\"name\":");
        push_str(&mut body, &bounded_name(name));
        body.push_str(",\"value\":");
        push_str(&mut body, value);
        body.push_str(",\"data_type\":\"");
        body.push_str(data_type.word());
        body.push_str("\",\"source\":\"PROGRAMMATIC\"");
        if let Some(reason) = reason {
            body.push_str(",\"reason\":");
            push_str(&mut body, reason);
        }
        if let Some(metadata) = metadata {
            body.push_str(",\"metadata\":");
            body.push_str(metadata.as_str());
        }
        body.push('}');
        Self {
            trace_id,
            body: Json::from_written(body),
        }
    }

    /// Bytes the score takes in memory and on the wire, roughly.
    pub(crate) fn size(&self) -> usize {
        SCORE_OVERHEAD + self.body.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_given_is_sent() {
        let id = Id::random();
        let bare = Score::new(id, "n", "1", ScoreDataType::Numeric, None, None);
        let expected = format!(
            r#"{{"trace_id":"{id}","name":"n","value":"1","data_type":"NUMERIC","source":"PROGRAMMATIC"}}"#
        );
        assert_eq!(bare.body.as_str(), expected);
        let metadata = Json::copied(r#"{"a":1}"#);
        let full = Score::new(
            id,
            "n",
            "a\"b",
            ScoreDataType::Categorical,
            Some("why"),
            Some(&metadata),
        );
        let read: serde_json::Value = serde_json::from_str(full.body.as_str()).unwrap();
        assert_eq!(read["value"], "a\"b");
        assert_eq!(
            (&read["reason"], &read["metadata"]["a"]),
            (&"why".into(), &1.into())
        );
    }
}
