//! The one thread that changes data. It takes everything that waits, applies
//! it in one transaction, and answers only after the commit is on disk; while
//! one group is being synced the next one gathers, so groups size themselves.

use std::panic::AssertUnwindSafe;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TrySendError};
use pandaprobe_model::{ProjectId, Timestamp};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::apply::{Group, Memory};
use super::checkpoint::Nudge;
use super::dims::Dims;
use super::payload::{Known, NewBodies, Prepared};
use crate::{Result, StoreError};

/// How many requests may wait. Each holds its body in memory, which the caller
/// bounds in bytes; this only bounds the count.
const QUEUE: usize = 4096;

/// A group is committed when it has about so many spans, so that nobody waits
/// for an endless one.
const GROUP_SPANS: usize = 8000;

type Reply<T> = oneshot::Sender<Result<T>>;
type Change = Box<dyn FnOnce(&Transaction<'_>) -> Result<()> + Send>;

/// Work for the writer.
enum Job {
    Ingest {
        project: ProjectId,
        items: Vec<Prepared>,
        reply: Reply<()>,
    },
    /// A small change with a transaction of its own.
    Change { change: Change, reply: Reply<()> },
}

/// The way to the writer thread.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Sender<Job>,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Job")
    }
}

impl Writer {
    /// Starts the thread; it ends when the [`Writer`] is dropped and all work
    /// that was taken on is done.
    pub(super) fn start(
        connection: Connection,
        known: std::sync::Arc<Known>,
        nudge: Nudge,
    ) -> Result<(Self, JoinHandle<()>)> {
        let memory = Memory {
            dims: Dims::default(),
            next_trace: next_trace(&connection)?,
        };
        let (jobs, queue) = crossbeam_channel::bounded(QUEUE);
        let mut thread = Thread {
            connection,
            memory,
            known,
            queue,
            nudge,
        };
        let handle = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || thread.run())?;
        Ok((Self { jobs }, handle))
    }

    /// Queues prepared fragments and waits until they are on disk.
    pub(super) async fn ingest(&self, project: ProjectId, items: Vec<Prepared>) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Ingest {
            project,
            items,
            reply,
        })?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Runs a change in a transaction and waits until it is on disk.
    pub(super) async fn change(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Change {
            change: Box::new(change),
            reply,
        })?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    fn send(&self, job: Job) -> Result<()> {
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Overloaded,
            TrySendError::Disconnected(_) => StoreError::Closed,
        })
    }
}

/// The id behind the last that was ever given, deleted traces included.
fn next_trace(connection: &Connection) -> Result<i64> {
    let sql = "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'trace'";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

struct Thread {
    connection: Connection,
    memory: Memory,
    known: std::sync::Arc<Known>,
    queue: Receiver<Job>,
    nudge: Nudge,
}

/// Ingest work of one group.
struct Batch {
    project: ProjectId,
    items: Vec<Prepared>,
    reply: Reply<()>,
}

impl Thread {
    fn run(&mut self) {
        while let Ok(job) = self.queue.recv() {
            let mut next = Some(job);
            while let Some(job) = next.take() {
                next = match job {
                    Job::Change { change, reply } => {
                        let _ = reply.send(self.guarded(|thread| thread.change(change)));
                        None
                    }
                    Job::Ingest {
                        project,
                        items,
                        reply,
                    } => self.group(Batch {
                        project,
                        items,
                        reply,
                    }),
                };
            }
        }
    }

    /// Commits a batch together with all that waits behind it; returns the job
    /// that could not join.
    fn group(&mut self, first: Batch) -> Option<Job> {
        let mut spans = first.spans();
        let mut batches = vec![first];
        let mut left = None;
        while spans < GROUP_SPANS {
            match self.queue.try_recv() {
                Ok(Job::Ingest {
                    project,
                    items,
                    reply,
                }) => {
                    let batch = Batch {
                        project,
                        items,
                        reply,
                    };
                    spans += batch.spans();
                    batches.push(batch);
                }
                Ok(job) => {
                    left = Some(job);
                    break;
                }
                Err(_) => break,
            }
        }
        self.commit_all(batches);
        self.nudge.committed();
        left
    }

    /// Commits the batches together or, should that fail, one by one, so that
    /// one cannot fail the others.
    fn commit_all(&mut self, batches: Vec<Batch>) {
        let together = self.commit(&batches);
        let several = batches.len() > 1;
        for batch in batches {
            let outcome = match &together {
                Ok(()) => Ok(()),
                Err(_) if several => self.commit(std::slice::from_ref(&batch)),
                Err(error) => Err(error.clone()),
            };
            if let Err(error) = &outcome {
                tracing::error!(%error, "a write failed");
            }
            // The caller may have gone away; the data is on disk all the same.
            let _ = batch.reply.send(outcome);
        }
    }

    fn commit(&mut self, batches: &[Batch]) -> Result<()> {
        match self.guarded(|thread| thread.try_commit(batches)) {
            Ok(bodies) => {
                bodies.into_iter().for_each(|new| self.known.publish(new));
                Ok(())
            }
            Err(error) => {
                self.memory.dims.forget();
                Err(error)
            }
        }
    }

    /// Turns a panic into an error: a bug met in one request must not end the
    /// thread that all others depend on. The transaction is rolled back.
    fn guarded<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        std::panic::catch_unwind(AssertUnwindSafe(|| work(self))).unwrap_or_else(|_| {
            Err(StoreError::Backend(
                "the writer met a bug; see the log".into(),
            ))
        })
    }

    fn try_commit(&mut self, batches: &[Batch]) -> Result<Vec<NewBodies>> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut group = Group::new(&transaction, &mut self.memory, Timestamp::now().0);
        for batch in batches {
            for item in &batch.items {
                group.apply(batch.project, item)?;
            }
        }
        let bodies = group.finish()?;
        transaction.commit()?;
        Ok(bodies)
    }

    fn change(&mut self, change: Change) -> Result<()> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        change(&transaction)?;
        transaction.commit()?;
        Ok(())
    }
}

impl Batch {
    fn spans(&self) -> usize {
        self.items.iter().map(|item| item.spans.len() + 1).sum()
    }
}
