//! A research agent that splits a question, lets sub-agents search the web at
//! the same time, and writes a report. Every agent span repeats the tokens of
//! the model calls under it, as its framework does.

mod topics;

use serde_json::{Map, Value, json};

use self::topics::{FOLLOW_UPS, Part, TOPICS, Topic};
use crate::demo::dice::Dice;
use crate::demo::faults::Fault;
use crate::demo::models::{CLAUDE_HAIKU, CLAUDE_SONNET, GEMINI_FLASH, GEMINI_PRO, GPT_4O, Model};
use crate::demo::people::ANALYSTS;
use crate::demo::recorder::{LlmCall, Recorder, message, messages, tool_call};
use crate::demo::trace::{Context, Kind, Session, Trace};

const LEAD: &str = "You lead a research team. Split the question into independent parts, give each to a researcher, then write \
one answer with sources. Prefer dated, primary sources; say what is unknown.";
const RESEARCHER: &str = "You research one question. Search, open the two best results, note the facts with their source and stop.";

/// A lead model and the cheaper one of its researchers.
const TEAMS: [(&Model, &Model); 4] = [
    (&CLAUDE_SONNET, &CLAUDE_HAIKU),
    (&GEMINI_PRO, &GEMINI_FLASH),
    (&CLAUDE_SONNET, &GEMINI_FLASH),
    (&GPT_4O, &CLAUDE_HAIKU),
];

/// The models of one research team.
#[derive(Clone, Copy)]
struct Team {
    lead: &'static Model,
    researcher: &'static Model,
}

const OVER_BUDGET: &str =
    "BudgetExceeded: the run used up its token budget before the report was written";

/// What people add to their question, and how the session is called then.
const BRIEFS: [(&str, &str); 8] = [
    ("", ""),
    ("At most one page.", ": one page"),
    (
        "Only sources from the last twelve months, please.",
        ", recent sources",
    ),
    ("It is for the board, so plain words.", " (for the board)"),
    ("We decide on Thursday.", ": decision on Thursday"),
    (
        "Mark what is opinion and what is measured.",
        ": facts and opinions",
    ),
    ("Start with the answer, then the reasons.", ": short answer"),
    (
        "I know the vendor pages, leave those out.",
        " without vendor pages",
    ),
];

const FETCH_ERRORS: [&str; 4] = [
    "HTTPError: 403 Forbidden (robots.txt disallows this path)",
    "ReadTimeout: no answer after 15 s",
    "HTTPError: 404 Not Found",
    "SSLCertVerificationError: certificate has expired",
];

/// Returns one research session.
pub(crate) fn session(dice: &mut Dice, ordinal: usize, mut start: i64) -> Session {
    let topic = &TOPICS[ordinal % TOPICS.len()];
    let (lead, researcher) = *dice.one(&TEAMS);
    // A topic that comes again comes with another wish.
    let (wish, suffix) =
        BRIEFS[(ordinal / TOPICS.len() * 3 + ordinal % TOPICS.len()) % BRIEFS.len()];
    let context = context(dice, format!("{}{suffix}", topic.title));
    let brief = format!("{} {wish}", topic.request).trim_end().to_owned();
    let team = Team { lead, researcher };
    let mut traces = Vec::new();
    if dice.chance(0.1) {
        traces.push(research(
            dice,
            topic,
            &brief,
            team,
            Some(OVER_BUDGET),
            start,
        ));
        wait(dice, &mut start, &traces);
    }
    traces.push(research(dice, topic, &brief, team, None, start));
    let first = dice.index(FOLLOW_UPS.len());
    let count = dice.index(4);
    for offset in 0..count {
        let (question, answer) = FOLLOW_UPS[(first + offset) % FOLLOW_UPS.len()];
        wait(dice, &mut start, &traces);
        traces.push(follow_up(dice, topic, lead, (question, answer), start));
    }
    Session { context, traces }
}

/// Moves the clock to some minutes after the last trace.
fn wait(dice: &mut Dice, clock: &mut i64, traces: &[Trace]) {
    let last_end = traces.last().and_then(|trace| trace.ended);
    let pause = i64::try_from(dice.around_ms(190_000)).unwrap_or(0) * 1000;
    *clock = last_end.unwrap_or(*clock) + pause;
}

fn context(dice: &mut Dice, title: String) -> Context {
    let person = &ANALYSTS[dice.skewed(ANALYSTS.len())];
    let mut metadata = Map::new();
    metadata.insert("team".into(), json!(person.team));
    metadata.insert(
        "depth".into(),
        json!(dice.pick(&["quick", "standard", "standard", "deep"])),
    );
    metadata.insert("budget_usd".into(), json!(*dice.one(&[0.5, 1.0, 2.0])));
    Context {
        session_id: Some(format!("research_{}", dice.hex(10))),
        session_name: Some(title),
        session_metadata: metadata,
        user: Some(person.id.to_owned()),
        tags: vec!["research".into(), "multi-agent".into()],
        environment: Some(
            dice.pick(&["production", "production", "staging"])
                .to_owned(),
        ),
        release: Some("research@2.4.0".to_owned()),
    }
}

fn research(
    dice: &mut Dice,
    topic: &Topic,
    brief: &str,
    Team { lead, researcher }: Team,
    breaks: Option<&str>,
    start: i64,
) -> Trace {
    let input = messages("user", brief);
    let mut recorder = Recorder::start(dice, "research", start, input.clone());
    let root = recorder.enter(Kind::Agent, "research-lead", input);
    let mut notes = vec![message("system", LEAD), message("user", brief)];
    let plan = split(&mut recorder, topic, lead, &notes);
    notes.push(plan);
    let fork = recorder.now();
    let mut latest = fork;
    for (index, part) in topic.parts.iter().enumerate() {
        // Researchers start together, a few milliseconds apart.
        recorder.set_now(fork + 4_000 * index as i64);
        let finding = investigate(&mut recorder, part, researcher);
        notes.push(finding);
        latest = latest.max(recorder.now());
    }
    recorder.set_now(latest);
    if let Some(error) = breaks {
        return recorder.crash(error);
    }
    write_report(&mut recorder, topic, lead, notes);
    recorder.repeat_usage(root);
    let output = messages("assistant", topic.conclusion);
    recorder.leave(root, output.clone());
    recorder.finish(output)
}

fn split(
    recorder: &mut Recorder<'_>,
    topic: &Topic,
    lead: &'static Model,
    notes: &[Value],
) -> Value {
    let questions: Vec<&str> = topic.parts.iter().map(|part| part.question).collect();
    let reply = message("assistant", &json!({ "parts": questions }).to_string());
    let mut call = LlmCall::new("split-question", lead, notes.to_vec(), reply.clone());
    call.reasoning_tokens = recorder.dice.range(180, 900);
    call.parameters =
        json!({"temperature": 1, "thinking": {"type": "enabled", "budget_tokens": 4096}});
    recorder.llm(call);
    reply
}

fn investigate(recorder: &mut Recorder<'_>, part: &Part, model: &'static Model) -> Value {
    let input = json!({"question": part.question});
    let agent = recorder.enter(Kind::Agent, "researcher", input);
    let mut asked = vec![
        message("system", RESEARCHER),
        message("user", part.question),
    ];
    search(recorder, part, model, &mut asked);
    let mut page_tokens = 0;
    for (_, address, passage) in part.sources {
        page_tokens += fetch(recorder, address, passage, &mut asked);
    }
    let reply = message("assistant", part.finding);
    let mut call = LlmCall::new("note-findings", model, asked, reply.clone());
    call.hidden_tokens = 420 + page_tokens;
    recorder.llm(call);
    recorder.repeat_usage(agent);
    recorder.leave(agent, json!({"finding": part.finding}));
    reply
}

fn search(recorder: &mut Recorder<'_>, part: &Part, model: &'static Model, asked: &mut Vec<Value>) {
    let arguments = json!({"query": part.query, "max_results": 8});
    let id = format!("toolu_{}", recorder.dice.hex(12));
    let mut call = LlmCall::new(
        "choose-query",
        model,
        asked.clone(),
        tool_call(&id, "web_search", &arguments),
    );
    call.hidden_tokens = 420;
    if recorder.dice.chance(0.08) {
        let error = Fault::RateLimited.error(recorder.dice);
        recorder.llm_refused(&call, error, 200);
        recorder.wait(2000);
    }
    recorder.llm(call);
    let sources = part.sources.iter();
    let hits: Vec<Value> = sources
        .map(|(title, url, passage)| json!({"title": title, "url": url, "snippet": passage}))
        .collect();
    asked.push(message("tool", &json!(hits).to_string()));
    recorder.step(Kind::Tool, "web_search", arguments, json!(hits), 780);
}

/// Opens a page and returns how many tokens of it the model will read; the
/// trace keeps only the passage that matters.
fn fetch(recorder: &mut Recorder<'_>, address: &str, passage: &str, asked: &mut Vec<Value>) -> u64 {
    let input = json!({"url": address});
    if recorder.dice.chance(0.12) {
        let error = recorder.dice.pick(&FETCH_ERRORS);
        recorder.failed_step(Kind::Tool, "fetch_page", input, error, 2400);
        asked.push(message("tool", error));
        return 0;
    }
    let length = recorder.dice.range(4_000, 90_000);
    let page = json!({"status": 200, "bytes": length, "text": passage});
    asked.push(message("tool", passage));
    recorder.step(Kind::Tool, "fetch_page", input, page, 1100);
    length / 6
}

fn write_report(
    recorder: &mut Recorder<'_>,
    topic: &Topic,
    lead: &'static Model,
    notes: Vec<Value>,
) {
    let mut call = LlmCall::new(
        "write-report",
        lead,
        notes,
        message("assistant", topic.conclusion),
    );
    call.streamed = true;
    call.reasoning_tokens = recorder.dice.range(300, 1400);
    call.parameters = json!({"temperature": 1, "max_tokens": 4096});
    recorder.llm(call);
}

fn follow_up(
    dice: &mut Dice,
    topic: &Topic,
    lead: &'static Model,
    (question, answer): (&str, &str),
    at: i64,
) -> Trace {
    let input = messages("user", question);
    let mut recorder = Recorder::start(dice, "research", at, input.clone());
    let root = recorder.enter(Kind::Agent, "research-lead", input);
    let asked = vec![
        message("system", LEAD),
        message("user", topic.request),
        message("assistant", topic.conclusion),
        message("user", question),
    ];
    let mut call = LlmCall::new("answer", lead, asked, message("assistant", answer));
    call.streamed = true;
    call.hidden_tokens = 1900;
    recorder.llm(call);
    recorder.repeat_usage(root);
    let output = messages("assistant", answer);
    recorder.leave(root, output.clone());
    recorder.finish(output)
}
