//! `pandaprobe restore`

use bytesize::ByteSize;
use pandaprobe_store::sqlite::backup::{Restored, restore};
use pandaprobe_store::sqlite::tools::ToolError;

use super::{serve, tools};
use crate::cli::RestoreArgs;
use crate::failure::Failure;
use crate::say;

/// Puts a backup into the data directory.
///
/// # Errors
/// When it is no good backup, when a server runs there, or when there is a
/// database already and nothing says that it may be replaced.
pub(crate) fn run(arguments: &RestoreArgs) -> Result<(), Failure> {
    let dir = tools::data_directory(&arguments.data)?;
    serve::make_data_directory(&dir)?;
    let label = jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H%M%SZ")
        .to_string();
    let aside = arguments.force.then_some(label.as_str());
    let outcome = restore(&arguments.from, &dir, aside, &mut |progress| {
        tools::show("restore", progress);
    });
    say::passed();
    let Restored {
        bytes,
        version,
        aside,
    } = outcome.map_err(|error| {
        let failure = tools::failure("restore", &dir, &error);
        match error {
            ToolError::Exists(_) => failure.hint(
                "choose another directory with `--data`, or let `--force` keep the old one aside",
            ),
            ToolError::Foreign { .. } | ToolError::Directory(_) => {
                failure.hint("name a file that `pandaprobe backup` has written")
            }
            ToolError::Damaged { .. } => failure.hint("nothing was changed; use another backup"),
            ToolError::File { .. } => {
                failure.hint("check the names, and that you may read and write")
            }
            _ => failure,
        }
    })?;
    say::line(format_args!(
        "restore: {} (schema version {version}) are in {}",
        ByteSize::b(bytes),
        dir.display()
    ));
    if let Some(aside) = aside {
        say::line(format_args!("  the old database is {}", aside.display()));
    }
    Ok(())
}
