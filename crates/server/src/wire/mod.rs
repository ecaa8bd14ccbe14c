//! What goes over the wire. The domain's types know nothing of JSON; they are
//! converted here, by full destructuring, so that a new field cannot be
//! forgotten on one side.

pub(crate) mod analytics;
pub(crate) mod cli;
pub(crate) mod create;
pub(crate) mod decode;
pub(crate) mod key;
pub(crate) mod me;
pub(crate) mod organisation;
pub(crate) mod project;
pub(crate) mod score;
pub(crate) mod session;
pub(crate) mod span;
pub(crate) mod subscription;
pub(crate) mod trace;
pub(crate) mod update;
pub(crate) mod usage;
pub(crate) mod user;
pub(crate) mod values;
pub(crate) mod words;
