//! `pandaprobe backup`

use bytesize::ByteSize;
use pandaprobe_store::StoreError;
use pandaprobe_store::sqlite::backup::backup;
use pandaprobe_store::sqlite::tools::ToolError;

use super::tools;
use crate::cli::BackupArgs;
use crate::failure::Failure;
use crate::say;

/// Copies the database into a file.
///
/// # Errors
/// When there is no database, or the file cannot be written.
pub(crate) fn run(arguments: &BackupArgs) -> Result<(), Failure> {
    let dir = tools::data_directory(&arguments.data)?;
    let outcome = backup(&dir, &arguments.to, arguments.force, &mut |progress| {
        tools::show("backup", progress);
    });
    say::passed();
    let bytes = outcome.map_err(|error| {
        let failure = tools::failure("back up", &dir, &error);
        match error {
            ToolError::Exists(_) => failure.hint("give another name, or replace it with `--force`"),
            ToolError::Directory(_) => failure.hint("name a file in it"),
            ToolError::Inside(_) => {
                failure.hint("what is in there is lost with it; choose another disk, if you can")
            }
            ToolError::File { .. } => {
                failure.hint("check that the directory is there and that you may write to it")
            }
            ToolError::Store(StoreError::Full(_)) => {
                failure.hint("make room there, or choose another disk with `--to`")
            }
            _ => failure,
        }
    })?;
    say::line(format_args!(
        "backup: {} are in {}",
        ByteSize::b(bytes),
        arguments.to.display()
    ));
    Ok(())
}
