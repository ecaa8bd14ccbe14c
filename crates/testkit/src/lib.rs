//! Tools for the tests of this workspace: nothing here is part of the product.

pub mod faultfs;
#[cfg(feature = "server")]
pub mod server;
