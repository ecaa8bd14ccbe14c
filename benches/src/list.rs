//! `list`: the sessions list with every sort and every single filter, alone
//! or while ingest goes on.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::runtime::Builder;

use crate::ServerOptions;
use crate::client::{Connection, Target};
use crate::corpus::{SpanMix, Templates};
use crate::fill::BIG_USER;
use crate::load::{self, Outcome, Plan};
use crate::report::{Figure, Goal, Report};
use crate::stats::{Latencies, Spread};

/// Built-in sorts of the sessions list.
const SORTS: [&str; 12] = [
    "recent",
    "trace_count",
    "latency",
    "cost",
    "tokens",
    "duration",
    "span_count",
    "errors",
    "session_id",
    "name",
    "user",
    "first",
];

/// Options of `list`. The filters fit a project made by `fill-sessions`.
#[derive(Debug, Args)]
pub(crate) struct ListOptions {
    #[command(flatten)]
    server: ServerOptions,
    /// Sorts to measure, separated by commas, or `all`.
    #[arg(long, default_value = "all")]
    sorts: String,
    /// Filters to measure, separated by commas, or `all`.
    #[arg(long, default_value = "all")]
    filters: String,
    /// Also measure ascending order.
    #[arg(long)]
    both_orders: bool,
    /// Requests of each combination.
    #[arg(long, default_value_t = 20)]
    repeats: usize,
    /// Spans a second that are ingested meanwhile, into the same project.
    #[arg(long)]
    ingest: Option<f64>,
    /// Stop asking for one combination after so many seconds.
    #[arg(long, default_value_t = 10)]
    patience: u64,
}

/// One filter of the list: a name and its query parameters.
struct Filter {
    name: &'static str,
    query: String,
    /// Whether it combines several conditions.
    combined: bool,
}

/// One measured combination.
struct Cell {
    sort: String,
    filter: &'static str,
    combined: bool,
    spread: Spread,
    total: Option<u64>,
}

/// Measures and returns the worst combinations, and each one as detail.
///
/// # Errors
/// When the server cannot be reached or answers a list with an error.
pub(crate) async fn run(options: &ListOptions) -> Result<Report> {
    let target = options.server.target()?;
    let mut connection = Connection::open(&target).await?;
    let filters = choose_filters(options, newest(&mut connection).await?)?;
    let sorts = choose_sorts(options)?;
    let background = options.ingest.map(|rate| Background::start(&target, rate));
    let mut cells = Vec::new();
    for filter in &filters {
        for sort in &sorts {
            cells.push(measure(&mut connection, options, sort, filter).await?);
        }
    }
    let health = measure_health(&mut connection, options.repeats).await?;
    let meanwhile = match background {
        Some(background) => background.finish()?,
        None => "nothing else running".to_owned(),
    };
    Ok(Report {
        figures: headlines(&cells, health, &meanwhile),
        details: cells.iter().map(Cell::figure).collect(),
        table: matrix(&cells),
    })
}

/// Returns the time of the newest session, which the date filters refer to.
async fn newest(connection: &mut Connection) -> Result<Timestamp> {
    let page = page(connection, "/sessions?limit=1&sort_by=recent").await?;
    let newest = &page["items"][0]["last_activity_at"];
    let newest = newest.as_str().context("the project has no sessions")?;
    Ok(newest.parse()?)
}

fn choose_sorts(options: &ListOptions) -> Result<Vec<String>> {
    let names = choose(&options.sorts, &SORTS)?;
    let orders: &[&str] = if options.both_orders {
        &["desc", "asc"]
    } else {
        &["desc"]
    };
    let combinations = names.iter().flat_map(|name| {
        let of_name = orders.iter();
        of_name.map(move |order| format!("sort_by={name}&sort_order={order}"))
    });
    Ok(combinations.collect())
}

fn choose<'a>(wanted: &str, known: &[&'a str]) -> Result<Vec<&'a str>> {
    if wanted == "all" {
        return Ok(known.to_vec());
    }
    let wanted: BTreeSet<&str> = wanted.split(',').map(str::trim).collect();
    if let Some(name) = wanted.iter().find(|name| !known.contains(name)) {
        bail!("unknown: {name}; known are {}", known.join(", "));
    }
    Ok(known
        .iter()
        .copied()
        .filter(|name| wanted.contains(name))
        .collect())
}

fn choose_filters(options: &ListOptions, newest: Timestamp) -> Result<Vec<Filter>> {
    let all = filters(newest);
    let names: Vec<&str> = all.iter().map(|filter| filter.name).collect();
    let chosen = choose(&options.filters, &names)?;
    Ok(all
        .into_iter()
        .filter(|filter| chosen.contains(&filter.name))
        .collect())
}

fn filters(newest: Timestamp) -> Vec<Filter> {
    let since = |days: i64| (newest - SignedDuration::from_hours(24 * days)).to_string();
    let between =
        |from: i64, to: i64| format!("started_after={}&started_before={}", since(from), since(to));
    let single = |name, query: String| Filter {
        name,
        query,
        combined: false,
    };
    let mut filters = vec![
        single("none", String::new()),
        single("user-30%", format!("user_id={BIG_USER}")),
        single("user-few", "user_id=user-0000007".to_owned()),
        single("has-error", "has_error=true".to_owned()),
        single("no-error", "has_error=false".to_owned()),
        single("last-day", format!("started_after={}", since(1))),
        single("7-days-old", between(25, 18)),
        single("tag-27%", "tags=common".to_owned()),
        single("tag-1.5%", "tags=rare".to_owned()),
        single("text-common", "query=refund".to_owned()),
        single("text-rare", "query=zeppelin".to_owned()),
        single("text-none", "query=nothinglikethis".to_owned()),
        single("text-id", "query=bench-s-00000042".to_owned()),
    ];
    let broad = format!("has_error=true&tags=common&{}", between(20, 5));
    filters.push(Filter {
        name: "three-broad",
        query: broad,
        combined: true,
    });
    filters.push(Filter {
        name: "three-tiny",
        query: format!("has_error=true&tags=rare&started_after={}", since(1)),
        combined: true,
    });
    filters
}

async fn measure(
    connection: &mut Connection,
    options: &ListOptions,
    sort: &str,
    filter: &Filter,
) -> Result<Cell> {
    let path = format!("/sessions?limit=50&{sort}&{}", filter.query);
    let page = page(connection, &path).await?;
    let mut latencies = Latencies::default();
    let began = Instant::now();
    for _ in 0..options.repeats {
        let start = Instant::now();
        connection.get(&path).await?;
        latencies.add(start.elapsed());
        if began.elapsed() > Duration::from_secs(options.patience) {
            break;
        }
    }
    Ok(Cell {
        sort: sort.replace("sort_by=", "").replace("&sort_order=", " "),
        filter: filter.name,
        combined: filter.combined,
        spread: latencies.spread(),
        total: page["total"].as_u64(),
    })
}

async fn page(connection: &mut Connection, path: &str) -> Result<Value> {
    let answer = connection.get(path).await?;
    if answer.status != 200 {
        let body = String::from_utf8_lossy(&answer.body);
        bail!("{path}: status {}: {body}", answer.status);
    }
    Ok(serde_json::from_slice(&answer.body)?)
}

/// What a request costs that does nothing: the floor of all latencies here.
async fn measure_health(connection: &mut Connection, repeats: usize) -> Result<Spread> {
    let mut latencies = Latencies::default();
    for _ in 0..repeats.max(50) {
        let start = Instant::now();
        connection.get("/health").await?;
        latencies.add(start.elapsed());
    }
    Ok(latencies.spread())
}

fn headlines(cells: &[Cell], health: Spread, meanwhile: &str) -> Vec<Figure> {
    let mut figures = Vec::new();
    let single = cells.iter().filter(|cell| !cell.combined);
    if let Some(worst) = worst(single) {
        let name = "session list, every sort × every single filter, first page, worst p95";
        let goal = Goal::at_most(100.0, 20.0);
        figures.push(headline(name, worst, goal, health, meanwhile));
    }
    let combined = cells.iter().filter(|cell| cell.combined);
    if let Some(worst) = worst(combined) {
        let name = "session list, three conditions together, worst p95";
        let goal = Goal::at_most(1000.0, 250.0);
        figures.push(headline(name, worst, goal, health, meanwhile));
    }
    figures
}

/// Returns all p95 in milliseconds as a Markdown table: a row for each
/// filter, a column for each sort.
fn matrix(cells: &[Cell]) -> String {
    let mut sorts: Vec<&str> = Vec::new();
    for cell in cells {
        if !sorts.contains(&cell.sort.as_str()) {
            sorts.push(&cell.sort);
        }
    }
    let mut table = format!("| p95 in ms | matches | {} |", sorts.join(" | "));
    table.push_str(&format!("\n|---|---:{}|", "|---:".repeat(sorts.len())));
    for row in cells.chunks(sorts.len().max(1)) {
        let values: Vec<String> = row
            .iter()
            .map(|c| format!("{:.1}", c.spread.p95_ms))
            .collect();
        let first = &row[0];
        let total = first
            .total
            .map_or("–".to_owned(), |total| total.to_string());
        table.push_str(&format!(
            "\n| {} | {total} | {} |",
            first.filter,
            values.join(" | ")
        ));
    }
    table
}

fn worst<'c>(cells: impl Iterator<Item = &'c Cell>) -> Option<&'c Cell> {
    cells.max_by(|a, b| a.spread.p95_ms.total_cmp(&b.spread.p95_ms))
}

fn headline(name: &str, worst: &Cell, goal: Goal, health: Spread, meanwhile: &str) -> Figure {
    let note = format!("sort {}, filter {}; {meanwhile}", worst.sort, worst.filter);
    Figure::new(name, worst.spread.p95_ms, "ms")
        .goal(goal)
        .yardstick("GET /health, p95", health.p95_ms)
        .note(note)
}

impl Cell {
    fn figure(&self) -> Figure {
        let total = match self.total {
            Some(total) => format!("{total} matches"),
            None => "no exact total".to_owned(),
        };
        let note = format!("p50 {:.1} ms, {total}", self.spread.p50_ms);
        let name = format!("sessions by {}, {}, p95", self.sort, self.filter);
        Figure::new(name, self.spread.p95_ms, "ms").note(note)
    }
}

/// Ingest that goes on while lists are measured, on a thread of its own so
/// that making the load is not measured too.
struct Background {
    load: JoinHandle<Result<Outcome>>,
    stop: Arc<AtomicBool>,
    began: Instant,
    rate: f64,
}

impl Background {
    fn start(target: &Target, rate: f64) -> Self {
        let plan = background_plan(rate);
        let stop = Arc::clone(&plan.stop);
        let target = target.clone();
        let load = thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(load::run(&target, &plan))
        });
        Self {
            load,
            stop,
            began: Instant::now(),
            rate,
        }
    }

    fn finish(self) -> Result<String> {
        let seconds = self.began.elapsed().as_secs_f64();
        self.stop.store(true, Ordering::Relaxed);
        let outcome = self.load.join();
        let outcome = outcome.map_err(|_| anyhow!("the background load broke"))??;
        let reached = outcome.spans as f64 / seconds;
        let mut text = format!(
            "meanwhile {:.0} spans/s offered, {reached:.0} accepted, for {seconds:.0} s",
            self.rate
        );
        if outcome.failed() > 0 {
            text.push_str(&format!("; FAILED requests {:?}", outcome.failures));
        }
        Ok(text)
    }
}

fn background_plan(rate: f64) -> Plan {
    let mix = SpanMix {
        spans: 8,
        text_percent: 100,
    };
    Plan {
        templates: Arc::new(Templates::new(2, 256, mix)),
        spans_per_trace: 8,
        traces_per_request: 1,
        connections: 4,
        warm_up: Duration::ZERO,
        // Ended by the measurement, not by the clock.
        measured: Duration::from_secs(24 * 3600),
        rate: Some(rate),
        stop: Arc::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_chosen_or_refused() {
        assert_eq!(choose("all", &SORTS).unwrap().len(), SORTS.len());
        assert_eq!(choose("cost, recent", &SORTS).unwrap(), ["recent", "cost"]);
        assert!(choose("price", &SORTS).is_err());
    }

    #[test]
    fn date_filters_hang_on_the_newest_session() {
        let all = filters("2026-11-20T12:00:00Z".parse().unwrap());
        let last_day = all.iter().find(|filter| filter.name == "last-day").unwrap();
        assert_eq!(last_day.query, "started_after=2026-11-19T12:00:00Z");
    }

    #[test]
    fn the_worst_single_filter_is_the_headline() {
        let cell = |filter, combined, p95_ms| Cell {
            sort: "cost desc".to_owned(),
            filter,
            combined,
            spread: Spread {
                p95_ms,
                ..Spread::default()
            },
            total: Some(1),
        };
        let cells = [
            cell("a", false, 3.0),
            cell("b", false, 8.0),
            cell("c", true, 90.0),
        ];
        let figures = headlines(&cells, Spread::default(), "idle");
        assert_eq!(figures[0].value, 8.0);
        assert!(figures[0].note.contains("filter b"));
        assert_eq!(figures[1].value, 90.0);
        assert!(matrix(&cells).ends_with("| c | 1 | 90.0 |"));
    }
}
