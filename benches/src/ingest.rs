//! `ingest`: sustained rate and acknowledge latency, with yardsticks beside.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::ServerOptions;
use crate::client::Target;
use crate::corpus::{SpanMix, Templates};
use crate::load::{self, Outcome, Plan};
use crate::memory::PeakMemory;
use crate::report::{Figure, Goal};
use crate::stats::Spread;
use crate::yardstick::discard::DiscardProcess;
use crate::yardstick::disk;

/// How traces travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// One trace a request, `POST /traces`.
    Single,
    /// Many traces a request, `POST /traces/batch` as NDJSON.
    Batch,
}

/// Options of `ingest`.
#[derive(Debug, Args)]
pub(crate) struct IngestOptions {
    #[command(flatten)]
    server: ServerOptions,
    /// One trace a request, or batches.
    #[arg(long, value_enum, default_value = "single")]
    mode: Mode,
    /// Traces of a batch.
    #[arg(long, default_value_t = 50)]
    batch: usize,
    /// Connections that send at the same time.
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// Measured seconds.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Seconds before the measurement.
    #[arg(long, default_value_t = 3)]
    warm_up: u64,
    /// Spans of each trace.
    #[arg(long, default_value_t = 8)]
    spans_per_trace: usize,
    /// Spans a second to offer; as fast as acknowledged when left out.
    #[arg(long)]
    rate: Option<f64>,
    /// Afterwards measure the acknowledge latency at half the rate found.
    #[arg(long)]
    then_half: bool,
    /// Process id of the server, to sample its memory under load.
    #[arg(long)]
    pid: Option<u32>,
    /// Directory on the server's disk, for the disk yardstick.
    #[arg(long, default_value = ".")]
    disk: PathBuf,
    /// Seconds of each yardstick; 0 leaves them out.
    #[arg(long, default_value_t = 5)]
    yardstick_seconds: u64,
    /// Seed of the corpus.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Different bodies in the corpus.
    #[arg(long, default_value_t = 512)]
    bodies: usize,
}

impl IngestOptions {
    fn plan(&self) -> Plan {
        let mix = SpanMix {
            spans: self.spans_per_trace,
            text_percent: 100,
        };
        Plan {
            templates: Arc::new(Templates::new(self.seed, self.bodies, mix)),
            spans_per_trace: self.spans_per_trace,
            traces_per_request: match self.mode {
                Mode::Single => 1,
                Mode::Batch => self.batch.max(2),
            },
            connections: self.connections,
            warm_up: Duration::from_secs(self.warm_up),
            measured: Duration::from_secs(self.seconds),
            rate: self.rate,
            stop: Arc::default(),
        }
    }

    fn name(&self) -> String {
        let how = match self.mode {
            Mode::Single => "one trace a request".to_owned(),
            Mode::Batch => format!("batches of {}", self.batch),
        };
        let spans = self.spans_per_trace;
        format!(
            "ingest, {} connections, {how}, {spans} spans a trace",
            self.connections
        )
    }

    fn goal(&self) -> Goal {
        match self.mode {
            Mode::Single => Goal::at_least(25_000.0, 40_000.0),
            Mode::Batch => Goal::at_least(30_000.0, 60_000.0),
        }
    }
}

/// Measures and returns the figures.
///
/// # Errors
/// When the server cannot be reached or accepts nothing.
pub(crate) async fn run(options: &IngestOptions) -> Result<Vec<Figure>> {
    let target = options.server.target()?;
    let plan = options.plan();
    let memory = options.pid.map(PeakMemory::watch);
    let outcome = load::run(&target, &plan).await?;
    let peak = match memory {
        Some(memory) => Some(memory.finish().await?),
        None => None,
    };
    let rate = outcome.spans as f64 / options.seconds as f64;
    let mut figures = vec![throughput(options, &plan, &outcome, rate).await?];
    figures.extend(latencies(options, &outcome));
    if let Some(peak) = peak {
        figures.push(memory_figure(options, peak));
    }
    if options.then_half {
        figures.push(half_load(options, &target, plan, rate / 2.0).await?);
    }
    Ok(figures)
}

async fn throughput(
    options: &IngestOptions,
    plan: &Plan,
    outcome: &Outcome,
    rate: f64,
) -> Result<Figure> {
    let megabytes = outcome.bytes as f64 / 1e6 / options.seconds as f64;
    let slowest = outcome.spans_per_second.slowest(options.seconds);
    let mut note = format!("{megabytes:.0} MB/s of JSON; slowest second {slowest} spans");
    if outcome.failed() > 0 {
        note.push_str(&format!("; FAILED requests {:?}", outcome.failures));
    }
    let mut figure = Figure::new(options.name(), rate, "spans/s").note(note);
    if options.rate.is_none() {
        figure = figure.goal(options.goal());
    }
    if options.yardstick_seconds == 0 {
        return Ok(figure);
    }
    let seconds = Duration::from_secs(options.yardstick_seconds);
    let bare = discard_rate(plan, seconds).await?;
    let groups = disk_groups(options, plan, seconds)?;
    let spans_per_group = (plan.connections * plan.spans_per_request()) as f64;
    Ok(figure.yardstick("a server that discards", bare).yardstick(
        "write + fdatasync of as many bytes",
        groups * spans_per_group,
    ))
}

/// The same load against a server that throws bodies away.
async fn discard_rate(plan: &Plan, seconds: Duration) -> Result<f64> {
    let server = DiscardProcess::start()?;
    let plan = Plan {
        warm_up: Duration::from_secs(1),
        measured: seconds,
        rate: None,
        ..plan.clone()
    };
    let outcome = load::run(server.target(), &plan).await?;
    Ok(outcome.spans as f64 / seconds.as_secs_f64())
}

/// Groups a second that the disk takes, one group being what all connections
/// have in flight.
fn disk_groups(options: &IngestOptions, plan: &Plan, seconds: Duration) -> Result<f64> {
    let group = plan.connections * plan.bytes_per_request();
    Ok(disk::measure(&options.disk, group, seconds)?.groups_per_second)
}

fn memory_figure(options: &IngestOptions, peak: f64) -> Figure {
    match options.rate {
        Some(_) => Figure::new("anonymous memory at this rate, peak", peak, "MB"),
        None => Figure::new("anonymous memory under full load, peak", peak, "MB")
            .goal(Goal::at_most(500.0, 250.0)),
    }
}

fn latencies(options: &IngestOptions, outcome: &Outcome) -> Vec<Figure> {
    let load = match options.rate {
        Some(rate) => format!("at {rate:.0} spans/s offered"),
        None => "at full load".to_owned(),
    };
    let spread = outcome.latencies.clone().spread();
    vec![
        Figure::new(
            format!("acknowledge latency {load}, p50"),
            spread.p50_ms,
            "ms",
        ),
        Figure::new(
            format!("acknowledge latency {load}, p99"),
            spread.p99_ms,
            "ms",
        )
        .note(describe(spread)),
    ]
}

async fn half_load(
    options: &IngestOptions,
    target: &Target,
    plan: Plan,
    rate: f64,
) -> Result<Figure> {
    let plan = Plan {
        rate: Some(rate),
        ..plan
    };
    let spread = load::run(target, &plan).await?.latencies.spread();
    let group = plan.bytes_per_request();
    let mut figure = Figure::new("acknowledge latency at half load, p99", spread.p99_ms, "ms")
        .goal(Goal::at_most(50.0, 10.0))
        .note(format!("{rate:.0} spans/s offered; {}", describe(spread)));
    if options.yardstick_seconds > 0 {
        let seconds = Duration::from_secs(options.yardstick_seconds);
        let sync = disk::measure(&options.disk, group, seconds)?.spread;
        figure = figure.yardstick("write + fdatasync of one request, p99", sync.p99_ms);
    }
    Ok(figure)
}

fn describe(spread: Spread) -> String {
    let Spread {
        count,
        p50_ms,
        p95_ms,
        max_ms,
        ..
    } = spread;
    format!("p50 {p50_ms:.1}, p95 {p95_ms:.1}, max {max_ms:.0} ms, {count} requests")
}
