//! The store alone, without HTTP: `cargo bench -p pandaprobe-store`.
//!
//! Prints spans a second and bytes a span for conversations of agents that
//! resend their history, eight spans a trace, from several threads. The
//! fragments are made before the clock starts.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints and may panic"
)]

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use pandaprobe_model::trace::{
    SpanFragment, SpanKind, SpanPayload, SpanStatus, TraceFragment, TraceStatus,
};
use pandaprobe_model::{RawJson, SpanId, Timestamp, TraceId};
use pandaprobe_store::sqlite::{Options, SqliteStore};
use pandaprobe_store::{Ingest, Projects};

const SESSIONS: u64 = 4_000;
const TURNS: u64 = 4;
const CALLERS: u64 = 8;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    for batch in [1, 50] {
        runtime.block_on(measure(batch));
    }
}

async fn measure(batch: usize) {
    let dir = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(Options::new(dir.path())).unwrap());
    let project = store.ensure_project("default".into()).await.unwrap().key;
    let parts: Vec<Vec<TraceFragment>> = (0..CALLERS).map(fragments_of).collect();
    let spans: usize = parts.iter().flatten().map(|part| part.spans.len()).sum();
    let bytes: usize = parts.iter().flatten().map(weight).sum();
    let begun = Instant::now();
    let callers = parts.into_iter().map(|part| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for chunk in part.chunks(batch) {
                store.ingest(project, chunk.to_vec()).await.unwrap();
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    let seconds = begun.elapsed().as_secs_f64();
    store.close();
    let disk: u64 = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum();
    println!(
        "{batch:3} traces a batch: {:6.0} spans/s, {:4.0} MB/s of payload, {:4} B a span on disk of {} sent",
        spans as f64 / seconds,
        bytes as f64 / seconds / 1e6,
        disk as usize / spans,
        bytes / spans,
    );
}

fn fragments_of(caller: u64) -> Vec<TraceFragment> {
    let sessions = (0..SESSIONS / CALLERS).map(|n| caller * SESSIONS + n);
    sessions
        .flat_map(|session| (0..TURNS).map(move |turn| turn_of(session, turn)))
        .collect()
}

fn turn_of(session: u64, turn: u64) -> TraceFragment {
    let start = Timestamp(1_700_000_000_000_000_000 + (session * 100 + turn) as i64 * 1_000_000);
    let history: Vec<String> = (0..=turn * 2)
        .map(|n| message(session * 1000 + n))
        .collect();
    let input = raw(format!(r#"{{"messages":[{}]}}"#, history.join(",")));
    TraceFragment {
        trace_id: TraceId(u128::from(mix(session, turn)) << 64 | u128::from(mix(turn, session))),
        name: "answer".into(),
        status: Some(TraceStatus::Completed),
        started_at: start,
        ended_at: Some(Timestamp(start.0 + 900_000)),
        session_id: Some(format!("session-{session}")),
        session_name: None,
        session_metadata: None,
        user_id: Some(format!("user-{}", session % 500)),
        tags: vec!["bench".into()],
        environment: Some("production".into()),
        release: None,
        metadata: Some(raw(format!(r#"{{"ticket":"{}"}}"#, mix(session, 9)))),
        input: Some(input.clone()),
        output: Some(raw(message(session * 1000 + turn * 2 + 1))),
        spans: (0..8)
            .map(|n| span_of(session, turn, n, start, &input))
            .collect(),
    }
}

fn span_of(session: u64, turn: u64, n: u64, start: Timestamp, input: &RawJson) -> SpanFragment {
    let llm = n.is_multiple_of(2);
    let id =
        |n| SpanId(u128::from(mix(session * 64 + turn, n)) << 64 | u128::from(mix(n, session)));
    let text = |salt: u64| {
        raw(format!(
            r#"{{"text":"{}"}}"#,
            words(session * 4096 + turn * 64 + n * 4 + salt, 150)
        ))
    };
    SpanFragment {
        span_id: id(n),
        parent_span_id: (n > 0).then(|| id(n / 2)),
        name: if llm {
            "chat".into()
        } else {
            format!("tool-{n}")
        },
        kind: Some(if llm { SpanKind::Llm } else { SpanKind::Tool }),
        status: Some(SpanStatus::Ok),
        started_at: Timestamp(start.0 + n as i64 * 1000),
        ended_at: Some(Timestamp(start.0 + n as i64 * 1000 + 900)),
        completion_start_time: None,
        model: llm.then(|| "gpt-4o".into()),
        payload: SpanPayload {
            input: Some(if llm { input.clone() } else { text(1) }),
            output: Some(text(2)),
            metadata: None,
            model_parameters: llm.then(|| raw(r#"{"temperature":0.7}"#.into())),
            token_usage: llm.then(|| {
                raw(format!(
                    r#"{{"prompt_tokens":{},"completion_tokens":40}}"#,
                    100 * turn + n
                ))
            }),
            cost: llm.then(|| raw(r#"{"total":0.00123}"#.into())),
            ..SpanPayload::default()
        },
    }
}

fn message(seed: u64) -> String {
    format!(r#"{{"role":"user","content":"{}"}}"#, words(seed, 60))
}

/// Text of a vocabulary with a skew, so that it compresses like prose.
fn words(seed: u64, count: u64) -> String {
    (0..count)
        .map(|n| {
            let roll = mix(seed, n);
            let word = (roll % 1000) * (roll >> 32 & 0xFF) / 256;
            format!(
                "w{word:x}{} ",
                ["ing", "ed", "er", "", "s", "ly"][(word % 6) as usize]
            )
        })
        .collect()
}

fn mix(a: u64, b: u64) -> u64 {
    let mut x = a.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ b.wrapping_mul(0xD1B5_4A32_D192_ED03);
    x ^= x >> 31;
    x = x.wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 29)
}

fn raw(text: String) -> RawJson {
    RawJson::from_valid(Bytes::from(text))
}

fn weight(part: &TraceFragment) -> usize {
    let len = |json: &Option<RawJson>| json.as_ref().map_or(0, |json| json.as_bytes().len());
    let spans: usize = part
        .spans
        .iter()
        .map(|span| {
            len(&span.payload.input) + len(&span.payload.output) + len(&span.payload.token_usage)
        })
        .sum();
    spans + len(&part.input) + len(&part.output) + len(&part.metadata)
}
