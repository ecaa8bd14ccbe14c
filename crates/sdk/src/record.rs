//! Finished spans and the head of a trace, as they are sent.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::id::Id;
use crate::json::{Json, JsonObject, push_str};

/// Declares an enum whose variants are words of the wire.
macro_rules! wire_words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Every word, in the order of the contract.
            pub const WORDS: &[&str] = &[$($word),+];

            /// The word for the wire.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Reads a word of the wire; case matters.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.word()) }
        }
    };
}

pub(crate) use wire_words;

wire_words! {
    /// What a span does.
    SpanKind {
        /// An agent's own work.
        Agent = "AGENT",
        /// A tool call.
        Tool = "TOOL",
        /// A call of a language model.
        Llm = "LLM",
        /// A look-up of documents.
        Retriever = "RETRIEVER",
        /// A fixed sequence of steps.
        Chain = "CHAIN",
        /// A call of an embedding model.
        Embedding = "EMBEDDING",
        /// Anything else.
        Other = "OTHER",
    }
}

wire_words! {
    /// How a span ended.
    SpanStatus {
        /// Not ended.
        Unset = "UNSET",
        /// Ended well.
        Ok = "OK",
        /// Failed.
        Error = "ERROR",
    }
}

wire_words! {
    /// State of a trace.
    TraceStatus {
        /// Not started.
        Pending = "PENDING",
        /// Open.
        Running = "RUNNING",
        /// Ended well.
        Completed = "COMPLETED",
        /// Failed.
        Error = "ERROR",
    }
}

/// An exception as it was seen leaving a span.
#[derive(Clone, Debug)]
pub struct ErrorInfo {
    /// The message, never empty.
    pub message: String,
    /// Metadata value `{"type", "stacktrace"}` for it.
    pub details: Json,
}

/// The session a trace is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionBinding {
    /// The caller's id, at most 255 characters.
    pub id: Arc<str>,
    /// Display name.
    pub name: Option<Arc<str>>,
    /// Metadata of the session.
    pub metadata: Option<Json>,
}

/// What the user says about a span; all of it optional.
#[derive(Clone, Debug, Default)]
pub(crate) struct SpanDetails {
    pub(crate) input: Option<Json>,
    pub(crate) output: Option<Json>,
    pub(crate) model: Option<Box<str>>,
    pub(crate) token_usage: Option<Json>,
    pub(crate) usage: Option<Json>,
    pub(crate) metadata: JsonObject,
    pub(crate) error: Option<Box<str>>,
    pub(crate) completion_start: Option<Timestamp>,
    pub(crate) model_parameters: Option<Json>,
    pub(crate) cost: Option<Json>,
}

/// A span as it is sent.
#[derive(Clone, Debug)]
pub struct SpanRecord(Form);

#[derive(Clone, Debug)]
enum Form {
    Built(Box<BuiltSpan>),
    Written(Json),
}

#[derive(Clone, Debug)]
pub(crate) struct BuiltSpan {
    pub(crate) id: Id,
    pub(crate) parent: Option<Id>,
    pub(crate) name: Arc<str>,
    pub(crate) kind: SpanKind,
    pub(crate) status: SpanStatus,
    pub(crate) started: Timestamp,
    /// `None` while the span is open.
    pub(crate) ended: Option<Timestamp>,
    pub(crate) details: SpanDetails,
}

/// Bytes a span needs beside its texts: ids, times, keys.
const SPAN_OVERHEAD: usize = 256;

impl SpanRecord {
    /// A span that the caller has written as a JSON object of the wire.
    pub fn from_written(object: Json) -> Self {
        Self(Form::Written(object))
    }

    pub(crate) fn from_built(span: BuiltSpan) -> Self {
        Self(Form::Built(Box::new(span)))
    }

    /// The id of a span that has ended, if we built it.
    pub(crate) fn ended_id(&self) -> Option<Id> {
        self.built()
            .filter(|span| span.ended.is_some())
            .map(|span| span.id)
    }

    /// The id of a span that is still open.
    pub(crate) fn open_id(&self) -> Option<Id> {
        self.built()
            .filter(|span| span.ended.is_none())
            .map(|span| span.id)
    }

    fn built(&self) -> Option<&BuiltSpan> {
        match &self.0 {
            Form::Built(span) => Some(span),
            Form::Written(_) => None,
        }
    }

    /// Bytes the record takes in memory and on the wire, roughly.
    pub(crate) fn size(&self) -> usize {
        match &self.0 {
            Form::Written(object) => object.len() + 1,
            Form::Built(span) => {
                let details = &span.details;
                let texts = [
                    &details.input,
                    &details.output,
                    &details.token_usage,
                    &details.usage,
                    &details.model_parameters,
                    &details.cost,
                ];
                SPAN_OVERHEAD
                    + span.name.len()
                    + texts.into_iter().flatten().map(Json::len).sum::<usize>()
                    + details.model.as_ref().map_or(0, |model| model.len())
                    + details.error.as_ref().map_or(0, |error| error.len())
                    + details.metadata.len()
            }
        }
    }

    /// Appends the wire form: fields in the contract's order, none of them null.
    pub(crate) fn push_to(&self, out: &mut String) {
        match &self.0 {
            Form::Written(object) => out.push_str(object.as_str()),
            Form::Built(span) => span.push_to(out),
        }
    }
}

impl BuiltSpan {
    fn push_to(&self, out: &mut String) {
        let details = &self.details;
        out.push_str("{\"span_id\":");
        push_id(out, self.id);
        if let Some(parent) = self.parent {
            out.push_str(",\"parent_span_id\":");
            push_id(out, parent);
        }
        push_text(out, "name", Some(&self.name));
        push_word(out, "kind", self.kind.word());
        push_word(out, "status", self.status.word());
        push_json(out, "input", details.input.as_ref());
        push_json(out, "output", details.output.as_ref());
        push_text(out, "model", details.model.as_deref());
        push_json(out, "token_usage", details.token_usage.as_ref());
        push_json(out, "usage", details.usage.as_ref());
        push_object(out, "metadata", &details.metadata);
        push_time(out, "started_at", Some(self.started));
        push_time(out, "ended_at", self.ended);
        push_text(out, "error", details.error.as_deref());
        push_time(out, "completion_start_time", details.completion_start);
        push_json(out, "model_parameters", details.model_parameters.as_ref());
        push_json(out, "cost", details.cost.as_ref());
        out.push('}');
    }
}

/// Everything of a trace except its spans.
#[derive(Clone, Debug)]
pub struct TraceHead {
    pub(crate) id: Id,
    pub(crate) name: Box<str>,
    pub(crate) status: TraceStatus,
    pub(crate) input: Option<Json>,
    pub(crate) output: Option<Json>,
    pub(crate) metadata: JsonObject,
    pub(crate) started: Timestamp,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) session: Option<SessionBinding>,
    pub(crate) user_id: Option<Arc<str>>,
    pub(crate) tags: Vec<Box<str>>,
    pub(crate) environment: Option<Arc<str>>,
    pub(crate) release: Option<Arc<str>>,
}

/// How much of a head is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeadForm {
    /// The trace has ended.
    Ended,
    /// The trace is open: status RUNNING, no end.
    Open,
    /// As `Open`, without the payloads, which the server knows.
    OpenBrief,
}

/// Bytes a head needs beside its texts.
const HEAD_OVERHEAD: usize = 384;

impl TraceHead {
    /// Bytes the head takes in memory and on the wire, roughly.
    pub(crate) fn size(&self, form: HeadForm) -> usize {
        let payloads = if form == HeadForm::OpenBrief {
            0
        } else {
            self.input.as_ref().map_or(0, Json::len)
                + self.output.as_ref().map_or(0, Json::len)
                + self.metadata.len()
        };
        let session = self.session.as_ref().map_or(0, |session| {
            session.id.len()
                + session.name.as_ref().map_or(0, |name| name.len())
                + session.metadata.as_ref().map_or(0, Json::len)
        });
        HEAD_OVERHEAD
            + self.name.len()
            + payloads
            + session
            + self.user_id.as_ref().map_or(0, |user| user.len())
            + self.tags.iter().map(|tag| tag.len() + 3).sum::<usize>()
    }

    /// Appends the fields in the contract's order, without the braces around them.
    pub(crate) fn push_to(&self, out: &mut String, form: HeadForm) {
        let is_ended = form == HeadForm::Ended;
        let status = if is_ended {
            self.status
        } else {
            TraceStatus::Running
        };
        out.push_str("\"trace_id\":");
        push_id(out, self.id);
        push_text(out, "name", Some(&self.name));
        push_word(out, "status", status.word());
        push_time(out, "started_at", Some(self.started));
        if form != HeadForm::OpenBrief {
            push_json(out, "input", self.input.as_ref());
            push_json(out, "output", self.output.as_ref());
            push_object(out, "metadata", &self.metadata);
        }
        push_time(out, "ended_at", self.ended.filter(|_| is_ended));
        if let Some(session) = &self.session {
            push_text(out, "session_id", Some(&session.id));
            push_text(out, "session_name", session.name.as_deref());
            push_json(out, "session_metadata", session.metadata.as_ref());
        }
        push_text(out, "user_id", self.user_id.as_deref());
        self.push_tags(out);
        push_text(out, "environment", self.environment.as_deref());
        push_text(out, "release", self.release.as_deref());
    }

    fn push_tags(&self, out: &mut String) {
        for (at, tag) in self.tags.iter().enumerate() {
            out.push_str(if at == 0 { ",\"tags\":[" } else { "," });
            push_str(out, tag);
        }
        if !self.tags.is_empty() {
            out.push(']');
        }
    }
}

fn push_key(out: &mut String, key: &str) {
    out.push_str(",\"");
    out.push_str(key);
    out.push_str("\":");
}

fn push_id(out: &mut String, id: Id) {
    out.push('"');
    id.push_to(out);
    out.push('"');
}

/// `word` must need no escape.
fn push_word(out: &mut String, key: &str, word: &str) {
    push_key(out, key);
    out.push('"');
    out.push_str(word);
    out.push('"');
}

fn push_text(out: &mut String, key: &str, text: Option<&str>) {
    if let Some(text) = text {
        push_key(out, key);
        push_str(out, text);
    }
}

fn push_json(out: &mut String, key: &str, json: Option<&Json>) {
    if let Some(json) = json {
        push_key(out, key);
        out.push_str(json.as_str());
    }
}

fn push_object(out: &mut String, key: &str, object: &JsonObject) {
    if !object.is_empty() {
        push_key(out, key);
        object.push_to(out);
    }
}

fn push_time(out: &mut String, key: &str, time: Option<Timestamp>) {
    if let Some(time) = time {
        push_key(out, key);
        out.push('"');
        time.push_to(out);
        out.push('"');
    }
}
