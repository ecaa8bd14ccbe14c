//! The small numbers that stand for words in rows. They are part of the file
//! format: never reuse one.

use pandaprobe_model::project::Access;
use pandaprobe_model::score::{ScoreDataType, ScoreSource, ScoreStatus};
use pandaprobe_model::trace::{SpanKind, SpanStatus, TraceStatus};

/// A status that no fragment gave; shown as COMPLETED.
pub(super) const STATUS_NOT_GIVEN: i64 = 4;

pub(super) fn trace_status(status: Option<TraceStatus>) -> i64 {
    match status {
        Some(TraceStatus::Pending) => 0,
        Some(TraceStatus::Running) => 1,
        Some(TraceStatus::Completed) => 2,
        Some(TraceStatus::Error) => 3,
        None => STATUS_NOT_GIVEN,
    }
}

pub(super) fn read_trace_status(code: i64) -> Option<TraceStatus> {
    match code {
        0 => Some(TraceStatus::Pending),
        1 => Some(TraceStatus::Running),
        2 => Some(TraceStatus::Completed),
        3 => Some(TraceStatus::Error),
        _ => None,
    }
}

pub(super) fn span_kind(kind: SpanKind) -> i64 {
    match kind {
        SpanKind::Agent => 0,
        SpanKind::Tool => 1,
        SpanKind::Llm => 2,
        SpanKind::Retriever => 3,
        SpanKind::Chain => 4,
        SpanKind::Embedding => 5,
        SpanKind::Other => 6,
    }
}

pub(super) fn read_span_kind(code: i64) -> SpanKind {
    match code {
        0 => SpanKind::Agent,
        1 => SpanKind::Tool,
        2 => SpanKind::Llm,
        3 => SpanKind::Retriever,
        4 => SpanKind::Chain,
        5 => SpanKind::Embedding,
        _ => SpanKind::Other,
    }
}

pub(super) fn span_status(status: SpanStatus) -> i64 {
    match status {
        SpanStatus::Unset => 0,
        SpanStatus::Ok => 1,
        SpanStatus::Error => 2,
    }
}

pub(super) fn read_span_status(code: i64) -> SpanStatus {
    match code {
        1 => SpanStatus::Ok,
        2 => SpanStatus::Error,
        _ => SpanStatus::Unset,
    }
}

pub(super) fn access(access: Access) -> i64 {
    match access {
        Access::Full => 0,
        Access::Read => 1,
    }
}

/// An unknown code allows the least.
pub(super) fn read_access(code: i64) -> Access {
    match code {
        0 => Access::Full,
        _ => Access::Read,
    }
}

pub(super) fn score_data_type(data_type: ScoreDataType) -> i64 {
    match data_type {
        ScoreDataType::Numeric => 0,
        ScoreDataType::Boolean => 1,
        ScoreDataType::Categorical => 2,
    }
}

pub(super) fn read_score_data_type(code: i64) -> ScoreDataType {
    match code {
        0 => ScoreDataType::Numeric,
        1 => ScoreDataType::Boolean,
        _ => ScoreDataType::Categorical,
    }
}

pub(super) fn score_source(source: ScoreSource) -> i64 {
    match source {
        ScoreSource::Automated => 0,
        ScoreSource::Annotation => 1,
        ScoreSource::Programmatic => 2,
    }
}

pub(super) fn read_score_source(code: i64) -> ScoreSource {
    match code {
        0 => ScoreSource::Automated,
        1 => ScoreSource::Annotation,
        _ => ScoreSource::Programmatic,
    }
}

pub(super) fn score_status(status: ScoreStatus) -> i64 {
    match status {
        ScoreStatus::Success => 0,
        ScoreStatus::Failed => 1,
        ScoreStatus::Pending => 2,
    }
}

pub(super) fn read_score_status(code: i64) -> ScoreStatus {
    match code {
        0 => ScoreStatus::Success,
        1 => ScoreStatus::Failed,
        _ => ScoreStatus::Pending,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back() {
        for &status in TraceStatus::ALL {
            assert_eq!(read_trace_status(trace_status(Some(status))), Some(status));
        }
        assert_eq!(read_trace_status(STATUS_NOT_GIVEN), None);
        for &kind in SpanKind::ALL {
            assert_eq!(read_span_kind(span_kind(kind)), kind);
        }
        for &status in SpanStatus::ALL {
            assert_eq!(read_span_status(span_status(status)), status);
        }
        for &value in Access::ALL {
            assert_eq!(read_access(access(value)), value);
        }
        for &value in ScoreDataType::ALL {
            assert_eq!(read_score_data_type(score_data_type(value)), value);
        }
        for &value in ScoreSource::ALL {
            assert_eq!(read_score_source(score_source(value)), value);
        }
        for &value in ScoreStatus::ALL {
            assert_eq!(read_score_status(score_status(value)), value);
        }
    }
}
