//! Moves the log into the database file beside the writer. Alone it would let
//! the log grow without bound, since the writer never leaves it a gap; with the
//! writer's own checkpoint above 32 MB it does the bulk, and commits stay short.

use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use rusqlite::Connection;

use crate::Result;

/// How long to rest between two rounds while there is work.
const REST: Duration = Duration::from_millis(20);

/// Tells the checkpointer that there is something to move.
#[derive(Debug)]
pub(super) struct Nudge(Sender<()>);

impl Nudge {
    pub(super) fn committed(&self) {
        // Full means that it knows already.
        let _ = self.0.try_send(());
    }
}

/// Starts the thread; it ends when the [`Nudge`] is dropped.
pub(super) fn start(connection: Connection) -> Result<(Nudge, JoinHandle<()>)> {
    let (nudge, wait) = crossbeam_channel::bounded(1);
    let handle = std::thread::Builder::new()
        .name("store-checkpoint".into())
        .spawn(move || run(&connection, &wait))?;
    Ok((Nudge(nudge), handle))
}

fn run(connection: &Connection, wait: &Receiver<()>) {
    while wait.recv().is_ok() {
        std::thread::sleep(REST);
        let outcome = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        if let Err(error) = outcome {
            tracing::warn!(%error, "the checkpoint failed; the log will grow until it works again");
        }
    }
}
