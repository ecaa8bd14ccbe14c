//! Writes one trace the way an instrumented agent would: spans open, time
//! passes, spans close.

use serde_json::{Map, Value, json};

use super::dice::Dice;
use super::models::{Dialect, Model, Usage, count_tokens};
use super::trace::{Kind, Outcome, Span, SpanStatus, Trace};

/// Tokens of a message's envelope (role and separators).
const TOKENS_PER_MESSAGE: u64 = 4;
/// Providers cache prompts from this length on.
const CACHE_FROM_TOKENS: u64 = 1024;
/// OpenAI-like caches work in steps of this many tokens.
const CACHE_STEP_TOKENS: u64 = 128;

/// A position in the recorder's list of spans.
#[derive(Clone, Copy)]
pub(crate) struct SpanRef(usize);

/// A trace being written, with a clock of its own.
pub(crate) struct Recorder<'d> {
    /// The session's source of choices.
    pub(crate) dice: &'d mut Dice,
    trace: Trace,
    open: Vec<usize>,
    now: i64,
}

/// One call of a model.
pub(crate) struct LlmCall<'a> {
    pub(crate) name: &'a str,
    pub(crate) model: &'static Model,
    /// Every message sent, system prompt and history included.
    pub(crate) messages: Vec<Value>,
    /// The assistant's message.
    pub(crate) reply: Value,
    /// Prompt tokens that the messages do not show: tool definitions.
    pub(crate) hidden_tokens: u64,
    /// Prompt tokens that an earlier call of the session already sent.
    pub(crate) seen_tokens: u64,
    pub(crate) reasoning_tokens: u64,
    pub(crate) streamed: bool,
    pub(crate) parameters: Value,
}

impl<'a> LlmCall<'a> {
    /// Returns a call with no hidden or cached tokens, not streamed.
    pub(crate) fn new(
        name: &'a str,
        model: &'static Model,
        messages: Vec<Value>,
        reply: Value,
    ) -> Self {
        Self {
            name,
            model,
            messages,
            reply,
            hidden_tokens: 0,
            seen_tokens: 0,
            reasoning_tokens: 0,
            streamed: false,
            parameters: json!({"temperature": 0.2}),
        }
    }

    fn prompt_tokens(&self) -> u64 {
        let shown: u64 = self.messages.iter().map(message_tokens).sum();
        shown + self.hidden_tokens
    }
}

impl<'d> Recorder<'d> {
    /// Starts a trace at `now` (microseconds since the epoch).
    pub(crate) fn start(dice: &'d mut Dice, name: &str, now: i64, input: Value) -> Self {
        let trace = Trace {
            id: dice.uuid(),
            name: name.to_owned(),
            outcome: Outcome::Completed,
            input,
            output: Value::Null,
            metadata: Map::new(),
            started: now,
            ended: None,
            spans: Vec::new(),
        };
        Self {
            dice,
            trace,
            open: Vec::new(),
            now,
        }
    }

    /// The trace's clock, in microseconds since the epoch.
    pub(crate) fn now(&self) -> i64 {
        self.now
    }

    /// Sets the clock, for branches that ran at the same time.
    pub(crate) fn set_now(&mut self, now: i64) {
        self.now = now;
    }

    /// Lets about `median_ms` pass.
    pub(crate) fn wait(&mut self, median_ms: u64) {
        let micros = self.dice.around_ms(median_ms) * 1000 + self.dice.range(40, 960);
        self.now += i64::try_from(micros).unwrap_or(0);
    }

    /// Adds an entry to the trace's metadata.
    pub(crate) fn note(&mut self, key: &str, value: Value) {
        self.trace.metadata.insert(key.to_owned(), value);
    }

    /// Opens a span under the innermost open one.
    pub(crate) fn enter(&mut self, kind: Kind, name: &str, input: Value) -> SpanRef {
        self.wait(1);
        let parent = self.open.last().map(|at| self.trace.spans[*at].id.clone());
        let span = Span {
            id: self.dice.uuid(),
            parent,
            name: name.to_owned(),
            kind,
            status: SpanStatus::Unset,
            input,
            output: Value::Null,
            model: None,
            usage: None,
            sends_usage: false,
            metadata: Map::new(),
            started: self.now,
            ended: None,
            error: None,
            first_token: None,
            parameters: None,
            cost: None,
        };
        self.trace.spans.push(span);
        let at = self.trace.spans.len() - 1;
        self.open.push(at);
        SpanRef(at)
    }

    /// Gives access to a span, to set what only some spans have.
    pub(crate) fn span(&mut self, span: SpanRef) -> &mut Span {
        &mut self.trace.spans[span.0]
    }

    /// Closes a span that went well.
    pub(crate) fn leave(&mut self, span: SpanRef, output: Value) {
        self.close(span, SpanStatus::Ok);
        self.span(span).output = output;
    }

    /// Closes a span that failed.
    pub(crate) fn fail(&mut self, span: SpanRef, error: &str) {
        self.close(span, SpanStatus::Error);
        self.span(span).error = Some(error.to_owned());
    }

    fn close(&mut self, span: SpanRef, status: SpanStatus) {
        self.open.retain(|at| *at != span.0);
        self.wait(1);
        let now = self.now;
        let span = self.span(span);
        span.status = status;
        span.ended = Some(now);
    }

    /// Records a step without children that took about `median_ms`.
    pub(crate) fn step(
        &mut self,
        kind: Kind,
        name: &str,
        input: Value,
        output: Value,
        median_ms: u64,
    ) {
        let span = self.enter(kind, name, input);
        self.wait(median_ms);
        self.leave(span, output);
    }

    /// Records a step that failed after about `median_ms`.
    pub(crate) fn failed_step(
        &mut self,
        kind: Kind,
        name: &str,
        input: Value,
        error: &str,
        median_ms: u64,
    ) {
        let span = self.enter(kind, name, input);
        self.wait(median_ms);
        self.fail(span, error);
    }

    /// Records an embedding call of `texts`.
    pub(crate) fn embed(&mut self, model: &'static Model, texts: &[String]) {
        let span = self.enter(Kind::Embedding, "embed", json!(texts));
        self.wait(model.first_token_ms);
        let tokens = texts.iter().map(|text| count_tokens(text)).sum();
        let usage = Usage {
            input: tokens,
            ..Usage::default()
        };
        self.spend(span, model, usage);
        let dimensions = json!({"vectors": texts.len(), "dimensions": 1536});
        self.leave(span, dimensions);
    }

    /// Records a model call and returns how many prompt tokens it had, which
    /// is what a later call of the session may find cached.
    pub(crate) fn llm(&mut self, call: LlmCall<'_>) -> u64 {
        let usage = self.usage_of(&call);
        let span = self.enter_llm(&call);
        self.wait(call.model.first_token_ms + call.reasoning_tokens * 4);
        if call.streamed {
            self.span(span).first_token = Some(self.now);
        }
        let answer_tokens = usage.output + usage.audio_output;
        self.wait(answer_tokens * 1000 / call.model.tokens_per_second.max(1));
        self.spend(span, call.model, usage);
        self.leave(span, json!({"messages": [call.reply]}));
        usage.prompt()
    }

    /// Records a model call that the provider refused.
    pub(crate) fn llm_refused(&mut self, call: &LlmCall<'_>, error: &str, after_ms: u64) {
        let span = self.enter_llm(call);
        self.wait(after_ms);
        self.fail(span, error);
    }

    fn enter_llm(&mut self, call: &LlmCall<'_>) -> SpanRef {
        let span = self.enter(Kind::Llm, call.name, json!({"messages": call.messages}));
        let entry = self.span(span);
        entry.model = Some(call.model.name);
        entry.parameters = Some(call.parameters.clone());
        span
    }

    fn usage_of(&mut self, call: &LlmCall<'_>) -> Usage {
        let prompt = call.prompt_tokens();
        let cached = cached_tokens(call, prompt);
        let fresh = prompt - cached;
        // Anthropic-like caches charge for writing what was not cached yet.
        let writes = call.model.dialect == Dialect::Anthropic && prompt >= CACHE_FROM_TOKENS;
        let cache_write = if writes { fresh * 9 / 10 } else { 0 };
        Usage {
            input: fresh - cache_write,
            cache_read: cached,
            cache_write,
            output: message_tokens(&call.reply).max(1),
            reasoning: call.reasoning_tokens,
            ..Usage::default()
        }
    }

    /// Sets a span's model, tokens and cost.
    pub(crate) fn spend(&mut self, span: SpanRef, model: &'static Model, usage: Usage) {
        let sends_usage = !matches!(model.dialect, Dialect::Plain);
        let entry = self.span(span);
        entry.model = Some(model.name);
        entry.usage = Some((usage, model.dialect));
        entry.sends_usage = sends_usage;
        entry.cost = model.cost(usage);
    }

    /// Gives an agent span the sum of its descendants' tokens, as frameworks
    /// do that report usage at every level.
    pub(crate) fn repeat_usage(&mut self, agent: SpanRef) {
        let mut family = vec![self.span(agent).id.clone()];
        let mut sum = Usage::default();
        for span in &self.trace.spans[agent.0 + 1..] {
            let inside = span.parent.as_ref().is_some_and(|id| family.contains(id));
            if !inside {
                continue;
            }
            family.push(span.id.clone());
            // An inner agent's tokens are already a sum.
            if let (Some((usage, _)), true) = (span.usage, span.kind != Kind::Agent) {
                sum = sum.plus(usage);
            }
        }
        if sum != Usage::default() {
            let entry = self.span(agent);
            entry.usage = Some((sum, Dialect::OpenAi));
            entry.sends_usage = true;
        }
    }

    /// Ends the trace well.
    pub(crate) fn finish(self, output: Value) -> Trace {
        self.end(Outcome::Completed, output)
    }

    /// Ends the trace with an error; spans still open fail with it.
    pub(crate) fn crash(mut self, error: &str) -> Trace {
        while let Some(at) = self.open.last().copied() {
            self.fail(SpanRef(at), error);
        }
        self.end(Outcome::Error, Value::Null)
    }

    fn end(mut self, outcome: Outcome, output: Value) -> Trace {
        self.wait(2);
        self.trace.outcome = outcome;
        self.trace.output = output;
        self.trace.ended = Some(self.now);
        self.trace
    }
}

fn cached_tokens(call: &LlmCall<'_>, prompt: u64) -> u64 {
    let seen = call.seen_tokens.min(prompt);
    if !call.model.caches_prompts || seen < CACHE_FROM_TOKENS {
        return 0;
    }
    seen - seen % CACHE_STEP_TOKENS
}

fn message_tokens(message: &Value) -> u64 {
    let text = match &message["content"] {
        Value::String(text) => count_tokens(text),
        Value::Null => 0,
        other => count_tokens(&other.to_string()),
    };
    let calls = &message["tool_calls"];
    let calls = if calls.is_null() {
        0
    } else {
        count_tokens(&calls.to_string())
    };
    text + calls + TOKENS_PER_MESSAGE
}

/// Returns a chat message.
pub(crate) fn message(role: &str, content: &str) -> Value {
    json!({"role": role, "content": content})
}

/// Returns an assistant message that calls one tool.
pub(crate) fn tool_call(id: &str, name: &str, arguments: &Value) -> Value {
    json!({
        "role": "assistant",
        "content": null,
        "tool_calls": [{
            "id": id,
            "type": "function",
            "function": {"name": name, "arguments": arguments.to_string()},
        }],
    })
}

/// Returns the message that carries a tool's result back to the model.
pub(crate) fn tool_result(id: &str, result: &Value) -> Value {
    json!({"role": "tool", "tool_call_id": id, "content": result.to_string()})
}

/// Returns a trace's input or output in the usual chat form.
pub(crate) fn messages(role: &str, content: &str) -> Value {
    json!({"messages": [message(role, content)]})
}
