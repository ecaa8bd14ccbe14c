//! `/organizations/{org_id}/invitations`

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
