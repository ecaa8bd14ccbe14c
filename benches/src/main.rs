//! Load generator and latency benches for a running PandaProbe server.
//!
//! Everything here speaks HTTP like any other client; nothing links the
//! server. `README.md` beside this crate lists the commands.

mod client;
mod corpus;
mod fill;
mod head;
mod ingest;
mod list;
mod load;
mod memory;
mod report;
mod startup;
mod stats;
mod yardstick;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use tokio::runtime::Builder;

use crate::client::Target;
use crate::report::Report;

/// Measures a running PandaProbe server.
#[derive(Debug, Parser)]
#[command(name = "pandaprobe-bench", version)]
struct Cli {
    /// Print the figures as JSON instead of a Markdown table.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Sends traces as fast as they are acknowledged, or at a fixed rate.
    Ingest(ingest::IngestOptions),
    /// Fills a project with many small sessions.
    FillSessions(fill::FillOptions),
    /// Measures the sessions list: every sort with every filter.
    List(list::ListOptions),
    /// Measures one session's head and its timeline.
    Head(head::HeadOptions),
    /// Starts the server and measures time to ready, idle memory and size.
    Startup(startup::StartupOptions),
    /// Runs a server that reads bodies and throws them away.
    Discard(yardstick::discard::DiscardOptions),
    /// Measures sequential writes with a sync after each group.
    Disk(yardstick::disk::DiskOptions),
}

/// Where the server is.
#[derive(Debug, Clone, Args)]
struct ServerOptions {
    /// Address of the server.
    #[arg(long, default_value = "http://127.0.0.1:8000")]
    url: String,
    /// Project to use.
    #[arg(long, default_value = "bench")]
    project: String,
    /// API key, where the server wants one.
    #[arg(long)]
    api_key: Option<String>,
}

impl ServerOptions {
    fn target(&self) -> Result<Target> {
        Target::parse(&self.url, &self.project, self.api_key.as_deref())
    }
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn main() -> Result<()> {
    let cli = Cli::parse();
    if let Some(text) = run(cli.command)?.render(cli.json) {
        println!("{text}");
    }
    Ok(())
}

fn run(command: Command) -> Result<Report> {
    // One thread makes the load, so that the server keeps the other core.
    let runtime = Builder::new_current_thread().enable_all().build()?;
    Ok(match command {
        Command::Ingest(options) => runtime.block_on(ingest::run(&options))?.into(),
        Command::FillSessions(options) => runtime.block_on(fill::run(&options))?.into(),
        Command::List(options) => runtime.block_on(list::run(&options))?,
        Command::Head(options) => runtime.block_on(head::run(&options))?.into(),
        Command::Startup(options) => runtime.block_on(startup::run(&options))?.into(),
        Command::Disk(options) => yardstick::disk::run(&options)?.into(),
        Command::Discard(options) => {
            drop(runtime);
            yardstick::discard::run(&options)?;
            Report::default()
        }
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
