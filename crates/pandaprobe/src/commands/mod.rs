//! One file a role.

pub(crate) mod demo;
pub(crate) mod openapi;
pub(crate) mod serve;
