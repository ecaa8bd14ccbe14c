//! One score.

use bytes::Bytes;
use pandaprobe_model::TraceId;
use pandaprobe_model::score::{NewScore, ScoreDataType, ScoreSource, check_value};

use super::members::members;
use super::{Rejected, object};

members! {
    /// The members of a score.
    ScoreMembers { trace_id, name, value, data_type, source, reason, metadata }
}

/// Reads a score of a trace.
pub(crate) fn trace_score(body: &Bytes) -> Result<NewScore, Rejected> {
    object(body, |read, members: ScoreMembers<'_>| {
        let ScoreMembers {
            trace_id,
            name,
            value,
            data_type: kind,
            source,
            reason,
            metadata,
        } = members;
        let trace_id = read.required_id("trace_id", trace_id, |text| TraceId::parse(text).ok());
        let name = read.text("name", name, 1..=255);
        let value = read.text("value", value, 0..=255);
        let data_type = read.word("data_type", kind);
        let source = read.word("source", source);
        let reason = read.long_text("reason", reason);
        let metadata = read.object("metadata", metadata);
        // With an unknown type there is nothing to check a value against.
        if let (Some(value), false) = (&value, kind.is_some() && data_type.is_none()) {
            let data_type = data_type.unwrap_or(ScoreDataType::Numeric);
            if let Err(bad) = check_value(data_type, value) {
                read.wrong("value", bad.0);
            }
        }
        Some(NewScore {
            trace_id: trace_id?,
            name: name?,
            value: value?,
            data_type: data_type.unwrap_or(ScoreDataType::Numeric),
            source: source.unwrap_or(ScoreSource::Annotation),
            reason,
            metadata,
        })
    })
}
