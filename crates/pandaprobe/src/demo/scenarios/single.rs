//! Traces that belong to no session: background jobs, one-off prompts,
//! somebody's first try with the client.

use serde_json::{Value, json};

use crate::demo::calendar::working_moment;
use crate::demo::dice::Dice;
use crate::demo::faults::Fault;
use crate::demo::models::{EMBEDDING_SMALL, GPT_4O, GPT_4O_MINI, MISTRAL_LARGE, Model};
use crate::demo::people::DEVELOPERS;
use crate::demo::recorder::{LlmCall, Recorder, message, messages};
use crate::demo::trace::{Context, Kind, Session, Trace};

const PAGES: [&str; 8] = [
    "Refunds after a return",
    "Two-year warranty",
    "Shipping to Norway",
    "Care of down jackets",
    "Plus membership",
    "Size chart outerwear",
    "Lithium batteries by air",
    "Repair service",
];
const PROMPTS: [(&str, &str); 7] = [
    (
        "Write a friendly reply to a customer whose parcel is late.",
        "Dear customer, your parcel has taken a detour, and we are sorry. It left our warehouse again today and should be with you by Friday. Your shipping costs are on their way back to you.",
    ),
    (
        "What is PandaProbe?",
        "A tool that shows what an AI agent did, session by session: every request, every step, with tokens, costs and errors.",
    ),
    (
        "Give me five names for a lightweight tent.",
        "1. Linnet  2. Skerry  3. Halo 1  4. Thistle  5. Northwind Mini",
    ),
    (
        "Translate to Japanese: free returns within 60 days",
        "60日以内の返品は送料無料です",
    ),
    (
        "Explain CRDTs like I'm five 🧸",
        "Two children draw on copies of the same picture. A CRDT is a rule book that says how to lay the copies on top of each other, so that both always end up with the same drawing, whoever goes first.",
    ),
    (
        "Summarise: the board met on 4 November and approved the budget for 2027 with two abstentions.",
        "Budget 2027 approved on 4 November; two abstentions.",
    ),
    (
        "Extract the date as ISO: we leave on the third of December twenty twenty-six",
        "2026-12-03",
    ),
];
const LABELS: [&str; 6] = ["refund", "delivery", "product", "account", "praise", "spam"];
const MAILS: [&str; 6] = [
    "Where is my parcel??",
    "I love the new jacket, thank you",
    "You won a prize, click here",
    "Cannot log in since the update",
    "Is the tent OK for snow?",
    "Please refund order LF-481220",
];

/// Returns one trace without a session, as a piece of demo of its own.
pub(crate) fn piece(dice: &mut Dice, now: i64) -> Session {
    let start = working_moment(dice, now);
    let (trace, tag) = match dice.weighted(&[30, 34, 20, 16]) {
        0 => (reindex(dice, start), "indexing"),
        1 => (classify(dice, start), "classifier"),
        2 => (playground(dice, start), "playground"),
        _ => (risky(dice, start), "experiment"),
    };
    let person = &DEVELOPERS[dice.skewed(DEVELOPERS.len())];
    // Background jobs run for nobody.
    let user = matches!(tag, "playground" | "experiment").then(|| person.id.to_owned());
    let context = Context {
        user,
        tags: vec![tag.to_owned()],
        environment: Some(
            dice.pick(&["production", "staging", "development"])
                .to_owned(),
        ),
        ..Context::default()
    };
    Session {
        context,
        traces: vec![trace],
    }
}

fn reindex(dice: &mut Dice, start: i64) -> Trace {
    let page = dice.pick(&PAGES).to_owned();
    let mut recorder = Recorder::start(dice, "reindex-page", start, json!({"page": page}));
    let root = recorder.enter(Kind::Chain, "index", json!({"page": page}));
    let chunks: Vec<String> = (1..=3)
        .map(|part| format!("{page}, part {part} of 3"))
        .collect();
    recorder.step(
        Kind::Other,
        "split",
        json!({"page": page}),
        json!({"chunks": 3}),
        12,
    );
    recorder.embed(&EMBEDDING_SMALL, &chunks);
    let written = json!({"index": "kb-2026-11", "vectors": 3});
    recorder.step(
        Kind::Tool,
        "upsert_vectors",
        json!({"vectors": 3}),
        written.clone(),
        85,
    );
    recorder.leave(root, written.clone());
    recorder.finish(written)
}

fn classify(dice: &mut Dice, start: i64) -> Trace {
    let mail = dice.pick(&MAILS).to_owned();
    let label = dice.pick(&LABELS).to_owned();
    let model = *dice.one::<&'static Model>(&[&GPT_4O_MINI, &MISTRAL_LARGE]);
    let mut recorder = Recorder::start(dice, "classify-mail", start, json!({"mail": mail}));
    let asked = vec![
        message(
            "system",
            "Answer with one label: refund, delivery, product, account, praise, spam.",
        ),
        message("user", &mail),
    ];
    let mut call = LlmCall::new("classify", model, asked, message("assistant", &label));
    call.parameters = json!({"temperature": 0, "max_tokens": 4});
    if recorder.dice.chance(0.1) {
        let error = Fault::RateLimited.error(recorder.dice);
        recorder.llm_refused(&call, error, 150);
        return recorder.crash(error);
    }
    recorder.llm(call);
    recorder.finish(json!({"label": label}))
}

fn playground(dice: &mut Dice, start: i64) -> Trace {
    let (prompt, answer) = *dice.one(&PROMPTS);
    let mut recorder = Recorder::start(dice, "openai-chat", start, messages("user", prompt));
    let mut call = LlmCall::new(
        "openai-chat",
        &GPT_4O,
        vec![message("user", prompt)],
        message("assistant", answer),
    );
    call.streamed = true;
    call.parameters = json!({"temperature": 1, "top_p": 0.95, "seed": 7, "stream_options": {"include_usage": true}});
    recorder.llm(call);
    recorder.finish(messages("assistant", answer))
}

/// What the first pages of the documentation let people try.
fn risky(dice: &mut Dice, start: i64) -> Trace {
    let mut recorder = Recorder::start(dice, "risky-operation", start, Value::Null);
    recorder.note("notebook", json!("getting-started.ipynb"));
    let call = LlmCall::new(
        "might-fail",
        &GPT_4O,
        vec![message("user", "go")],
        message("assistant", ""),
    );
    recorder.llm_refused(&call, "Something went wrong", 40);
    recorder.crash("Something went wrong")
}
