//! `pandaprobe demo`, and the same for `serve --demo`.

use crate::cli::DemoArgs;
use crate::demo::{self, DemoError, DemoOptions};
use crate::failure::Failure;
use crate::say;

/// Sends the sample sessions to a running server.
///
/// # Errors
/// When the server cannot be reached or refuses them.
pub(crate) fn run(arguments: DemoArgs) -> Result<(), Failure> {
    let DemoArgs {
        endpoint,
        api_key,
        project,
        sessions,
        seed,
    } = arguments;
    let environment = || std::env::var("PANDAPROBE_API_KEY").ok();
    fill(&DemoOptions {
        api_key: api_key.or_else(environment).filter(|key| !key.is_empty()),
        project,
        sessions,
        seed,
        ..DemoOptions::new(endpoint.trim_end_matches('/'), jiff::Timestamp::now())
    })
}

/// Sends the sample sessions and says so.
///
/// # Errors
/// As [`run`].
pub(crate) fn fill(options: &DemoOptions) -> Result<(), Failure> {
    let outcome = demo::run(options, &mut |progress| {
        say::passing(format_args!(
            "demo: {} traces, {} spans sent",
            progress.fragments, progress.spans
        ));
    });
    say::passed();
    let summary = outcome.map_err(|error| failure(&error))?;
    say::line(format_args!(
        "demo: {} sessions with {} spans are in project `{}` ({:.1} s)",
        summary.sessions,
        summary.sent.spans,
        options.project,
        summary.elapsed.as_secs_f64()
    ));
    Ok(())
}

fn failure(error: &DemoError) -> Failure {
    let failure = Failure::new(error.to_string());
    match error {
        DemoError::Unreachable { .. } => failure
            .hint("start a server with `pandaprobe serve`, or name another one with `--endpoint`"),
        DemoError::Refused { status: 401, .. } => {
            failure.hint("give an API key with `--api-key` or PANDAPROBE_API_KEY")
        }
        DemoError::Refused { .. } | DemoError::Rejected { .. } => failure,
    }
}
