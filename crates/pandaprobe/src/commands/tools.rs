//! What the commands beside the server share.

use std::path::{Path, PathBuf};

use bytesize::ByteSize;
use pandaprobe_store::StoreError;
use pandaprobe_store::sqlite::backup::Progress;
use pandaprobe_store::sqlite::tools::ToolError;

use crate::cli::{DataArgs, ServeArgs};
use crate::failure::Failure;
use crate::{say, settings};

/// Finds the data directory as `serve` does.
pub(super) fn data_directory(arguments: &DataArgs) -> Result<PathBuf, Failure> {
    let arguments = ServeArgs {
        data: arguments.data.clone(),
        config: arguments.config.clone(),
        ..ServeArgs::default()
    };
    let resolved = settings::resolve(&arguments, &|name| std::env::var(name).ok())?;
    Ok(resolved.into_settings().data)
}

/// Shows how far a copy has come.
pub(super) fn show(what: &str, progress: Progress) {
    match progress {
        Progress::Copying { done, of } => {
            let percent = (done * 100).checked_div(of).unwrap_or(100);
            // Pages are of 4 KiB.
            let size = ByteSize::kib(of * 4);
            say::passing(format_args!("{what}: {percent} % of {size}"));
        }
        Progress::Syncing => say::passing(format_args!("{what}: writing to the disk")),
        Progress::Checking => say::passing(format_args!("{what}: checking the copy")),
    }
}

/// Says why a tool could not do `what`, and what may be done about it.
pub(super) fn failure(what: &str, dir: &Path, error: &ToolError) -> Failure {
    if let ToolError::Store(error @ StoreError::InUse(_)) = error {
        return Failure::open(dir, error);
    }
    let failure = Failure::new(format!("cannot {what}: {error}"));
    match error {
        ToolError::NoDatabase(_) => {
            failure.hint("name the directory that `pandaprobe serve` prints with `--data`")
        }
        ToolError::Older { .. } => failure.hint("start the server once: it upgrades the data"),
        ToolError::Store(StoreError::TooNew { .. }) => {
            failure.hint("the data was written by a newer version of PandaProbe; use that one")
        }
        ToolError::Store(StoreError::Full(_)) => failure.hint("make room on the disk"),
        ToolError::Foreign { .. }
        | ToolError::Exists(_)
        | ToolError::Directory(_)
        | ToolError::Inside(_)
        | ToolError::Damaged { .. }
        | ToolError::File { .. }
        | ToolError::Store(_) => failure,
    }
}
