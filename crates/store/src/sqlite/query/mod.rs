//! What readers ask: each file keeps SQL beside the rows that it reads.

pub(super) mod detail;
pub(super) mod functions;
pub(super) mod projects;
mod session_plan;
pub(super) mod sessions;
mod sql;
pub(super) mod traces;
