//! Scores in answers.

use pandaprobe_model::score::Score;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::values::{Id, JsonObject, Time, TraceIdText, UuidText};
use super::words::{ScoreDataTypeWord, ScoreSourceWord, ScoreStatusWord, Word};

/// A judgement on a trace.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceScore {
    /// The score.
    pub(crate) id: UuidText,
    /// What was judged.
    pub(crate) trace_id: TraceIdText,
    /// What about it.
    pub(crate) name: String,
    /// Null when judging failed.
    #[schema(required)]
    pub(crate) value: Option<String>,
    /// Whether judging worked.
    pub(crate) status: ScoreStatusWord,
    /// Who judged.
    pub(crate) source: ScoreSourceWord,
    /// When it was stored.
    pub(crate) created_at: Time,
    /// Its project.
    pub(crate) project_id: UuidText,
    /// How to read the value.
    pub(crate) data_type: ScoreDataTypeWord,
    /// The evaluation run that made it; null for scores that were sent in.
    #[schema(required)]
    pub(crate) eval_run_id: Option<UuidText>,
    /// Who sent it in, where keys belong to people.
    #[schema(required)]
    pub(crate) author_user_id: Option<UuidText>,
    /// Why.
    #[schema(required)]
    pub(crate) reason: Option<String>,
    /// Where the judged trace ran; null for scores that were sent in.
    #[schema(required)]
    pub(crate) environment: Option<String>,
    /// The configuration that made it; null for scores that were sent in.
    #[schema(required)]
    pub(crate) config_id: Option<UuidText>,
    /// As sent.
    pub(crate) metadata: JsonObject,
    /// When it was last changed.
    pub(crate) updated_at: Time,
}

impl TraceScore {
    /// Converts a score of `project_id`.
    pub(crate) fn new(project_id: Uuid, score: Score) -> Self {
        let Score {
            id,
            trace_id,
            name,
            value,
            data_type,
            source,
            status,
            reason,
            metadata,
            created_at,
            updated_at,
        } = score;
        Self {
            id: Id(id),
            trace_id: Id(trace_id),
            name,
            value,
            status: Word(status),
            source: Word(source),
            created_at: Time(created_at),
            project_id: Id(project_id),
            data_type: Word(data_type),
            eval_run_id: None,
            author_user_id: None,
            reason,
            environment: None,
            config_id: None,
            metadata: JsonObject(metadata),
            updated_at: Time(updated_at),
        }
    }
}
