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
//!   in the hands of another host thread at a fork. Where the transport thread takes a
//!   lock of the host's records (open traces, once per flush interval), it is `Inside`
//!   the fork gate.
//! - Locks are taken in one order: the transport's, a trace's, a span's.
//! - A [`Fragment`] is part of a trace, not the whole: an open trace sends any number of
//!   them, and the server merges them by trace id. A server that cannot (no batch
//!   endpoint) gets each trace as a whole when it ends.

mod batch;
mod clock;
mod fork;
mod fragment;
mod held;
mod id;
mod item;
mod json;
mod limits;
mod losses;
mod open;
mod protocol;
mod proxy;
mod queue;
mod record;
mod retry;
mod score;
mod scores;
mod sender;
mod settings;
mod span;
mod sync;
mod trace;
mod transport;
mod worker;

pub use clock::{Clock, Timestamp};
pub use fork::{after_fork_in_child, after_fork_in_parent, before_fork};
pub use fragment::Fragment;
pub use id::Id;
pub use json::{Json, JsonObject, push_float, push_str, push_utf16};
pub use limits::{LABEL_MAX, NAME_MAX, bounded_session_id, bounded_text, clean_id};
pub use losses::{Loss, LossCount, LossReport, LostItem};
pub use record::{
    ErrorInfo, SessionBinding, SpanKind, SpanRecord, SpanStatus, TraceHead, TraceStatus,
};
pub use score::{Score, ScoreDataType};
pub use settings::{Endpoint, EndpointError, Settings};
pub use span::Span;
pub use trace::{Trace, TraceStart};
pub use transport::{Drained, Transport, TransportStats};
