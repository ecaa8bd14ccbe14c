//! A voice agent that books tables and appointments: each turn is heard,
//! answered by a speech model and spoken.

mod calls;

use serde_json::{Map, json};

use self::calls::SCRIPTS;
use crate::demo::calendar::{day, day_month};
use crate::demo::dice::Dice;
use crate::demo::models::{REALTIME, Usage, count_tokens};
use crate::demo::recorder::{Recorder, message, messages};
use crate::demo::script::{Script, Slots, Turn};
use crate::demo::trace::{Context, Kind, Session, Trace};

const INSTRUCTIONS: &str = "You are on the phone. One or two short sentences, never read out web addresses, repeat the booking number slowly.";
const NAMES: [&str; 12] = [
    "Marlowe",
    "Ibarra",
    "Nakamura",
    "O'Connell",
    "Suzuki",
    "Kaya",
    "Lindgren",
    "Petrov",
    "Morales",
    "Achebe",
    "Fontaine",
    "Whitfield",
];
const PLACES: [&str; 6] = [
    "Trattoria Nonna",
    "The Salt House",
    "Chez Odile",
    "Kumo Izakaya",
    "Fig & Thistle",
    "Casa Brava",
];
const REGIONS: [&str; 4] = ["eu-west", "us-east", "ap-north", "eu-south"];
/// Speech takes about this many audio tokens per text token.
const AUDIO_PER_TEXT: u64 = 5;

/// Returns one phone call.
pub(crate) fn session(dice: &mut Dice, start: i64) -> Session {
    let script = &SCRIPTS[dice.weighted(&[26, 16, 14, 12, 14, 12])];
    let mut call = Call::open(dice, script, start);
    let turns = script.choose_turns(call.dice);
    let hung_up = call.dice.chance(0.08).then(|| turns.len() - 1);
    let context = call.context(script);
    let mut traces = Vec::new();
    for (index, turn) in turns.iter().enumerate() {
        traces.push(call.turn(turn, hung_up == Some(index)));
    }
    Session { context, traces }
}

struct Call<'d> {
    dice: &'d mut Dice,
    slots: Slots,
    clock: i64,
    heard_tokens: u64,
}

impl<'d> Call<'d> {
    fn open(dice: &'d mut Dice, script: &Script, start: i64) -> Self {
        let mut slots = Slots::default();
        slots.set("name", *dice.one(&NAMES));
        slots.set("place", *dice.one(&PLACES));
        slots.set("people", dice.range(2, 9).to_string());
        slots.set("ticket", dice.range(1000, 9999).to_string());
        let language = match script.topic {
            "ryokan" => "ja",
            "hairdresser" => "es",
            _ => "en",
        };
        slots.set("later", day_month(start + day(dice.range(1, 9)), language));
        Self {
            dice,
            slots,
            clock: start,
            heard_tokens: 0,
        }
    }

    fn context(&mut self, script: &Script) -> Context {
        let caller = format!("+00 555 {:04}", self.dice.range(100, 160));
        let mut metadata = Map::new();
        metadata.insert("channel".into(), json!("phone"));
        metadata.insert("region".into(), json!(self.dice.pick(&REGIONS)));
        metadata.insert("line".into(), json!(self.dice.range(1, 9)));
        metadata.insert("recording".into(), json!(self.dice.chance(0.5)));
        let title = self.dice.pick(script.titles);
        Context {
            session_id: Some(format!("call-{}", self.dice.hex(12))),
            session_name: self.dice.chance(0.75).then(|| self.slots.fill(title)),
            session_metadata: metadata,
            // Callers who hide their number are nobody in particular.
            user: self.dice.chance(0.85).then_some(caller),
            tags: vec!["voice".to_owned(), script.topic.to_owned()],
            environment: Some("production".to_owned()),
            release: Some(self.dice.pick(&["voice@0.9.3", "voice@0.9.4"]).to_owned()),
        }
    }

    fn turn(&mut self, turn: &Turn, hangs_up: bool) -> Trace {
        let user = self.slots.fill(self.dice.pick(turn.user));
        let reply = self.slots.fill(self.dice.pick(turn.reply));
        let input = messages("user", &user);
        let mut recorder = Recorder::start(self.dice, "voice-turn", self.clock, input);
        recorder.note("audio_in_ms", json!(count_tokens(&user) * 260));
        hear(&mut recorder, &user);
        if hangs_up {
            let trace = recorder.crash("CallEnded: caller hung up while the agent was thinking");
            self.clock = trace.ended.unwrap_or(self.clock);
            return trace;
        }
        for call in turn.calls {
            let arguments = self.slots.fill_json(call.arguments);
            let result = self.slots.fill_json(call.result);
            recorder.step(call.kind, call.name, arguments, result, call.median_ms);
        }
        self.heard_tokens += answer(&mut recorder, &user, &reply, self.heard_tokens);
        let trace = recorder.finish(messages("assistant", &reply));
        // The caller listens to the answer, thinks and speaks.
        let listening = count_tokens(&reply) * 260;
        let silence_ms = listening + self.dice.around_ms(6000);
        let silence = i64::try_from(silence_ms).unwrap_or(0) * 1000;
        self.clock = trace.ended.unwrap_or(self.clock) + silence;
        trace
    }
}

fn hear(recorder: &mut Recorder<'_>, user: &str) {
    let seconds = count_tokens(user) as f64 * 0.26;
    let input = json!({"audio": format!("{seconds:.1} s, 16 kHz mono"), "endpointing": "server"});
    let output = json!({"text": user, "confidence": 0.9 + recorder.dice.unit() / 10.0});
    recorder.step(Kind::Other, "voice-activity", input, output, 140);
}

/// Records the speech model's answer and returns how many tokens it added to
/// the call's history.
fn answer(recorder: &mut Recorder<'_>, user: &str, reply: &str, heard: u64) -> u64 {
    let (asked, said) = (count_tokens(user), count_tokens(reply));
    let usage = Usage {
        input: count_tokens(INSTRUCTIONS) + 310,
        cache_read: heard - heard % 64,
        audio_input: asked * AUDIO_PER_TEXT,
        output: said,
        audio_output: said * AUDIO_PER_TEXT,
        ..Usage::default()
    };
    let asked_messages = [message("system", INSTRUCTIONS), message("user", user)];
    let span = recorder.enter(
        Kind::Llm,
        "realtime-response",
        json!({"messages": asked_messages}),
    );
    recorder.wait(REALTIME.first_token_ms);
    let now = recorder.now();
    let entry = recorder.span(span);
    entry.first_token = Some(now);
    entry.parameters =
        Some(json!({"voice": "coral", "turn_detection": "server_vad", "temperature": 0.8}));
    recorder.wait(said * 55);
    recorder.spend(span, &REALTIME, usage);
    let spoken = json!({"messages": [message("assistant", reply)], "audio_ms": said * 260});
    recorder.leave(span, spoken);
    (asked + said) * AUDIO_PER_TEXT
}
