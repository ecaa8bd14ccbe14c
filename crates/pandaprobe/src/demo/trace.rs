//! A demo session, its traces and spans before they become JSON.
//!
//! Times are microseconds since the epoch while a session is being written,
//! so that a whole session can be moved in time cheaply.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::models::{Dialect, Usage};

/// Spans that one request carries; longer traces are sent in fragments.
const SPANS_PER_FRAGMENT: usize = 100;

/// What a trace ended with, or that it has not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    Completed,
    Error,
    Running,
}

/// What a span ended with, or that it has not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SpanStatus {
    Unset,
    Ok,
    Error,
}

/// The kinds of step, as the wire spells them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Agent,
    Tool,
    Llm,
    Retriever,
    Chain,
    Embedding,
    Other,
}

/// One step of a trace.
#[derive(Clone)]
pub(crate) struct Span {
    pub(crate) id: String,
    pub(crate) parent: Option<String>,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) status: SpanStatus,
    pub(crate) input: Value,
    pub(crate) output: Value,
    pub(crate) model: Option<&'static str>,
    pub(crate) usage: Option<(Usage, Dialect)>,
    /// Whether the disjoint `usage` is sent beside `token_usage`: newer
    /// clients send it, older ones do not.
    pub(crate) sends_usage: bool,
    pub(crate) metadata: Map<String, Value>,
    pub(crate) started: i64,
    pub(crate) ended: Option<i64>,
    pub(crate) error: Option<String>,
    pub(crate) first_token: Option<i64>,
    pub(crate) parameters: Option<Value>,
    pub(crate) cost: Option<Value>,
}

/// One request to an agent.
#[derive(Clone)]
pub(crate) struct Trace {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) outcome: Outcome,
    pub(crate) input: Value,
    pub(crate) output: Value,
    pub(crate) metadata: Map<String, Value>,
    pub(crate) started: i64,
    pub(crate) ended: Option<i64>,
    pub(crate) spans: Vec<Span>,
}

/// What all traces of one session share. Traces outside any session use it
/// too, with no `id`.
#[derive(Clone, Default)]
pub(crate) struct Context {
    pub(crate) session_id: Option<String>,
    pub(crate) session_name: Option<String>,
    pub(crate) session_metadata: Map<String, Value>,
    pub(crate) user: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) environment: Option<String>,
    pub(crate) release: Option<String>,
}

/// A finished piece of demo: some traces and what they share.
#[derive(Clone, Default)]
pub(crate) struct Session {
    pub(crate) context: Context,
    pub(crate) traces: Vec<Trace>,
}

impl Kind {
    fn wire(self) -> &'static str {
        match self {
            Self::Agent => "AGENT",
            Self::Tool => "TOOL",
            Self::Llm => "LLM",
            Self::Retriever => "RETRIEVER",
            Self::Chain => "CHAIN",
            Self::Embedding => "EMBEDDING",
            Self::Other => "OTHER",
        }
    }
}

impl Session {
    /// Moves the session so that one of its later traces is half done at
    /// `now`: somebody is talking to the agent while the demo is looked at.
    pub(crate) fn make_live(&mut self, now: i64) {
        let chosen = self.traces.len() * 2 / 3;
        let Some(trace) = self.traces.get(chosen) else {
            return;
        };
        let end = trace.ended.unwrap_or(trace.started);
        let shift = now - (trace.started + (end - trace.started) * 3 / 5);
        for trace in &mut self.traces {
            trace.shift(shift);
        }
    }

    /// Drops what lies after `now` and leaves open what was under way then.
    pub(crate) fn settle(&mut self, now: i64) {
        self.traces.retain(|trace| trace.started < now);
        for trace in &mut self.traces {
            trace.cut(now);
        }
    }

    /// Returns the requests that send this session, in order.
    pub(crate) fn fragments(&self) -> Vec<Value> {
        let per_trace = self.traces.iter();
        per_trace
            .flat_map(|trace| trace.fragments(&self.context))
            .collect()
    }
}

impl Trace {
    fn shift(&mut self, by: i64) {
        self.started += by;
        self.ended = self.ended.map(|at| at + by);
        for span in &mut self.spans {
            span.started += by;
            span.ended = span.ended.map(|at| at + by);
            span.first_token = span.first_token.map(|at| at + by);
        }
    }

    fn cut(&mut self, now: i64) {
        if self.ended.is_some_and(|end| end <= now) {
            return;
        }
        self.outcome = Outcome::Running;
        self.ended = None;
        self.output = Value::Null;
        self.spans.retain(|span| span.started < now);
        for span in &mut self.spans {
            span.cut(now);
        }
    }

    fn fragments(&self, context: &Context) -> Vec<Value> {
        if self.spans.len() <= SPANS_PER_FRAGMENT {
            return vec![self.fragment(context, &self.spans, true)];
        }
        let mut spans = self.spans.clone();
        // A client sends spans as they end, so parents come last.
        spans.sort_by_key(|span| span.ended.unwrap_or(i64::MAX));
        let count = spans.len().div_ceil(SPANS_PER_FRAGMENT);
        let chunks = spans.chunks(SPANS_PER_FRAGMENT).enumerate();
        chunks
            .map(|(index, chunk)| self.fragment(context, chunk, index + 1 == count))
            .collect()
    }

    fn fragment(&self, context: &Context, spans: &[Span], last: bool) -> Value {
        let outcome = if last { self.outcome } else { Outcome::Running };
        let mut body = Map::new();
        body.insert("trace_id".into(), json!(self.id));
        body.insert("name".into(), json!(self.name));
        body.insert("status".into(), json!(outcome.wire()));
        body.insert("started_at".into(), json!(iso(self.started)));
        put(&mut body, "input", &self.input);
        if last {
            put(&mut body, "output", &self.output);
            put(&mut body, "ended_at", &json!(self.ended.map(iso)));
        }
        put_object(&mut body, "metadata", &self.metadata);
        context.put_into(&mut body);
        let spans: Vec<Value> = spans.iter().map(Span::to_json).collect();
        body.insert("spans".into(), Value::Array(spans));
        Value::Object(body)
    }
}

impl Outcome {
    fn wire(self) -> &'static str {
        match self {
            Self::Completed => "COMPLETED",
            Self::Error => "ERROR",
            Self::Running => "RUNNING",
        }
    }
}

impl Context {
    fn put_into(&self, body: &mut Map<String, Value>) {
        put(body, "session_id", &json!(self.session_id));
        put(body, "session_name", &json!(self.session_name));
        put_object(body, "session_metadata", &self.session_metadata);
        put(body, "user_id", &json!(self.user));
        if !self.tags.is_empty() {
            body.insert("tags".into(), json!(self.tags));
        }
        put(body, "environment", &json!(self.environment));
        put(body, "release", &json!(self.release));
    }
}

impl Span {
    fn cut(&mut self, now: i64) {
        if self.ended.is_some_and(|end| end <= now) {
            return;
        }
        self.status = SpanStatus::Unset;
        self.ended = None;
        self.output = Value::Null;
        self.usage = None;
        self.cost = None;
        self.error = None;
        self.first_token = self.first_token.filter(|at| *at <= now);
    }

    fn to_json(&self) -> Value {
        let mut body = Map::new();
        body.insert("span_id".into(), json!(self.id));
        put(&mut body, "parent_span_id", &json!(self.parent));
        body.insert("name".into(), json!(self.name));
        body.insert("kind".into(), json!(self.kind.wire()));
        body.insert("status".into(), json!(self.status.wire()));
        put(&mut body, "input", &self.input);
        put(&mut body, "output", &self.output);
        put(&mut body, "model", &json!(self.model));
        if let Some((usage, dialect)) = self.usage {
            body.insert("token_usage".into(), usage.to_token_usage(dialect));
            if self.sends_usage {
                body.insert("usage".into(), usage.to_json());
            }
        }
        put_object(&mut body, "metadata", &self.metadata);
        body.insert("started_at".into(), json!(iso(self.started)));
        put(&mut body, "ended_at", &json!(self.ended.map(iso)));
        put(&mut body, "error", &json!(self.error));
        let first_token = json!(self.first_token.map(iso));
        put(&mut body, "completion_start_time", &first_token);
        put(&mut body, "model_parameters", &json!(self.parameters));
        put(&mut body, "cost", &json!(self.cost));
        Value::Object(body)
    }
}

impl SpanStatus {
    fn wire(self) -> &'static str {
        match self {
            Self::Unset => "UNSET",
            Self::Ok => "OK",
            Self::Error => "ERROR",
        }
    }
}

/// Clients leave out what is not set, so the demo does too.
fn put(body: &mut Map<String, Value>, key: &str, value: &Value) {
    if !value.is_null() {
        body.insert(key.to_owned(), value.clone());
    }
}

fn put_object(body: &mut Map<String, Value>, key: &str, value: &Map<String, Value>) {
    if !value.is_empty() {
        body.insert(key.to_owned(), Value::Object(value.clone()));
    }
}

fn iso(micros: i64) -> String {
    Timestamp::from_microsecond(micros)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(id: &str, parent: Option<&str>, started: i64, ended: i64) -> Span {
        Span {
            id: id.to_owned(),
            parent: parent.map(str::to_owned),
            name: "step".to_owned(),
            kind: Kind::Tool,
            status: SpanStatus::Ok,
            input: Value::Null,
            output: json!("done"),
            model: None,
            usage: None,
            sends_usage: false,
            metadata: Map::new(),
            started,
            ended: Some(ended),
            error: None,
            first_token: None,
            parameters: None,
            cost: None,
        }
    }

    fn trace(spans: Vec<Span>) -> Trace {
        Trace {
            id: "t".to_owned(),
            name: "turn".to_owned(),
            outcome: Outcome::Completed,
            input: json!("in"),
            output: json!("out"),
            metadata: Map::new(),
            started: 0,
            ended: Some(100),
            spans,
        }
    }

    #[test]
    fn cutting_leaves_open_what_was_under_way() {
        let spans = vec![
            span("agent", None, 0, 100),
            span("first", Some("agent"), 5, 30),
            span("second", Some("agent"), 40, 80),
            span("third", Some("agent"), 85, 95),
        ];
        let mut session = Session {
            traces: vec![trace(spans)],
            ..Session::default()
        };
        session.settle(50);
        let cut = &session.traces[0];
        assert_eq!(cut.outcome, Outcome::Running);
        let ends: Vec<_> = cut.spans.iter().map(|s| (s.id.as_str(), s.ended)).collect();
        assert_eq!(
            ends,
            [("agent", None), ("first", Some(30)), ("second", None)]
        );
        assert_eq!(cut.spans[2].output, Value::Null);
    }

    #[test]
    fn a_live_session_has_a_trace_across_now() {
        let mut session = Session {
            traces: vec![trace(vec![span("a", None, 0, 100)])],
            ..Session::default()
        };
        session.make_live(1_000_000);
        session.settle(1_000_000);
        assert_eq!(session.traces[0].started, 999_940);
        assert_eq!(session.traces[0].ended, None);
    }

    #[test]
    fn long_traces_are_sent_in_fragments_that_end_once() {
        let mut spans = vec![span("agent", None, 0, 5000)];
        spans.extend((1..250).map(|i| span(&format!("s{i}"), Some("agent"), i, i + 1)));
        let fragments = trace(spans).fragments(&Context::default());
        let statuses: Vec<_> = fragments.iter().map(|f| &f["status"]).collect();
        assert_eq!(statuses, ["RUNNING", "RUNNING", "COMPLETED"]);
        assert!(fragments[0].get("ended_at").is_none());
        assert_eq!(fragments[2]["output"], "out");
        let last = fragments[2]["spans"].as_array().unwrap();
        assert_eq!(last.last().unwrap()["span_id"], "agent");
    }

    #[test]
    fn times_carry_microseconds_and_an_offset() {
        assert_eq!(
            iso(1_763_679_176_613_180),
            "2025-11-20T22:52:56.613180+00:00"
        );
    }
}
