//! A language tutor. Learners talk to it for a long time, and one of them
//! for a very long time.

mod phrases;

use serde_json::{Map, json};

use self::phrases::{JAPANESE, Phrase, SPANISH};
use crate::demo::chat::{Agent, Chat, Exchange};
use crate::demo::dice::Dice;
use crate::demo::faults::Fault;
use crate::demo::models::{CLAUDE_HAIKU, CLAUDE_SONNET, GPT_4O_MINI, Model};
use crate::demo::people::LEARNERS;
use crate::demo::script::{Call, Slots, tool};
use crate::demo::trace::{Context, Session};

const SYSTEM: &str = "You are a patient language tutor. One phrase at a time: translate, explain the one thing worth knowing, let \
the learner try, correct kindly. Keep score and come back to what went wrong.";

const OPENINGS: [&str; 6] = [
    "How do I say \"<known>\"?",
    "Next one: \"<known>\"",
    "And \"<known>\"?",
    "I often need \"<known>\". What is that?",
    "What about \"<known>\", is there a short way?",
    "OK, now \"<known>\" please.",
];
const ANSWERS: [&str; 4] = [
    "**<learned>**\n<note>\nYour turn: say it without looking.",
    "You say **<learned>** <note> Try it in a sentence of your own.",
    "<learned>\n\n<note>",
    "That is **<learned>** <note> Can you repeat it?",
];
const ATTEMPTS: [&str; 5] = [
    "<mistake>",
    "<learned>",
    "Hmm… <mistake>?",
    "<learned> 😊",
    "<mistake> (I'm not sure)",
];
const CORRECTIONS: [&str; 4] = [
    "Nearly! Say **<learned>** <note>",
    "People would understand you, but it is **<learned>** Once more?",
    "Good try. Remember: <note> So: **<learned>**",
    "Almost there. **<learned>** I'll ask you again later.",
];
const PRAISE: [&str; 4] = [
    "Perfect!",
    "¡Muy bien! That's exactly it.",
    "Yes, and your word order was right too.",
    "Spot on. Let's go on.",
];

const SCORE: &[Call] = &[tool(
    "save_progress",
    r#"{"phrase":"<known>","result":"<result>"}"#,
    r#"{"saved":true,"streak":<streak>}"#,
    45,
)];

/// Returns a lesson of ordinary length.
pub(crate) fn session(dice: &mut Dice, start: i64) -> Session {
    let japanese = dice.chance(0.35);
    let phrases: &[Phrase] = if japanese { &JAPANESE } else { &SPANISH };
    let first = dice.index(phrases.len());
    let count = 3 + dice.index(7);
    let lesson: Vec<&Phrase> = (0..count)
        .map(|at| &phrases[(first + at) % phrases.len()])
        .collect();
    let learner = dice.skewed(LEARNERS.len());
    let title = if japanese {
        "Japanese for beginners"
    } else {
        "Spanish practice"
    };
    let name = dice
        .chance(0.7)
        .then(|| format!("{title}, lesson {}", 2 + first));
    let context = context(dice, learner, name, if japanese { "ja" } else { "es" });
    let model = *dice.one(&[&GPT_4O_MINI, &CLAUDE_HAIKU]);
    teach(dice, context, model, &lesson, start)
}

/// Returns the longest conversation of the demo: more than eighty turns.
pub(crate) fn marathon(dice: &mut Dice, start: i64) -> Session {
    let lesson: Vec<&Phrase> = SPANISH.iter().collect();
    let name = Some("Spanish before the trip to Oaxaca".to_owned());
    let context = context(dice, 1, name, "es");
    teach(dice, context, &CLAUDE_SONNET, &lesson, start)
}

fn teach(
    dice: &mut Dice,
    context: Context,
    model: &'static Model,
    lesson: &[&Phrase],
    start: i64,
) -> Session {
    let mut chat = Chat::open(dice, agent(model), start);
    let mut traces = Vec::new();
    for (index, phrase) in lesson.iter().enumerate() {
        let slots = slots(chat.dice, phrase, index);
        for exchange in ask_and_try(chat.dice, &slots) {
            traces.push(chat.exchange(&exchange, &slots));
            chat.pause(28);
        }
    }
    Session { context, traces }
}

fn slots(dice: &mut Dice, phrase: &Phrase, index: usize) -> Slots {
    let mut slots = Slots::default();
    slots.set("known", phrase.known.trim_end_matches('.'));
    slots.set("learned", phrase.learned);
    slots.set("note", phrase.note);
    slots.set("mistake", phrase.mistake);
    slots.set("streak", index.to_string());
    slots.set("result", dice.pick(&["right", "right", "almost"]));
    slots
}

/// The learner asks for a phrase, then tries it.
fn ask_and_try(dice: &mut Dice, slots: &Slots) -> [Exchange<'static>; 2] {
    let asked = Exchange {
        user: slots.fill(dice.pick(&OPENINGS)),
        calls: &[],
        reply: slots.fill(dice.pick(&ANSWERS)),
        fault: dice.chance(0.03).then_some(Fault::RateLimited),
    };
    let attempt = dice.pick(&ATTEMPTS);
    let reactions = if attempt.contains("<mistake>") {
        &CORRECTIONS
    } else {
        &PRAISE
    };
    let tried = Exchange {
        user: slots.fill(attempt),
        calls: if dice.chance(0.35) { SCORE } else { &[] },
        reply: slots.fill(dice.pick(reactions)),
        fault: dice.chance(0.02).then_some(Fault::ToolTimeout),
    };
    [asked, tried]
}

fn context(dice: &mut Dice, learner: usize, name: Option<String>, language: &str) -> Context {
    let learner = &LEARNERS[learner];
    let mut metadata = Map::new();
    metadata.insert("plan".into(), json!(learner.team));
    metadata.insert("language".into(), json!(language));
    metadata.insert("level".into(), json!(dice.pick(&["A2", "B1", "B1", "B2"])));
    Context {
        session_id: Some(dice.uuid()),
        session_name: name,
        session_metadata: metadata,
        user: Some(learner.id.to_owned()),
        tags: vec!["tutor".into(), format!("lang:{language}")],
        environment: Some("production".to_owned()),
        release: Some("tutor@1.0.11".to_owned()),
    }
}

fn agent(model: &'static Model) -> Agent {
    Agent {
        trace_name: "tutor-turn",
        span_name: "tutor",
        plan_name: "decide",
        answer_name: "reply",
        system: SYSTEM.to_owned(),
        model,
        router: None,
        tool_tokens: 210,
        streamed: true,
        repeats_usage: false,
        apology: "My notebook is closed at the moment, but we can go on without keeping score.",
    }
}
