//! Who may ask: keys, and where a request may come from.

pub(crate) mod credentials;
pub(crate) mod origin;
