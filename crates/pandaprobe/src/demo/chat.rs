//! A chat agent: every request of the user is a trace, and the whole history
//! goes to the model each time.

use serde_json::{Value, json};

use super::dice::Dice;
use super::faults::Fault;
use super::models::{EMBEDDING_SMALL, Model};
use super::recorder::{LlmCall, Recorder, message, messages, tool_call, tool_result};
use super::script::{Call, Slots};
use super::trace::{Kind, Trace};

/// How long a provider keeps a prompt cached, in microseconds.
const CACHE_MICROS: i64 = 5 * 60 * 1_000_000;
/// How often an agent calls a broken tool before it gives up.
const TOOL_ATTEMPTS: u64 = 3;

/// What distinguishes one chat product from another.
pub(crate) struct Agent {
    pub(crate) trace_name: &'static str,
    pub(crate) span_name: &'static str,
    /// The span name of model calls that choose a tool, and of those that answer.
    pub(crate) plan_name: &'static str,
    pub(crate) answer_name: &'static str,
    pub(crate) system: String,
    pub(crate) model: &'static Model,
    /// A small model that looks at each message first.
    pub(crate) router: Option<&'static Model>,
    /// Tokens of the tool definitions sent with every call.
    pub(crate) tool_tokens: u64,
    pub(crate) streamed: bool,
    /// Whether the agent span repeats the tokens of the calls under it.
    pub(crate) repeats_usage: bool,
    /// What the agent says when its tools are down.
    pub(crate) apology: &'static str,
}

/// A conversation that is going on.
pub(crate) struct Chat<'d> {
    pub(crate) dice: &'d mut Dice,
    pub(crate) agent: Agent,
    history: Vec<Value>,
    seen_tokens: u64,
    turns: u64,
    clock: i64,
}

/// One turn with its slots filled.
pub(crate) struct Exchange<'a> {
    pub(crate) user: String,
    pub(crate) calls: &'a [Call],
    pub(crate) reply: String,
    pub(crate) fault: Option<Fault>,
}

impl<'d> Chat<'d> {
    /// Opens a conversation at `start` (microseconds since the epoch).
    pub(crate) fn open(dice: &'d mut Dice, agent: Agent, start: i64) -> Self {
        let history = vec![message("system", &agent.system)];
        Self {
            dice,
            agent,
            history,
            seen_tokens: 0,
            turns: 0,
            clock: start,
        }
    }

    /// Lets the user read and type: seconds mostly, now and then minutes or
    /// the rest of the day.
    pub(crate) fn pause(&mut self, median_seconds: u64) {
        let factor = match self.dice.range(0, 100) {
            0..=1 => 900,
            2..=8 => 25,
            _ => 1,
        };
        let ms = self.dice.around_ms(median_seconds * 1000) * factor;
        let micros = i64::try_from(ms * 1000).unwrap_or(0);
        if micros > CACHE_MICROS {
            self.seen_tokens = 0;
        }
        self.clock += micros;
    }

    /// Plays one turn.
    pub(crate) fn exchange(&mut self, exchange: &Exchange<'_>, slots: &Slots) -> Trace {
        self.turns += 1;
        let trace = self.record(exchange, slots);
        self.clock = trace.ended.unwrap_or(trace.started);
        trace
    }

    fn record(&mut self, exchange: &Exchange<'_>, slots: &Slots) -> Trace {
        let agent = &self.agent;
        let input = messages("user", &exchange.user);
        let mut recorder = Recorder::start(self.dice, agent.trace_name, self.clock, input.clone());
        recorder.note("turn", json!(self.turns));
        let request_id = format!("req_{}", recorder.dice.hex(14));
        recorder.note("request_id", json!(request_id));
        let root = recorder.enter(Kind::Agent, agent.span_name, input);
        if let Some(router) = agent.router {
            route(&mut recorder, router, &exchange.user);
        }
        let mut work = Work {
            recorder: &mut recorder,
            agent,
            history: &mut self.history,
            seen_tokens: &mut self.seen_tokens,
            fault: exchange.fault,
        };
        work.history.push(message("user", &exchange.user));
        let outcome = work.answer(exchange, slots);
        match outcome {
            Ok(reply) => {
                if agent.repeats_usage {
                    recorder.repeat_usage(root);
                }
                let output = messages("assistant", &reply);
                recorder.leave(root, output.clone());
                recorder.finish(output)
            }
            Err(error) => recorder.crash(error),
        }
    }
}

/// The work on one turn, inside the agent's span.
struct Work<'w, 'd> {
    recorder: &'w mut Recorder<'d>,
    agent: &'w Agent,
    history: &'w mut Vec<Value>,
    seen_tokens: &'w mut u64,
    fault: Option<Fault>,
}

impl Work<'_, '_> {
    fn answer(&mut self, exchange: &Exchange<'_>, slots: &Slots) -> Result<String, &'static str> {
        for call in exchange.calls {
            if !self.use_tool(call, slots) {
                let apology = self.agent.apology;
                self.generate(self.agent.answer_name, message("assistant", apology));
                return Ok(apology.to_owned());
            }
        }
        if let Some(fault @ (Fault::Crash | Fault::Loop)) = self.fault {
            self.recorder.wait(30);
            return Err(fault.error(self.recorder.dice));
        }
        self.generate(
            self.agent.answer_name,
            message("assistant", &exchange.reply),
        );
        Ok(exchange.reply.clone())
    }

    /// Asks the model, runs the tool it chose, and returns whether the agent
    /// can go on.
    fn use_tool(&mut self, call: &Call, slots: &Slots) -> bool {
        let arguments = slots.fill_json(call.arguments);
        let id = format!("call_{}", self.recorder.dice.hex(12));
        self.generate(self.agent.plan_name, tool_call(&id, call.name, &arguments));
        let result = self.run(call, &arguments, slots);
        let told = result
            .clone()
            .unwrap_or_else(|error| json!({"error": error}));
        self.history.push(tool_result(&id, &told));
        result.is_ok()
    }

    fn run(
        &mut self,
        call: &Call,
        arguments: &Value,
        slots: &Slots,
    ) -> Result<Value, &'static str> {
        match self.fault.take_if(|fault| fault.needs_tool()) {
            Some(Fault::ToolTimeout) => {
                let error = Fault::ToolTimeout.error(self.recorder.dice);
                self.recorder
                    .failed_step(call.kind, call.name, arguments.clone(), error, 10_000);
                self.recorder.wait(400);
            }
            Some(fault) => return Err(self.give_up(call, arguments, fault)),
            None => {}
        }
        let result = slots.fill_json(call.result);
        if call.fails {
            let error = slots.fill(call.result);
            self.recorder.failed_step(
                call.kind,
                call.name,
                arguments.clone(),
                &error,
                call.median_ms,
            );
        } else {
            self.succeed(call, arguments, &result);
        }
        Ok(result)
    }

    fn give_up(&mut self, call: &Call, arguments: &Value, fault: Fault) -> &'static str {
        let error = fault.error(self.recorder.dice);
        for attempt in 0..TOOL_ATTEMPTS {
            self.recorder
                .failed_step(call.kind, call.name, arguments.clone(), error, 1200);
            self.recorder.wait(500 << attempt);
        }
        error
    }

    fn succeed(&mut self, call: &Call, arguments: &Value, result: &Value) {
        if call.kind != Kind::Retriever {
            let (input, output) = (arguments.clone(), result.clone());
            self.recorder
                .step(call.kind, call.name, input, output, call.median_ms);
            return;
        }
        let span = self.recorder.enter(call.kind, call.name, arguments.clone());
        let query = arguments["query"].as_str().unwrap_or_default().to_owned();
        self.recorder.embed(&EMBEDDING_SMALL, &[query]);
        self.recorder.wait(call.median_ms);
        let hits = result.as_array().map_or(0, Vec::len);
        let details = &mut self.recorder.span(span).metadata;
        details.insert("index".into(), json!("kb-2026-11"));
        details.insert("hits".into(), json!(hits));
        self.recorder.leave(span, result.clone());
    }

    /// Calls the model with everything said so far and appends its message.
    fn generate(&mut self, name: &'static str, reply: Value) {
        let mut call = LlmCall::new(name, self.agent.model, self.history.clone(), reply.clone());
        call.hidden_tokens = self.agent.tool_tokens;
        call.seen_tokens = *self.seen_tokens;
        call.streamed = self.agent.streamed && name == self.agent.answer_name;
        call.parameters = json!({"temperature": 0.3, "max_tokens": 1024, "stream": call.streamed});
        if self
            .fault
            .take_if(|fault| *fault == Fault::RateLimited)
            .is_some()
        {
            let error = Fault::RateLimited.error(self.recorder.dice);
            self.recorder.llm_refused(&call, error, 240);
            self.recorder.wait(1500);
        }
        *self.seen_tokens = self.recorder.llm(call);
        self.history.push(reply);
    }
}

fn route(recorder: &mut Recorder<'_>, router: &'static Model, user: &str) {
    let prompt = "Classify the message: order, refund, delivery, product, account, other. Is it safe to answer? Reply as JSON.";
    let verdict = r#"{"intent":"support","safe":true,"language":"auto"}"#;
    let asked = vec![message("system", prompt), message("user", user)];
    let mut call = LlmCall::new("route", router, asked, message("assistant", verdict));
    call.parameters = json!({"temperature": 0, "response_format": {"type": "json_object"}});
    recorder.llm(call);
}
