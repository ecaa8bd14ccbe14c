//! What the command line can say.

use std::path::PathBuf;

use bytesize::ByteSize;
use clap::{Args, Parser, Subcommand};
use pandaprobe_server::WebOrigin;

use crate::settings::Patience;

/// Shows what AI agents did, session by session.
#[derive(Debug, Parser)]
#[command(name = "pandaprobe", version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The roles of the program.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Takes traces in, keeps them, and serves the API and the web app
    Serve(Box<ServeArgs>),
    /// Sends sample sessions to a running server
    Demo(DemoArgs),
    /// Prints the API's specification (OpenAPI) as JSON
    Openapi,
    /// Copies all data into one file, also while the server runs
    Backup(BackupArgs),
    /// Puts a backup in place; the server must not run
    Restore(RestoreArgs),
    /// Checks all data, and can count totals anew; the server must not run
    Doctor(DoctorArgs),
}

/// Every setting can also be given as an environment variable or in a file;
/// arguments go before variables, variables before the file, the file before
/// defaults.
#[derive(Debug, Default, Args)]
#[command(after_help = "\
Files and variables:
  Variables are named PANDAPROBE_SERVER_ and the setting, such as PANDAPROBE_SERVER_LISTEN or
  PANDAPROBE_SERVER_ALLOWED_HOSTS (separated by commas). PANDAPROBE_SERVER_API_KEY sets a fixed
  first API key; without it one is made on the first start and kept in <DATA>/api-key.
  The file is TOML with the settings' names in snake case, such as body_limit = \"64 MiB\".
  `pandaprobe serve --print-config` shows every setting and where it comes from.")]
pub(crate) struct ServeArgs {
    /// Address and port to listen at; port 0 takes any free one [default: 127.0.0.1:8000]
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) listen: Option<String>,

    /// Directory that holds all data; made if missing
    /// [default: $XDG_DATA_HOME/pandaprobe or ~/.local/share/pandaprobe]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// Asks for an API key on a loopback address too; elsewhere keys are always required
    #[arg(long)]
    pub(crate) require_key: bool,

    /// Host name that requests may use besides localhost and IP addresses; can be repeated
    #[arg(long = "allowed-host", value_name = "HOST")]
    pub(crate) allowed_hosts: Vec<String>,

    /// Largest request body after decompression, such as 64MiB [default: 64 MiB]
    #[arg(long, value_name = "SIZE")]
    pub(crate) body_limit: Option<ByteSize>,

    /// How long a request body may make no progress, such as 30s [default: 1m]
    #[arg(long, value_name = "TIME")]
    pub(crate) upload_timeout: Option<Patience>,

    /// How many requests a minute one caller may send to one path; 0 for any number [default: 0]
    #[arg(long, value_name = "COUNT")]
    pub(crate) rate_limit_per_minute: Option<u32>,

    /// Origin of web pages that may use this server from a browser, such as
    /// http://localhost:3000; can be repeated
    #[arg(long = "cors-origin", value_name = "ORIGIN")]
    pub(crate) cors_origins: Vec<WebOrigin>,

    /// What /health calls this installation [default: production]
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,

    /// What to log to standard error, such as info or pandaprobe_server=debug
    /// [default: $RUST_LOG or warn]
    #[arg(long, value_name = "FILTER")]
    pub(crate) log: Option<String>,

    /// Settings file [default: ./pandaprobe.toml if it is there]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Fills the project `demo` with sample sessions if the data directory is new
    #[arg(long)]
    pub(crate) demo: bool,

    /// Prints every setting and where it comes from, and ends
    #[arg(long)]
    pub(crate) print_config: bool,
}

/// Where the sample sessions go.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// The server's address
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8000")]
    pub(crate) endpoint: String,

    /// API key, if the server asks for one [default: $PANDAPROBE_API_KEY]
    #[arg(long, value_name = "KEY")]
    pub(crate) api_key: Option<String>,

    /// Project that receives the sessions
    #[arg(long, value_name = "NAME", default_value = "demo")]
    pub(crate) project: String,

    /// How many sessions
    #[arg(long, value_name = "COUNT", default_value_t = 240)]
    pub(crate) sessions: usize,

    /// Source of all choices: the same seed gives the same sessions
    #[arg(long, value_name = "NUMBER", default_value_t = 20_261_120)]
    pub(crate) seed: u64,
}

/// Which data directory; found as `serve` finds it.
#[derive(Debug, Default, Args)]
pub(crate) struct DataArgs {
    /// Directory that holds all data [default: as for `pandaprobe serve`]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// Settings file [default: ./pandaprobe.toml if it is there]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// Where a backup goes.
#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// File that is written; it appears when it is whole
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,

    /// Replaces the file if it is there already
    #[arg(long)]
    pub(crate) force: bool,
}

/// Where a backup comes from.
#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// Backup that is read
    #[arg(long, value_name = "FILE")]
    pub(crate) from: PathBuf,

    /// Takes the place of a database that is there, which is kept under a dated name
    #[arg(long)]
    pub(crate) force: bool,
}

/// What to examine.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes:
  0  no fault, or all of them were repaired
  1  there are faults
  2  the data could not be checked")]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// Counts wrong totals, marks and indexes anew; payloads are never changed
    #[arg(long)]
    pub(crate) repair: bool,

    /// Prints one JSON object a line: faults as they are found, then a summary
    #[arg(long)]
    pub(crate) json: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes_are_for_people() {
        let cli = Cli::try_parse_from(["pandaprobe", "serve", "--body-limit", "64MiB"]).unwrap();
        let Command::Serve(arguments) = cli.command else {
            panic!("not serve")
        };
        assert_eq!(
            arguments.body_limit.map(|size| size.as_u64()),
            Some(64 << 20)
        );
    }
}
