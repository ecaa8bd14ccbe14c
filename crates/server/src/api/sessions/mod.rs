//! `/sessions`

pub(crate) mod by_id;
pub(crate) mod get;
pub(crate) mod list;
