//! Who may ask: keys and what they allow, where a request may come from, and
//! how often.

pub(crate) mod cors;
pub(crate) mod credentials;
pub(crate) mod origin;
pub(crate) mod rate;
pub(crate) mod rights;
