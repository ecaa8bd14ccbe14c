//! The demo: some hundred realistic sessions of six invented products, made
//! from a seed and sent through the same door as everybody's traces.
//!
//! [`generate`] is pure and [`run`] posts what it makes. A seed and an anchor
//! fix everything, ids included.

mod calendar;
mod chat;
mod dice;
mod faults;
mod models;
mod people;
mod plan;
mod recorder;
mod scenarios;
mod script;
mod send;
mod trace;

#[cfg(test)]
mod tests;

pub(crate) use send::{DemoError, run};

use jiff::Timestamp;
use serde_json::Value;

/// What the demo is made from and where it goes.
#[derive(Debug, Clone)]
pub(crate) struct DemoOptions {
    /// Address of the server, such as `http://127.0.0.1:8000`.
    pub(crate) endpoint: String,
    /// API key, where the server asks for one.
    pub(crate) api_key: Option<String>,
    /// Project that receives the demo; the server makes it when it is new.
    pub(crate) project: String,
    /// Number of sessions. Traces without a session come on top.
    pub(crate) sessions: usize,
    /// Source of all choices.
    pub(crate) seed: u64,
    /// Anchor: the sessions lie in the 14 days before it, and a few are still
    /// going on then.
    pub(crate) now: Timestamp,
}

impl DemoOptions {
    /// Returns the usual demo for a server: 240 sessions in project `demo`.
    pub(crate) fn new(endpoint: impl Into<String>, now: Timestamp) -> Self {
        Self {
            endpoint: endpoint.into(),
            api_key: None,
            project: "demo".to_owned(),
            sessions: 240,
            seed: 20_261_120,
            now,
        }
    }
}

/// Returns the demo as `TraceCreate` fragments, in the order in which they
/// are to be sent. Very long traces come in several fragments.
pub(crate) fn generate(options: &DemoOptions) -> impl Iterator<Item = Value> + use<> {
    let (seed, now) = (options.seed, options.now.as_microsecond());
    plan::pieces(seed, now, options.sessions)
        .into_iter()
        .flat_map(move |piece| piece.generate(seed, now).fragments())
}
