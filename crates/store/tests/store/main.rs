//! The store through its public traits.

mod lists;
mod merge;
mod open;
mod reference;
mod support;
