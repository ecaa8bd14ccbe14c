//! Traces and spans: the fragments that clients send and what queries answer.

use crate::usage::{SpanUsage, Usage};
use crate::{Money, RawJson, SpanId, Timestamp, TraceId};

macro_rules! word_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the word used in the API.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Reads the word used in the API; case matters.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

pub(crate) use word_enum;

word_enum! {
    /// How far a trace has come.
    TraceStatus {
        /// Announced, not begun.
        Pending = "PENDING",
        /// Under way.
        Running = "RUNNING",
        /// Ended well. What a trace counts as when no status was ever given.
        Completed = "COMPLETED",
        /// Ended with an error.
        Error = "ERROR",
    }
}

impl TraceStatus {
    /// Whether the trace has ended: such a status is never taken back.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Error)
    }
}

word_enum! {
    /// What a span does.
    SpanKind {
        /// An agent's turn or sub-agent.
        Agent = "AGENT",
        /// A tool call.
        Tool = "TOOL",
        /// A call of a language model.
        Llm = "LLM",
        /// A retrieval.
        Retriever = "RETRIEVER",
        /// A step that groups others.
        Chain = "CHAIN",
        /// A call of an embedding model.
        Embedding = "EMBEDDING",
        /// Anything else; the default.
        Other = "OTHER",
    }
}

word_enum! {
    /// The outcome of a span.
    SpanStatus {
        /// Not said; never replaces another status.
        Unset = "UNSET",
        /// Ended well.
        Ok = "OK",
        /// Failed.
        Error = "ERROR",
    }
}

/// A part of a trace as one request carries it. Fragments of one trace id are
/// merged; a field that is `None` says nothing about what is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceFragment {
    /// The trace.
    pub trace_id: TraceId,
    /// 1..512 characters.
    pub name: String,
    /// `None` means not given.
    pub status: Option<TraceStatus>,
    /// Start.
    pub started_at: Timestamp,
    /// End, when it has ended.
    pub ended_at: Option<Timestamp>,
    /// The session, ≤ 255 characters, never blank.
    pub session_id: Option<String>,
    /// A name for the session, ≤ 255 characters.
    pub session_name: Option<String>,
    /// An object, merged by key into the session's metadata.
    pub session_metadata: Option<RawJson>,
    /// The user, ≤ 255 characters, never blank.
    pub user_id: Option<String>,
    /// Labels; merged as a set.
    pub tags: Vec<String>,
    /// Where it ran, such as `production`; ≤ 255 characters.
    pub environment: Option<String>,
    /// The version that ran; ≤ 255 characters.
    pub release: Option<String>,
    /// An object, merged by key.
    pub metadata: Option<RawJson>,
    /// Anything but null.
    pub input: Option<RawJson>,
    /// Anything but null.
    pub output: Option<RawJson>,
    /// Spans in the order sent.
    pub spans: Vec<SpanFragment>,
}

impl TraceFragment {
    /// Spans for a trace whose head is known already; that of the fragment means
    /// nothing.
    pub fn of_spans(trace_id: TraceId, spans: Vec<SpanFragment>) -> Self {
        Self {
            trace_id,
            name: String::new(),
            status: None,
            started_at: Timestamp(0),
            ended_at: None,
            session_id: None,
            session_name: None,
            session_metadata: None,
            user_id: None,
            tags: Vec::new(),
            environment: None,
            release: None,
            metadata: None,
            input: None,
            output: None,
            spans,
        }
    }
}

/// A part of a span; see [`TraceFragment`].
#[derive(Debug, Clone, PartialEq)]
pub struct SpanFragment {
    /// The span, unique within its trace.
    pub span_id: SpanId,
    /// The span above; it may arrive later, or never.
    pub parent_span_id: Option<SpanId>,
    /// 1..512 characters.
    pub name: String,
    /// `None` means not given.
    pub kind: Option<SpanKind>,
    /// `None` means not given.
    pub status: Option<SpanStatus>,
    /// Start.
    pub started_at: Timestamp,
    /// End, when it has ended.
    pub ended_at: Option<Timestamp>,
    /// When the first token came.
    pub completion_start_time: Option<Timestamp>,
    /// The model's name, ≤ 255 characters.
    pub model: Option<String>,
    /// The rest.
    pub payload: SpanPayload,
}

/// What a span carries besides the columns that lists need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpanPayload {
    /// Anything but null.
    pub input: Option<RawJson>,
    /// Anything but null.
    pub output: Option<RawJson>,
    /// An object, merged by key.
    pub metadata: Option<RawJson>,
    /// An object.
    pub model_parameters: Option<RawJson>,
    /// An object; see [`crate::usage::read`].
    pub token_usage: Option<RawJson>,
    /// An object of disjoint buckets.
    pub usage: Option<RawJson>,
    /// An object of numbers, `total` among them.
    pub cost: Option<RawJson>,
    /// A JSON string: error texts may hold what Rust strings cannot.
    pub error: Option<RawJson>,
}

/// A trace without its payloads and spans, as lists show it.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceSummary {
    /// The trace.
    pub trace_id: TraceId,
    /// Its name.
    pub name: String,
    /// [`TraceStatus::Completed`] when none was given.
    pub status: TraceStatus,
    /// Start.
    pub started_at: Timestamp,
    /// End as given.
    pub ended_at: Option<Timestamp>,
    /// The session, if any.
    pub session_id: Option<String>,
    /// The session's name as this trace gave it.
    pub session_name: Option<String>,
    /// The user, if any.
    pub user_id: Option<String>,
    /// Labels, sorted.
    pub tags: Vec<String>,
    /// Where it ran.
    pub environment: Option<String>,
    /// The version that ran.
    pub release: Option<String>,
    /// First start of the trace or any span.
    pub first_activity: Timestamp,
    /// Last start or end of the trace or any span.
    pub last_activity: Timestamp,
    /// Sums over the spans.
    pub totals: Totals,
}

impl TraceSummary {
    /// Returns ended − started in milliseconds, the contract's latency.
    pub fn latency_ms(&self) -> Option<f64> {
        self.ended_at.map(|end| end.millis_since(self.started_at))
    }

    /// Returns the wall clock from the first start to the last end, spans
    /// included; `None` while nothing has happened after the start.
    pub fn duration_ms(&self) -> Option<f64> {
        let ms = self.last_activity.millis_since(self.first_activity);
        (self.ended_at.is_some() || ms > 0.0).then_some(ms)
    }
}

/// Sums over a set of spans. Tokens and cost cover the spans that count: those
/// with usage that have no descendant with usage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// All spans.
    pub spans: i64,
    /// Spans with status ERROR.
    pub span_errors: i64,
    /// Tokens of the counted spans.
    pub usage: SpanUsage,
    /// Cost of the counted spans that have one.
    pub cost: Money,
    /// Counted spans that have tokens and no cost.
    pub unpriced: i64,
    /// Token and cost values that were not usable, over all spans.
    pub unusable: i64,
}

impl std::ops::AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        let Self {
            spans,
            span_errors,
            usage,
            cost,
            unpriced,
            unusable,
        } = other;
        self.spans += spans;
        self.span_errors += span_errors;
        self.usage += usage;
        self.cost += cost;
        self.unpriced += unpriced;
        self.unusable += unusable;
    }
}

impl std::ops::Sub for Totals {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self {
            spans: self.spans - other.spans,
            span_errors: self.span_errors - other.span_errors,
            usage: self.usage - other.usage,
            cost: self.cost - other.cost,
            unpriced: self.unpriced - other.unpriced,
            unusable: self.unusable - other.unusable,
        }
    }
}

/// A trace with everything.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceDetail {
    /// The trace.
    pub summary: TraceSummary,
    /// As sent, or `None`.
    pub input: Option<RawJson>,
    /// As sent, or `None`.
    pub output: Option<RawJson>,
    /// An object; `None` stands for the empty one.
    pub metadata: Option<RawJson>,
    /// By start, then id.
    pub spans: Vec<SpanDetail>,
}

/// A span with everything.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanDetail {
    /// The span.
    pub span_id: SpanId,
    /// The span above, whether it exists or not.
    pub parent_span_id: Option<SpanId>,
    /// Its name.
    pub name: String,
    /// [`SpanKind::Other`] when none was given.
    pub kind: SpanKind,
    /// [`SpanStatus::Unset`] when none was given.
    pub status: SpanStatus,
    /// Start.
    pub started_at: Timestamp,
    /// End, when it has ended.
    pub ended_at: Option<Timestamp>,
    /// When the first token came.
    pub completion_start_time: Option<Timestamp>,
    /// The model's name.
    pub model: Option<String>,
    /// Tokens in disjoint buckets, if it says anything usable about tokens.
    pub usage: Option<Usage>,
    /// Whether its tokens and cost are in the totals.
    pub counted: bool,
    /// What it cost, as given or by the price table; `None` is unpriced.
    pub cost: Option<Money>,
    /// The rest, as sent.
    pub payload: SpanPayload,
}
