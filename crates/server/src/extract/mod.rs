//! What handlers ask for, checked before they run.

pub(crate) mod body;
pub(crate) mod context;
pub(crate) mod member;
pub(crate) mod path;
pub(crate) mod query;
pub(crate) mod unread;
