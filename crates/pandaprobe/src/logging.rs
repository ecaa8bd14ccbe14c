//! The log: standard error, quiet unless asked.

use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// Starts logging what `filter` selects.
///
/// # Errors
/// When the filter cannot be read.
pub(crate) fn start(filter: &str) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        Failure::new(format!("cannot read the log filter `{filter}`: {error}"))
            .hint("use a level such as `info`, or `pandaprobe_server=debug`")
    })?;
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .try_init();
    started.map_err(|error| Failure::new(format!("cannot start the log: {error}")))
}
