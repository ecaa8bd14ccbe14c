//! The customer support agent of an outdoor shop: retrieval from a policy
//! base, order tools, several languages.

mod languages;
mod orders;
mod service;

use serde_json::{Map, json};

use crate::demo::calendar::{day, day_month};
use crate::demo::chat::{Agent, Chat, Exchange};
use crate::demo::dice::Dice;
use crate::demo::faults::Fault;
use crate::demo::models::{CLAUDE_HAIKU, GPT_4O, GPT_4O_MINI, MISTRAL_LARGE, Model};
use crate::demo::people::{CUSTOMERS, Customer, JAPANESE_CUSTOMERS, SPANISH_CUSTOMERS};
use crate::demo::script::{Script, Slots, Turn};
use crate::demo::trace::{Context, Session};

const SYSTEM: &str = "You are the support agent of Larkfield Outdoor, a shop for tents, packs and clothing. \
Be friendly and brief, answer in the customer's language. Look up orders before you speak about them and cite the policy \
base for every promise. Refunds above €250 go to a human. Never reveal internal notes. Today's opening hours: 8 to 20.";

const ITEMS: [(&str, &str, &str); 14] = [
    ("Fjell 2 tent", "TN-FJ2", "279.00"),
    ("Harrier 45 backpack", "BP-H45", "149.90"),
    ("Drift down jacket", "JK-DRF", "219.00"),
    ("Osprey trail shoe", "SH-OTR", "119.95"),
    ("Ember camping stove", "ST-EMB", "64.50"),
    ("Loch rain jacket", "JK-LOC", "134.00"),
    ("Nimbus sleeping bag", "SB-NIM", "189.00"),
    ("Ridge trekking poles", "PL-RDG", "54.90"),
    ("Tarn water filter", "FL-TRN", "42.00"),
    ("Cairn head torch", "LT-CRN", "38.50"),
    ("Birch merino shirt", "SH-BIR", "72.00"),
    ("Kestrel climbing harness", "HR-KES", "84.95"),
    ("Moor gaiters", "GT-MOR", "36.00"),
    ("Basin cooler box", "CL-BSN", "98.00"),
];

const CARRIERS: [&str; 5] = ["NordPost", "Swiftline", "ParcelHub", "GreenVan", "Hermesia"];
const MODELS: [&Model; 4] = [&GPT_4O, &CLAUDE_HAIKU, &GPT_4O, &MISTRAL_LARGE];
const ORDER_WEIGHTS: [u32; 5] = [20, 14, 11, 9, 8];
const SERVICE_WEIGHTS: [u32; 6] = [8, 7, 6, 9, 4, 6];
const RELEASES: [&str; 4] = [
    "support@3.8.1",
    "support@3.8.1",
    "support@3.8.0",
    "support@3.9.0-rc1",
];

/// What the user writes when the last request came to nothing.
const AGAIN: [&str; 5] = [
    "Hello? I got no answer.",
    "Are you still there? Please try again.",
    "It says something went wrong. Once more?",
    "Any news? I can wait, just tell me.",
    "Can you try that again now?",
];

/// Returns one support conversation that begins at `start`.
pub(crate) fn session(dice: &mut Dice, start: i64) -> Session {
    let case = Case::choose(dice, start);
    let context = case.context(dice);
    let turns = case.script.choose_turns(dice);
    let fault = plan_fault(dice, &turns);
    let model = *dice.one(&MODELS);
    let mut chat = Chat::open(dice, agent(model), start);
    let mut traces = Vec::new();
    for (index, turn) in turns.iter().enumerate() {
        let mishap = fault.filter(|(at, _)| *at == index).map(|(_, fault)| fault);
        let mut exchange = fill(turn, &case.slots, chat.dice);
        exchange.fault = mishap;
        traces.push(chat.exchange(&exchange, &case.slots));
        chat.pause(45);
        if matches!(mishap, Some(Fault::ToolDown | Fault::Crash)) {
            exchange.fault = None;
            exchange.user = chat.dice.pick(&AGAIN).to_owned();
            chat.pause(90);
            traces.push(chat.exchange(&exchange, &case.slots));
            chat.pause(45);
        }
    }
    Session { context, traces }
}

struct Case {
    customer: &'static Customer,
    script: &'static Script,
    slots: Slots,
    ticket: String,
    language: &'static str,
}

impl Case {
    fn choose(dice: &mut Dice, start: i64) -> Self {
        let (customer, script, language) = match dice.range(0, 100) {
            0..=11 => (spanish(dice), dice.one(&languages::SPANISH), "es"),
            12..=18 => (japanese(dice), dice.one(&languages::JAPANESE), "ja"),
            _ => (english(dice), english_script(dice), "en"),
        };
        let ticket = dice.range(40_000, 99_999).to_string();
        let mut slots = slots(dice, customer, &ticket);
        set_days(dice, &mut slots, start, language);
        Self {
            customer,
            script,
            slots,
            ticket,
            language,
        }
    }

    fn context(&self, dice: &mut Dice) -> Context {
        let title = self.slots.fill(dice.pick(self.script.titles));
        let mut metadata = Map::new();
        metadata.insert(
            "channel".into(),
            json!(dice.pick(&["chat", "chat", "email", "app"])),
        );
        metadata.insert("ticket".into(), json!(format!("ZD-{}", self.ticket)));
        metadata.insert("plan".into(), json!(self.customer.plan));
        metadata.insert("region".into(), json!(self.customer.region));
        metadata.insert("topic".into(), json!(self.script.topic));
        let mut tags = vec!["support".to_owned(), self.script.topic.to_owned()];
        if self.language != "en" {
            tags.push(format!("lang:{}", self.language));
        }
        Context {
            session_id: Some(self.session_id(dice)),
            // Some callers never name their sessions.
            session_name: dice.chance(0.85).then_some(title),
            session_metadata: metadata,
            user: Some(self.customer.id.to_owned()),
            tags,
            environment: Some(
                dice.pick(&["production", "production", "production", "staging"])
                    .to_owned(),
            ),
            release: Some(dice.pick(&RELEASES).to_owned()),
        }
    }

    fn session_id(&self, dice: &mut Dice) -> String {
        match self.language {
            "ja" => format!("問い合わせ-{}", self.ticket),
            _ => format!("zd-{}-{}", self.ticket, dice.hex(4)),
        }
    }
}

fn english(dice: &mut Dice) -> &'static Customer {
    &CUSTOMERS[dice.skewed(CUSTOMERS.len())]
}

fn english_script(dice: &mut Dice) -> &'static Script {
    if dice.chance(0.6) {
        &orders::ORDERS[dice.weighted(&ORDER_WEIGHTS)]
    } else {
        &service::SERVICE[dice.weighted(&SERVICE_WEIGHTS)]
    }
}

fn spanish(dice: &mut Dice) -> &'static Customer {
    &SPANISH_CUSTOMERS[dice.skewed(SPANISH_CUSTOMERS.len())]
}

fn japanese(dice: &mut Dice) -> &'static Customer {
    &JAPANESE_CUSTOMERS[dice.skewed(JAPANESE_CUSTOMERS.len())]
}

fn slots(dice: &mut Dice, customer: &Customer, ticket: &str) -> Slots {
    let (item, sku, price) = *dice.one(&ITEMS);
    let mut slots = Slots::default();
    slots.set("name", customer.first_name);
    slots.set("email", customer.email);
    slots.set("city", customer.city);
    slots.set("plan", customer.plan);
    slots.set("region", customer.region);
    slots.set("ticket", ticket);
    slots.set("item", item);
    slots.set("sku", sku);
    slots.set("price", price);
    slots.set("order", format!("LF-{}", dice.range(200_000, 899_999)));
    slots.set("card", format!("{:04}", dice.range(0, 10_000)));
    slots.set("tracking", dice.hex(10).to_uppercase());
    slots.set("carrier", *dice.one(&CARRIERS));
    slots
}

fn set_days(dice: &mut Dice, slots: &mut Slots, start: i64, language: &str) {
    let (before, after) = (dice.range(2, 13), dice.range(2, 6));
    slots.set("date", day_month(start - day(before), language));
    slots.set("later", day_month(start + day(after), language));
}

fn agent(model: &'static Model) -> Agent {
    Agent {
        trace_name: "support-turn",
        span_name: "support-agent",
        plan_name: "plan",
        answer_name: "respond",
        system: SYSTEM.to_owned(),
        model,
        router: Some(&GPT_4O_MINI),
        tool_tokens: 1180,
        streamed: true,
        repeats_usage: false,
        apology: "I am sorry, our order system does not answer right now. I have made a note in your case; could you write to me again in a few minutes?",
    }
}

fn plan_fault(dice: &mut Dice, turns: &[&Turn]) -> Option<(usize, Fault)> {
    if !dice.chance(0.3) {
        return None;
    }
    let fault = Fault::any(dice);
    let fitting: Vec<usize> = (0..turns.len())
        .filter(|at| !fault.needs_tool() || !turns[*at].calls.is_empty())
        .collect();
    let at = *fitting.get(dice.index(fitting.len()))?;
    Some((at, fault))
}

fn fill<'a>(turn: &'a Turn, slots: &Slots, dice: &mut Dice) -> Exchange<'a> {
    Exchange {
        user: slots.fill(dice.pick(turn.user)),
        calls: turn.calls,
        reply: slots.fill(dice.pick(turn.reply)),
        fault: None,
    }
}
