//! Traces for the load generator: realistic bodies made from a seed before
//! the clock starts, and salted with fresh ids, times and references for
//! every request by writing over a few bytes.

mod body;
mod template;
mod text;

pub(crate) use body::SpanMix;
pub(crate) use template::{Salt, Templates};
pub(crate) use text::Writer;
