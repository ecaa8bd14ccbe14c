//! The heart of the PandaProbe SDKs: live traces and spans, their JSON, and the
//! transport that carries them to a server.
//!
//! ```text
//! host thread                                   | thread `pandaprobe-transport`
//! Trace / Span ──► SpanRecord ──► Fragment ──► Queue ──► batch ──► HTTP
//!  (snapshots)      (finished)    (immutable)   (bounded in bytes)   (retries apart)
//! ```
//!
//! **Architecture Invariants**
//! - Nothing here knows Python: values arrive as [`Json`], and the transport thread
//!   never calls back into a host language.
//! - No function called on the host's thread does IO or waits, except
//!   [`Transport::flush`] and [`Transport::shutdown`], which are asked to wait.
//! - No lock of this crate is held while a caller's code runs, so a lock can never be
//!   in the hands of another host thread at a fork.
//! - A [`Fragment`] is part of a trace, not the whole: an open trace may send any
//!   number of them, and the server merges them by trace id.

mod batch;
mod clock;
mod fragment;
mod id;
mod json;
mod limits;
mod losses;
mod protocol;
mod proxy;
mod queue;
mod record;
mod retry;
mod sender;
mod settings;
mod span;
mod sync;
mod trace;
mod transport;
mod worker;

pub use clock::{Clock, Timestamp};
pub use fragment::Fragment;
pub use id::{Id, reseed};
pub use json::{Json, JsonObject, push_float, push_str, push_utf16};
pub use limits::{LABEL_MAX, NAME_MAX, bounded_session_id, bounded_text, clean_id};
pub use losses::{Loss, LossReport};
pub use record::{
    ErrorInfo, SessionBinding, SpanKind, SpanRecord, SpanStatus, TraceHead, TraceStatus,
};
pub use settings::{Endpoint, EndpointError, Settings};
pub use span::Span;
pub use trace::{Trace, TraceStart};
pub use transport::{Drained, Transport, TransportStats};
