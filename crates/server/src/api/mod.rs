//! The endpoints, one a file: types, documentation, handler, tests.

pub(crate) mod answers;
pub(crate) mod cli;
pub(crate) mod evaluations;
pub(crate) mod filter_schema;
pub(crate) mod health;
pub(crate) mod login;
pub(crate) mod me;
pub(crate) mod openapi;
pub(crate) mod organisations;
pub(crate) mod root;
pub(crate) mod sessions;
pub(crate) mod subscriptions;
pub(crate) mod traces;
