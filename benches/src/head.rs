//! `head`: what the page of one session asks for.

use std::time::Instant;

use anyhow::{Result, bail};
use clap::Args;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::ServerOptions;
use crate::client::Connection;
use crate::fill::BIG_SESSION;
use crate::report::{Figure, Goal};
use crate::stats::{Latencies, Spread};

/// Options of `head`.
#[derive(Debug, Args)]
pub(crate) struct HeadOptions {
    #[command(flatten)]
    server: ServerOptions,
    /// Session to open; the very large one of `fill-sessions` by default.
    #[arg(long, default_value = BIG_SESSION)]
    session: String,
    /// Requests of each kind.
    #[arg(long, default_value_t = 50)]
    repeats: usize,
}

/// Measures and returns the figures.
///
/// # Errors
/// When the server cannot be reached or does not know the session.
pub(crate) async fn run(options: &HeadOptions) -> Result<Vec<Figure>> {
    let mut connection = Connection::open(&options.server.target()?).await?;
    let id = utf8_percent_encode(&options.session, NON_ALPHANUMERIC);
    let totals = [format!("/sessions/by-id?id={id}&limit=1")];
    // The timeline of 1,000 traces comes in pages of 200, the most there are.
    let timeline: Vec<String> = (0..5)
        .map(|page| {
            format!(
                "/traces?session_id={id}&limit=200&offset={}&sort_order=asc",
                page * 200
            )
        })
        .collect();
    let full_page = [format!("/sessions/by-id?id={id}&limit=200")];
    let both: Vec<String> = totals.iter().chain(&timeline).cloned().collect();
    let goal = Goal::at_most(30.0, 10.0);
    let mut figures = Vec::new();
    for (name, paths, goal) in [
        (
            "session head: totals and timeline of 1,000 traces, p95",
            &both[..],
            Some(goal),
        ),
        ("session totals alone, p95", &totals, None),
        ("timeline of 1,000 traces alone, p95", &timeline, None),
        ("200 traces with spans and payloads, p95", &full_page, None),
    ] {
        let spread = measure(&mut connection, paths, options.repeats).await?;
        let mut figure = Figure::new(name, spread.p95_ms, "ms").note(describe(paths.len(), spread));
        figure.goal = goal;
        figures.push(figure);
    }
    Ok(figures)
}

async fn measure(connection: &mut Connection, paths: &[String], repeats: usize) -> Result<Spread> {
    let mut latencies = Latencies::default();
    for _ in 0..repeats {
        let start = Instant::now();
        for path in paths {
            let answer = connection.get(path).await?;
            if answer.status != 200 {
                bail!("{path}: status {}", answer.status);
            }
        }
        latencies.add(start.elapsed());
    }
    Ok(latencies.spread())
}

fn describe(requests: usize, spread: Spread) -> String {
    let Spread { p50_ms, max_ms, .. } = spread;
    format!("{requests} requests one after the other; p50 {p50_ms:.1}, max {max_ms:.1} ms")
}
