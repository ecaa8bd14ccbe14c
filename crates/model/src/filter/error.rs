//! What is wrong with a filter, and where.

use thiserror::Error;

/// A mistake in a filter's text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message} at position {at}")]
pub struct FilterError {
    /// Where it begins, in characters from the start, counted from 0.
    pub at: usize,
    /// How many characters it covers; 0 at the end of the text.
    pub len: usize,
    /// What is wrong, and what was expected.
    pub message: String,
    /// What it may have been meant to be.
    pub nearest: Option<String>,
}
