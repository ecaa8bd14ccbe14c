//! The words of the product, without IO: ids, times, money, usage, the
//! fragments that clients send, the states that merging them gives, and what
//! queries answer.
//!
//! **Architecture invariant:** nothing here knows HTTP, SQL or a file. Types
//! have no serde derives: what goes over the wire is declared in the server,
//! what goes to disk in the store, and both convert by hand.

pub mod analytics;
pub mod filter;
pub mod id;
pub mod json;
pub mod merge;
pub mod message;
pub mod money;
pub mod patch;
pub mod price;
pub mod project;
pub mod query;
pub mod rollup;
pub mod score;
pub mod session;
pub mod time;
pub mod trace;
pub mod usage;
pub mod user;

pub use id::{ProjectId, SpanId, TraceId};
pub use json::RawJson;
pub use money::Money;
pub use time::Timestamp;
