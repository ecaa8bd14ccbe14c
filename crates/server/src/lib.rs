//! The HTTP server: routes, checks on what comes in, the shape of what goes
//! out, the specification, and the embedded web app.
//!
//! **Architecture invariants:** handlers decide nothing; they turn a request
//! into a call of the engine or a store trait, and the result into an answer.
//! No SQL. Nothing here knows which store it is.
//!
//! To add an endpoint: a file under `api/` (types, documentation, handler,
//! tests, in that order), a line in [`mod@router`], a test under `tests/` at the
//! same place as its path, a case in `tests/api/security_walk/cases.rs`, and
//! `make generate` for the committed specification.

mod api;
mod errors;
mod extract;
mod respond;
mod router;
mod security;
mod serve;
mod state;
mod ui;
mod wire;

pub use api::openapi::specification;
pub use router::router;
pub use security::cors::{WebOrigin, WebOriginError};
pub use serve::{bind, serve};
pub use state::{App, Parts, Settings};

/// The version of this program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
