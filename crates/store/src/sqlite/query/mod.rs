//! What readers ask: each file keeps SQL beside the rows that it reads.

pub(super) mod analytics;
pub(super) mod detail;
mod filter;
pub(super) mod functions;
pub(super) mod projects;
pub(super) mod scores;
mod session_plan;
pub(super) mod sessions;
mod sql;
pub(super) mod traces;
pub(super) mod users;
