//! `/organizations`

pub(crate) mod api_keys;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod invitations;
pub(crate) mod list;
pub(crate) mod members;
pub(crate) mod projects;
pub(crate) mod subscriptions;
pub(crate) mod update;
