//! Scores: judgements on what agents did.

use crate::query::Window;
use crate::trace::word_enum;
use crate::{RawJson, Timestamp, TraceId};

word_enum! {
    /// How a score's value is to be read.
    ScoreDataType {
        /// A number from 0 to 1.
        Numeric = "NUMERIC",
        /// `true` or `false`.
        Boolean = "BOOLEAN",
        /// Any word.
        Categorical = "CATEGORICAL",
    }
}

word_enum! {
    /// Who judged.
    ScoreSource {
        /// An evaluation of ours.
        Automated = "AUTOMATED",
        /// A person.
        Annotation = "ANNOTATION",
        /// A program, through the API.
        Programmatic = "PROGRAMMATIC",
    }
}

word_enum! {
    /// Whether judging worked.
    ScoreStatus {
        /// There is a value.
        Success = "SUCCESS",
        /// There is none, and a reason.
        Failed = "FAILED",
        /// Not judged yet.
        Pending = "PENDING",
    }
}

/// Why a value does not fit its data type; the text is for the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadValue(pub &'static str);

/// Checks a value against its data type, by the HTTP contract's rules.
///
/// # Errors
/// [`BadValue`] with what was expected.
pub fn check_value(data_type: ScoreDataType, value: &str) -> Result<(), BadValue> {
    match data_type {
        ScoreDataType::Numeric => match value.trim().parse::<f64>() {
            Ok(number) if (0.0..=1.0).contains(&number) => Ok(()),
            _ => Err(BadValue("NUMERIC score value must be a number from 0 to 1")),
        },
        ScoreDataType::Boolean => {
            let word = value.trim();
            if word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false") {
                Ok(())
            } else {
                Err(BadValue("BOOLEAN score value must be true or false"))
            }
        }
        ScoreDataType::Categorical => Ok(()),
    }
}

/// A score to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewScore {
    /// What is judged.
    pub trace_id: TraceId,
    /// 1..255 characters.
    pub name: String,
    /// Checked by [`check_value`].
    pub value: String,
    /// How to read the value.
    pub data_type: ScoreDataType,
    /// Who judged.
    pub source: ScoreSource,
    /// Why.
    pub reason: Option<String>,
    /// An object; `None` stands for the empty one.
    pub metadata: Option<RawJson>,
}

/// A stored score of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// Public id.
    pub id: uuid::Uuid,
    /// What was judged.
    pub trace_id: TraceId,
    /// What about it.
    pub name: String,
    /// `None` when judging failed.
    pub value: Option<String>,
    /// How to read the value.
    pub data_type: ScoreDataType,
    /// Who judged.
    pub source: ScoreSource,
    /// Whether judging worked.
    pub status: ScoreStatus,
    /// Why.
    pub reason: Option<String>,
    /// An object; `None` stands for the empty one.
    pub metadata: Option<RawJson>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Selects scores, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreQuery {
    /// Of this trace.
    pub trace_id: Option<TraceId>,
    /// With this name.
    pub name: Option<String>,
    /// From this source.
    pub source: Option<ScoreSource>,
    /// With this status.
    pub status: Option<ScoreStatus>,
    /// With this data type.
    pub data_type: Option<ScoreDataType>,
    /// Stored at or after.
    pub created_after: Option<Timestamp>,
    /// Stored before.
    pub created_before: Option<Timestamp>,
    /// Part.
    pub window: Window,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fit_their_type() {
        use ScoreDataType::{Boolean, Categorical, Numeric};
        for (data_type, value, good) in [
            (Numeric, "0.5", true),
            (Numeric, "1", true),
            (Numeric, "0", true),
            (Numeric, "1.01", false),
            (Numeric, "-0.1", false),
            (Numeric, "NaN", false),
            (Numeric, "x", false),
            (Boolean, "True", true),
            (Boolean, "false", true),
            (Boolean, "1", false),
            (Categorical, "anything", true),
            (Categorical, "", true),
        ] {
            assert_eq!(
                check_value(data_type, value).is_ok(),
                good,
                "{data_type:?} {value}"
            );
        }
    }
}
