//! One file a role.

pub(crate) mod backup;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod openapi;
pub(crate) mod restore;
pub(crate) mod serve;
mod tools;
