//! `fill-sessions`: many small sessions, skewed as a real project is.

mod population;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};
use bytes::Bytes;
use clap::Args;
use tokio::task::JoinSet;
use tokio::time;

use self::population::Population;
use crate::ServerOptions;
use crate::client::{Connection, Target};
use crate::report::Figure;

pub(crate) use population::{BIG_SESSION, BIG_USER};

/// Attempts for one batch while the server is overloaded.
const ATTEMPTS: u32 = 50;
const BACK_OFF: Duration = Duration::from_millis(100);

/// Options of `fill-sessions`.
#[derive(Debug, Args)]
pub(crate) struct FillOptions {
    #[command(flatten)]
    server: ServerOptions,
    /// Sessions to make.
    #[arg(long, default_value_t = 100_000)]
    count: u64,
    /// Traces of the one very large session.
    #[arg(long, default_value_t = 10_000)]
    big_session: u64,
    /// Traces of each request.
    #[arg(long, default_value_t = 500)]
    batch: usize,
    /// Connections that send at the same time.
    #[arg(long, default_value_t = 4)]
    connections: usize,
    /// Seed of all choices.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Fills the project and returns how fast that went.
///
/// # Errors
/// When the server refuses a batch for another reason than overload.
pub(crate) async fn run(options: &FillOptions) -> Result<Vec<Figure>> {
    let target = options.server.target()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros();
    let population = Population::new(
        options.seed,
        options.count,
        options.big_session,
        i64::try_from(now)?,
    );
    let source = Arc::new(Mutex::new(population));
    let began = Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..options.connections {
        workers.spawn(fill(target.clone(), Arc::clone(&source), options.batch));
    }
    let mut filled = Filled::default();
    while let Some(finished) = workers.join_next().await {
        filled = filled.plus(finished??);
    }
    Ok(figures(options, filled, began.elapsed()))
}

#[derive(Debug, Clone, Copy, Default)]
struct Filled {
    traces: u64,
    bytes: u64,
}

impl Filled {
    fn plus(self, other: Self) -> Self {
        Self {
            traces: self.traces + other.traces,
            bytes: self.bytes + other.bytes,
        }
    }
}

async fn fill(target: Target, source: Arc<Mutex<Population>>, batch: usize) -> Result<Filled> {
    let mut connection = Connection::open(&target).await?;
    let mut filled = Filled::default();
    loop {
        let lines = next_batch(&source, batch);
        if lines.is_empty() {
            return Ok(filled);
        }
        let traces = lines.iter().filter(|byte| **byte == b'\n').count() as u64;
        let bytes = lines.len() as u64;
        send(&mut connection, Bytes::from(lines)).await?;
        filled = filled.plus(Filled { traces, bytes });
    }
}

fn next_batch(source: &Mutex<Population>, batch: usize) -> Vec<u8> {
    let mut source = source.lock().unwrap_or_else(PoisonError::into_inner);
    let mut lines = Vec::new();
    for trace in source.by_ref().take(batch) {
        lines.extend_from_slice(trace.to_string().as_bytes());
        lines.push(b'\n');
    }
    lines
}

async fn send(connection: &mut Connection, lines: Bytes) -> Result<()> {
    for _ in 0..ATTEMPTS {
        let answer = connection
            .post("/traces/batch", "application/x-ndjson", lines.clone())
            .await?;
        match answer.status.as_u16() {
            202 if answer
                .body
                .windows(10)
                .any(|bytes| bytes == b"\"rejected\"") =>
            {
                bail!(
                    "a trace was rejected: {}",
                    String::from_utf8_lossy(&answer.body)
                );
            }
            202 => return Ok(()),
            429 | 503 => time::sleep(BACK_OFF).await,
            status => bail!("status {status}: {}", String::from_utf8_lossy(&answer.body)),
        }
    }
    bail!("the server stayed overloaded")
}

fn figures(options: &FillOptions, filled: Filled, elapsed: Duration) -> Vec<Figure> {
    let seconds = elapsed.as_secs_f64();
    let note = format!(
        "{} sessions, {} traces, {:.0} MB in {seconds:.0} s",
        options.count,
        filled.traces,
        filled.bytes as f64 / 1e6
    );
    let rate = filled.traces as f64 / seconds;
    vec![Figure::new("filling with small sessions", rate, "traces/s").note(note)]
}
