//! Tools for the tests of this workspace: nothing here is part of the product.

pub mod faultfs;
pub mod reference;
#[cfg(feature = "server")]
pub mod server;
