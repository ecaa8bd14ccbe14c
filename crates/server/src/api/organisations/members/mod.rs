//! `/organizations/{org_id}/members`

pub(crate) mod list;
pub(crate) mod remove;
pub(crate) mod update;
