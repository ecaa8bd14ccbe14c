//! The products whose agents the demo shows, one module each.

pub(crate) mod analyst;
pub(crate) mod booking;
pub(crate) mod coding;
pub(crate) mod nightly;
pub(crate) mod research;
pub(crate) mod single;
pub(crate) mod support;
pub(crate) mod tutor;
