//! `/organizations`

pub(crate) mod list;
pub(crate) mod projects;
