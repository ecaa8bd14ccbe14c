//! `/evaluations`

pub(crate) mod create_score;
pub(crate) mod list_scores;
