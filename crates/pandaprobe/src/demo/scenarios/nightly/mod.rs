//! Nightly batch jobs: no user, one session a night, one trace per team or
//! product.

use serde_json::{Map, Value, json};

use crate::demo::calendar::{date, night};
use crate::demo::dice::Dice;
use crate::demo::faults::Fault;
use crate::demo::models::{EMBEDDING_LARGE, GEMINI_FLASH, GPT_4O_MINI, LLAMA, Model};
use crate::demo::recorder::{LlmCall, Recorder, message};
use crate::demo::trace::{Context, Kind, Session, Trace};

mod texts;

use self::texts::{DIGESTS, REVIEWS, TEAMS, TICKETS};

/// Nights that the demo covers, for each of the two jobs.
pub(crate) const NIGHTS: u64 = 13;

/// Which job runs.
#[derive(Clone, Copy)]
pub(crate) enum Job {
    /// Summarises the day's tickets for each team, at 02:00.
    Tickets,
    /// Clusters and summarises product reviews, at 03:00, on our own model.
    Reviews,
}

impl Job {
    fn name(self) -> &'static str {
        match self {
            Self::Tickets => "ticket-digest",
            Self::Reviews => "review-digest",
        }
    }

    fn hour(self) -> i64 {
        match self {
            Self::Tickets => 2,
            Self::Reviews => 3,
        }
    }

    fn model(self, nights_ago: u64) -> &'static Model {
        match self {
            // The team changed the model during the fortnight.
            Self::Tickets if nights_ago > 6 => &GPT_4O_MINI,
            Self::Tickets => &GEMINI_FLASH,
            Self::Reviews => &LLAMA,
        }
    }

    fn texts(self) -> &'static [&'static str] {
        match self {
            Self::Tickets => &TICKETS,
            Self::Reviews => &REVIEWS,
        }
    }
}

/// Returns the session of one night.
pub(crate) fn session(dice: &mut Dice, job: Job, nights_ago: u64, now: i64) -> Session {
    let start = night(now, nights_ago, job.hour());
    let day = date(start);
    let model = job.model(nights_ago);
    let mut clock = start;
    let mut traces = Vec::new();
    for team in TEAMS {
        let trace = summarise(dice, job, model, team, clock);
        clock = trace.ended.unwrap_or(clock) + 250_000;
        traces.push(trace);
    }
    Session {
        context: context(job, &day, nights_ago),
        traces,
    }
}

fn context(job: Job, day: &str, nights_ago: u64) -> Context {
    let mut metadata = Map::new();
    metadata.insert("job".into(), json!(job.name()));
    metadata.insert("schedule".into(), json!(format!("0 {} * * *", job.hour())));
    metadata.insert("host".into(), json!("batch-02"));
    Context {
        session_id: Some(format!("{}/{day}", job.name())),
        session_name: Some(format!("Nightly {} {day}", job.name().replace('-', " "))),
        session_metadata: metadata,
        user: None,
        tags: vec!["batch".into(), "nightly".into()],
        environment: Some("production".to_owned()),
        release: Some(
            if nights_ago > 6 {
                "batch@5.1"
            } else {
                "batch@5.2"
            }
            .to_owned(),
        ),
    }
}

fn summarise(dice: &mut Dice, job: Job, model: &'static Model, team: &str, start: i64) -> Trace {
    let count = dice.range(3, 7);
    let broken = dice.chance(0.04);
    let input = json!({"team": team, "documents": count * 4});
    let mut recorder = Recorder::start(dice, job.name(), start, input.clone());
    let root = recorder.enter(Kind::Chain, "map-reduce", input);
    let documents: Vec<Vec<String>> = (0..count).map(|_| draw(recorder.dice, job)).collect();
    load(&mut recorder, team, &documents);
    if broken {
        return recorder.crash("MemoryError: worker batch-02 exceeded its limit of 4 GiB");
    }
    let summaries = map(&mut recorder, model, &documents);
    let digest = reduce(&mut recorder, model, team, &summaries);
    let output = json!({"team": team, "digest": digest});
    recorder.leave(root, output.clone());
    recorder.finish(output)
}

fn draw(dice: &mut Dice, job: Job) -> Vec<String> {
    let texts = (0..4).map(|_| dice.pick(job.texts()).to_owned());
    texts.collect()
}

fn load(recorder: &mut Recorder<'_>, team: &str, documents: &[Vec<String>]) {
    let query = json!({"sql": "select body from documents where team = :team and day = current_date - 1", "team": team});
    let rows = json!({"rows": documents.len() * 4});
    recorder.step(Kind::Tool, "load_documents", query, rows, 420);
    let texts: Vec<String> = documents.iter().flatten().cloned().collect();
    recorder.embed(&EMBEDDING_LARGE, &texts);
    let clusters = json!({"clusters": documents.len()});
    recorder.step(
        Kind::Other,
        "cluster",
        json!({"method": "hdbscan"}),
        clusters,
        260,
    );
}

fn map(
    recorder: &mut Recorder<'_>,
    model: &'static Model,
    documents: &[Vec<String>],
) -> Vec<String> {
    let fork = recorder.now();
    let mut latest = fork;
    let mut summaries = Vec::new();
    for (index, group) in documents.iter().enumerate() {
        recorder.set_now(fork + 1_500 * index as i64);
        summaries.push(summarise_group(recorder, model, group));
        latest = latest.max(recorder.now());
    }
    recorder.set_now(latest);
    summaries
}

fn summarise_group(recorder: &mut Recorder<'_>, model: &'static Model, group: &[String]) -> String {
    let asked = vec![
        message(
            "system",
            "Summarise the texts in one line. Name the cause if there is one.",
        ),
        message("user", &group.join("\n---\n")),
    ];
    let summary = recorder.dice.pick(&DIGESTS).to_owned();
    let mut call = LlmCall::new("summarise", model, asked, message("assistant", &summary));
    call.parameters = json!({"temperature": 0, "max_tokens": 200});
    if recorder.dice.chance(0.05) {
        let error = Fault::RateLimited.error(recorder.dice);
        recorder.llm_refused(&call, error, 160);
        recorder.wait(4000);
    }
    recorder.llm(call);
    summary
}

fn reduce(
    recorder: &mut Recorder<'_>,
    model: &'static Model,
    team: &str,
    summaries: &[String],
) -> Value {
    let list = summaries.join("\n- ");
    let asked = vec![
        message(
            "system",
            "Write the team's morning digest from these points, most urgent first.",
        ),
        message("user", &format!("Team {team}:\n- {list}")),
    ];
    let text = format!(
        "Good morning, {team}. Yesterday in {} points:\n- {list}",
        summaries.len()
    );
    recorder.llm(LlmCall::new(
        "write-digest",
        model,
        asked,
        message("assistant", &text),
    ));
    json!(text)
}
