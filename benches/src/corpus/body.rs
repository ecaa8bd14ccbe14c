//! One trace as a `TraceCreate` body with placeholders where a request needs
//! something of its own.

use serde_json::{Map, Value, json};

use super::text::Writer;

/// Placeholders; each is written over with as many bytes as it has.
pub(super) const ID: &str = "~~I~~~~~";
pub(super) const SESSION: &str = "~~S~~~~~";
pub(super) const MARK: &str = "~~M~~~~~";
pub(super) const TIME: &str = "~~T";

/// Models of the corpus.
const MODELS: [&str; 6] = [
    "gpt-4o",
    "gpt-4o-mini",
    "claude-sonnet-4-5",
    "claude-haiku-4-5",
    "gemini-2.5-pro",
    "mistral-large-latest",
];
const TOOLS: [&str; 6] = [
    "get_order",
    "run_sql",
    "read_file",
    "web_search",
    "send_email",
    "list_events",
];
const SYSTEMS: [&str; 3] = [
    "You are the operations assistant of a trading company. Answer briefly and with the facts that the tools return. Never guess a number; when a tool fails, say so and propose the next step. Amounts are in euros unless the tool says otherwise, times are UTC.",
    "You are a careful analyst with read access to the warehouse. Look at the schema before you write a query, limit every query to two hundred rows, and explain the result in three sentences with the most important number first.",
    "You are a coding agent inside the user's checkout. Read before you write, make the smallest change that solves the task, run the tests after every patch and say plainly what you changed and what you did not.",
];

/// How many spans a trace of the corpus has and how large they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SpanMix {
    /// Spans of each trace, the agent's included.
    pub(crate) spans: usize,
    /// Scale of the texts in percent: 100 gives 2 to 3 KB of JSON a span.
    pub(crate) text_percent: usize,
}

impl SpanMix {
    fn scaled(self, bytes: usize) -> usize {
        bytes * self.text_percent / 100
    }
}

/// Returns a body with placeholders.
pub(super) fn trace(writer: &mut Writer, mix: SpanMix) -> Value {
    let question = marked(writer, mix.scaled(180));
    let answer = marked(writer, mix.scaled(300));
    let root = id(writer);
    let mut spans = vec![agent(writer, &root, &question, &answer)];
    for index in 1..mix.spans {
        spans.push(step(writer, mix, &root, index, &question));
    }
    let user = writer.below(1000) * writer.below(1000) / 1000;
    let failed = writer.below(100) < 4;
    json!({
        "trace_id": id(writer),
        "name": writer.pick(&["chat-turn", "answer-question", "code-task", "nightly-report"]),
        "status": if failed { "ERROR" } else { "COMPLETED" },
        "started_at": time(0),
        "ended_at": time(9_000_000),
        "input": {"messages": [{"role": "user", "content": question}]},
        "output": {"messages": [{"role": "assistant", "content": answer}]},
        "metadata": {"plan": writer.pick(&["free", "pro", "team"]), "region": writer.pick(&["eu-west", "us-east", "ap-north"]), "request": format!("req-{MARK}")},
        "session_id": format!("load-{SESSION}"),
        "session_name": format!("Case {SESSION}"),
        "user_id": format!("user-{user:04}"),
        "tags": [writer.pick(&["chat", "batch"]), writer.pick(&["prod", "beta", "internal"])],
        "environment": writer.pick(&["production", "production", "staging"]),
        "release": "load@1.0.0",
        "spans": spans,
    })
}

fn agent(writer: &mut Writer, root: &str, question: &str, answer: &str) -> Value {
    let notes = writer.prose(400);
    json!({
        "span_id": root,
        "name": "agent",
        "kind": "AGENT",
        "status": "OK",
        "input": {"messages": [{"role": "user", "content": question}], "notes": notes},
        "output": {"messages": [{"role": "assistant", "content": answer}]},
        "metadata": {"framework": "own", "attempt": 1},
        "started_at": time(1_000),
        "ended_at": time(8_990_000),
    })
}

fn step(writer: &mut Writer, mix: SpanMix, root: &str, index: usize, question: &str) -> Value {
    let mut span = match index % 4 {
        2 => tool(writer, mix),
        0 => retrieval(writer, mix),
        _ => llm(writer, mix, question),
    };
    let begins = 20_000 + 1_100_000 * index as u64;
    span.insert("span_id".into(), json!(id(writer)));
    span.insert("parent_span_id".into(), json!(root));
    span.insert("started_at".into(), json!(time(begins)));
    let duration = 80_000 + writer.below(900_000);
    span.insert("ended_at".into(), json!(time(begins + duration)));
    Value::Object(span)
}

fn llm(writer: &mut Writer, mix: SpanMix, question: &str) -> Map<String, Value> {
    let system = writer.pick(&SYSTEMS);
    let said = marked(writer, mix.scaled(260));
    let asked = marked(writer, mix.scaled(160));
    let reply = marked(writer, mix.scaled(380));
    let (prompt, completion) = (400 + writer.below(6000), 40 + writer.below(700));
    let cached = prompt / 2;
    let cost = (prompt * 250 + completion * 1000) as f64 / 1e8;
    object(json!({
        "name": "chat-completion",
        "kind": "LLM",
        "status": "OK",
        "input": {"messages": [
            {"role": "system", "content": system},
            {"role": "user", "content": question},
            {"role": "assistant", "content": said},
            {"role": "user", "content": asked},
        ]},
        "output": {"messages": [{"role": "assistant", "content": reply}]},
        "model": writer.pick(&MODELS),
        "model_parameters": {"temperature": 0.2, "max_tokens": 1024, "stream": true},
        "token_usage": {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion, "cache_read_tokens": cached},
        "usage": {"input": prompt - cached, "cache_read": cached, "output": completion},
        "cost": {"total": cost},
        "completion_start_time": time(600_000),
    }))
}

fn tool(writer: &mut Writer, mix: SpanMix) -> Map<String, Value> {
    let failed = writer.below(100) < 6;
    let rows: Vec<Value> = (0..mix.scaled(9).max(1)).map(|_| row(writer)).collect();
    let mut span = object(json!({
        "name": writer.pick(&TOOLS),
        "kind": "TOOL",
        "status": if failed { "ERROR" } else { "OK" },
        "input": {"query": writer.prose(mix.scaled(90)), "limit": 50, "request": format!("req-{MARK}")},
        "output": {"rows": rows, "truncated": false},
        "metadata": {"attempt": 1},
    }));
    if failed {
        span.insert(
            "error".into(),
            json!("ReadTimeout: no answer within 10.0 s"),
        );
    }
    span
}

fn row(writer: &mut Writer) -> Value {
    json!({
        "id": format!("LF-{}", writer.below(900_000) + 100_000),
        "amount": writer.below(90_000) as f64 / 100.0,
        "state": writer.pick(&["open", "paid", "shipped", "cancelled"]),
        "note": writer.prose(60),
        "checksum": writer.hex(12),
    })
}

fn retrieval(writer: &mut Writer, mix: SpanMix) -> Map<String, Value> {
    let documents: Vec<Value> = (0..4)
        .map(|rank| {
            json!({"id": format!("kb-{}", writer.below(5000)), "score": 0.91 - 0.07 * f64::from(rank), "text": writer.prose(mix.scaled(330))})
        })
        .collect();
    object(json!({
        "name": "search-knowledge-base",
        "kind": "RETRIEVER",
        "status": "OK",
        "input": {"query": marked(writer, mix.scaled(70)), "top_k": 4},
        "output": documents,
        "metadata": {"index": "kb-main", "hits": 4},
    }))
}

/// Prose with a reference in it, so that no two requests carry equal text.
fn marked(writer: &mut Writer, bytes: usize) -> String {
    format!("[{MARK}] {}", writer.prose(bytes))
}

/// A UUID whose first group is written over for each request.
fn id(writer: &mut Writer) -> String {
    let (a, b, c) = (writer.hex(3), writer.hex(3), writer.hex(12));
    format!("{ID}-{}-4{a}-8{b}-{c}", writer.hex(4))
}

/// A time so many microseconds after the start of the trace; as long as the
/// text that replaces it.
fn time(offset_micros: u64) -> String {
    format!("{TIME}{offset_micros:026}~~~")
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
