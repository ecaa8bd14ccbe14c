//! Threads that answer queries, each with a connection of its own, so that
//! queries neither block the callers' executor nor the writer.

use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::Options;
use super::open::{self, Role};
use crate::{Result, StoreError};

type Query = Box<dyn FnOnce(&Connection) + Send>;

/// The way to the reader threads.
#[derive(Debug)]
pub(super) struct Readers {
    queries: Sender<Query>,
}

impl Readers {
    /// Starts the threads; they end when the [`Readers`] is dropped.
    pub(super) fn start(options: &Options) -> Result<(Self, Vec<JoinHandle<()>>)> {
        let (queries, queue) = crossbeam_channel::unbounded();
        let handles = (0..options.readers.max(1))
            .map(|index| spawn(index, open::connect(options, Role::Reader)?, queue.clone()))
            .collect::<Result<_>>()?;
        Ok((Self { queries }, handles))
    }

    /// Runs a query inside a read transaction, so that all of its statements
    /// see the same state.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let job: Query = Box::new(move |connection| {
            // Whoever asked has gone: nobody needs the answer.
            if !reply.is_closed() {
                let _ = reply.send(in_snapshot(connection, query));
            }
        });
        self.queries.send(job).map_err(|_| StoreError::Closed)?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }
}

fn in_snapshot<T>(
    connection: &Connection,
    query: impl FnOnce(&Connection) -> Result<T>,
) -> Result<T> {
    let transaction = connection.unchecked_transaction()?;
    let answer = query(&transaction);
    transaction.finish()?;
    answer
}

fn spawn(index: usize, connection: Connection, queue: Receiver<Query>) -> Result<JoinHandle<()>> {
    let run = move || queue.iter().for_each(|query| query(&connection));
    Ok(std::thread::Builder::new()
        .name(format!("store-reader-{index}"))
        .spawn(run)?)
}
