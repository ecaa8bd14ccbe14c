//! A data analyst agent: looks at the schema, writes SQL, repairs it, and
//! explains the rows.

mod questions;

use serde_json::{Map, Value, json};

use self::questions::{FOLLOW_UPS, QUESTIONS, Question};
use crate::demo::chat::{Agent, Chat, Exchange};
use crate::demo::dice::Dice;
use crate::demo::faults::Fault;
use crate::demo::models::{GEMINI_FLASH, GEMINI_PRO, GPT_4O, Model, O4_MINI};
use crate::demo::people::{ANALYSTS, Colleague};
use crate::demo::script::{Call, Slots, escape, failing, tool};
use crate::demo::trace::{Context, Session, Trace};

const SYSTEM: &str = "You answer questions about the Larkfield warehouse (PostgreSQL 16, read only). Look at the schema first, \
write one query at a time with a limit, check that the numbers make sense, then explain them in two or three sentences with the \
most important number first. Say what you are not sure about. Net revenue excludes VAT.";

const MODELS: [&Model; 5] = [&GEMINI_PRO, &GPT_4O, &O4_MINI, &GEMINI_FLASH, &GEMINI_PRO];

const SCHEMA: Call = tool("describe_tables", r#"{"like":"<title>"}"#, "<tables>", 95);
const REFUSED: Call = failing(
    "run_sql",
    r#"{"sql":"<refused_sql>","limit":200}"#,
    "<refused_error>",
    900,
);
const QUERY: Call = tool(
    "run_sql",
    r#"{"sql":"<sql>","limit":200}"#,
    r#"{"columns":<columns>,"rows":<rows>,"ms":<ms>}"#,
    2300,
);
const CHART: Call = tool(
    "run_python",
    r#"{"code":"df.plot.bar(x=0, y=1)\nplt.savefig('chart.png')"}"#,
    r#"{"stdout":"","files":["chart.png"]}"#,
    1700,
);

const FOR_CHART: &str = "-- for chart\n";

/// What the question is limited to.
const SCOPES: [&str; 10] = [
    "",
    "Germany",
    "Netherlands",
    "online shop only",
    "trade customers",
    "app only",
    "plus members",
    "without outlet",
    "Spain and Portugal",
    "Nordics",
];

/// Returns one session of somebody with the data analyst.
pub(crate) fn session(dice: &mut Dice, ordinal: usize, start: i64) -> Session {
    let question = &QUESTIONS[ordinal % QUESTIONS.len()];
    let person = &ANALYSTS[dice.skewed(ANALYSTS.len())];
    let mut slots = Slots::default();
    let answer = fill_slots(dice, &mut slots, question);
    let round = ordinal / QUESTIONS.len();
    let scope = SCOPES[(round + dice.index(2) * 5) % SCOPES.len()];
    let context = context(dice, question, scope, person);
    let model = *dice.one(&MODELS);
    let fault = dice.chance(0.2).then(|| Fault::any(dice));
    let first = first_request(dice, question, scope, answer, fault);
    let mut chat = Chat::open(dice, agent(model), start);
    let mut traces = vec![chat.exchange(&first, &slots)];
    if matches!(fault, Some(Fault::Crash | Fault::ToolDown)) {
        chat.pause(100);
        let again = Exchange {
            fault: None,
            ..first
        };
        traces.push(chat.exchange(&again, &slots));
    }
    for index in choose_follow_ups(chat.dice) {
        chat.pause(110);
        traces.push(follow_up(&mut chat, &mut slots, question, index));
    }
    Session { context, traces }
}

fn first_request(
    dice: &mut Dice,
    question: &Question,
    scope: &str,
    reply: String,
    fault: Option<Fault>,
) -> Exchange<'static> {
    const DIRECT: &[Call] = &[SCHEMA, QUERY];
    const REPAIRED: &[Call] = &[SCHEMA, REFUSED, QUERY];
    let calls = if question.refused.is_some() {
        REPAIRED
    } else {
        DIRECT
    };
    Exchange {
        user: limited(dice.pick(question.asks), scope),
        calls,
        reply,
        fault,
    }
}

fn limited(text: &str, scope: &str) -> String {
    match scope {
        "" => text.to_owned(),
        _ => format!("{text} ({scope})"),
    }
}

fn follow_up(chat: &mut Chat<'_>, slots: &mut Slots, question: &Question, index: usize) -> Trace {
    const AGAIN: &[Call] = &[QUERY];
    const PLOTTED: &[Call] = &[QUERY, CHART];
    let (user, comment, reply) = FOLLOW_UPS[index];
    let calls: &[Call] = match comment {
        "" => &[],
        FOR_CHART => PLOTTED,
        _ => AGAIN,
    };
    // A chart shows the rows that are there; other questions bring new ones.
    if comment != FOR_CHART {
        *slots = Slots::default();
        fill_slots(chat.dice, slots, question);
    }
    slots.replace("sql", escape(&format!("{comment}{}", question.sql)));
    let exchange = Exchange {
        user: user.to_owned(),
        calls,
        reply: reply.to_owned(),
        fault: chat.dice.chance(0.05).then_some(Fault::ToolTimeout),
    };
    chat.exchange(&exchange, slots)
}

/// Draws the numbers and returns the answer that explains them.
fn fill_slots(dice: &mut Dice, slots: &mut Slots, question: &Question) -> String {
    let rows = rows(dice, question);
    slots.set("title", question.title);
    slots.set("tables", question.tables);
    slots.set("sql", escape(question.sql));
    let (refused_sql, refused_error) = question.refused.unwrap_or_default();
    slots.set("refused_sql", escape(refused_sql));
    slots.set("refused_error", refused_error);
    slots.set("columns", json!(question.columns).to_string());
    slots.set("ms", dice.range(180, 9200).to_string());
    let answer = explain(question, &rows);
    slots.set("rows", Value::from(rows).to_string());
    answer
}

fn rows(dice: &mut Dice, question: &Question) -> Vec<Value> {
    let (low, high) = question.first_row;
    let mut value = dice.range(low, high);
    let labels = question.labels.iter();
    labels
        .map(|label| {
            let row = json!([label, value]);
            value = value * dice.range(45, 92) / 100;
            row
        })
        .collect()
}

fn explain(question: &Question, rows: &[Value]) -> String {
    let mut text = String::from("| ");
    text.push_str(&question.columns.join(" | "));
    text.push_str(" |\n|---|---:|\n");
    for row in rows {
        let label = row[0].as_str().unwrap_or_default();
        text.push_str(&format!("| {label} | {}{} |\n", question.unit, row[1]));
    }
    format!("{text}\n{}", question.conclusion)
}

fn context(dice: &mut Dice, question: &Question, scope: &str, person: &Colleague) -> Context {
    let mut metadata = Map::new();
    metadata.insert("team".into(), json!(person.team));
    metadata.insert("warehouse".into(), json!("larkfield_dwh"));
    metadata.insert(
        "workspace".into(),
        json!(dice.pick(&["notebook", "slack", "notebook"])),
    );
    Context {
        session_id: Some(format!("ask/{}/{}", person.team, dice.hex(8))),
        session_name: dice.chance(0.6).then(|| limited(question.title, scope)),
        session_metadata: metadata,
        user: Some(person.id.to_owned()),
        tags: vec!["analytics".to_owned(), person.team.to_owned()],
        environment: Some("production".to_owned()),
        release: Some("analyst@0.22.4".to_owned()),
    }
}

fn agent(model: &'static Model) -> Agent {
    Agent {
        trace_name: "analyst-question",
        span_name: "data-analyst",
        plan_name: "choose-tool",
        answer_name: "explain",
        system: SYSTEM.to_owned(),
        model,
        router: None,
        tool_tokens: 640,
        streamed: false,
        repeats_usage: false,
        apology: "The warehouse does not accept connections right now. I have not run anything; please ask again in a few minutes.",
    }
}

fn choose_follow_ups(dice: &mut Dice) -> Vec<usize> {
    (0..FOLLOW_UPS.len())
        .filter(|_| dice.chance(0.36))
        .collect()
}
