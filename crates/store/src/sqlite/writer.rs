//! The one thread that changes data. It takes everything that waits, applies
//! it in one transaction, and answers only after the commit is on disk; while
//! one group is being synced the next one gathers, so groups size themselves.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError};
use pandaprobe_model::price::PriceBook;
use pandaprobe_model::{ProjectId, Timestamp};
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::apply::{Applied, Group, Memory, Published};
use super::checkpoint::Nudge;
use super::dims::Dims;
use super::payload::{Known, Prepared};
use crate::{Result, StoreError};

/// How many requests may wait. Each holds its body in memory, which the caller
/// bounds in bytes; this only bounds the count.
const QUEUE: usize = 4096;

/// A group is committed when it has about so many spans, so that nobody waits
/// for an endless one.
const GROUP_SPANS: usize = 8000;

type Reply<T> = oneshot::Sender<Result<T>>;
type Change = Box<dyn FnOnce(&mut Group<'_>) -> Result<()> + Send>;

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Merged {
    /// It is on disk.
    Done,
    /// Its only trace, which should exist, does not. Nothing was merged.
    Missing,
    /// A fragment leans on what has gone. Nothing was merged; the request must be
    /// prepared anew.
    Stale,
}

/// Work for the writer.
enum Job {
    Ingest {
        project: ProjectId,
        items: Vec<Prepared>,
        reply: Reply<Merged>,
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
        known: Arc<Known>,
        prices: Arc<PriceBook>,
        nudge: Nudge,
    ) -> Result<(Self, JoinHandle<()>)> {
        let deleted = deleted_projects(&connection)?;
        let memory = Memory {
            dims: Dims::default(),
            next_trace: next_trace(&connection)?,
            prices,
            deleted_projects: deleted.iter().copied().collect(),
        };
        let (jobs, queue) = crossbeam_channel::bounded(QUEUE);
        let mut thread = Thread {
            connection,
            memory,
            known,
            queue,
            nudge,
            purging: deleted.into(),
        };
        let handle = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || thread.run())?;
        Ok((Self { jobs }, handle))
    }

    /// Queues prepared fragments and waits until they are on disk.
    pub(super) async fn ingest(&self, project: ProjectId, items: Vec<Prepared>) -> Result<Merged> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Ingest {
            project,
            items,
            reply,
        })?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Runs a change in a transaction of its own and waits until it is on disk.
    pub(super) async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Group<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let (value, outcome) = oneshot::channel();
        let change: Change = Box::new(move |group| {
            let _ = value.send(change(group)?);
            Ok(())
        });
        self.send(Job::Change { change, reply })?;
        answer.await.unwrap_or(Err(StoreError::Closed))?;
        outcome.await.map_err(|_| StoreError::Closed)
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

fn deleted_projects(connection: &Connection) -> Result<Vec<i64>> {
    let mut select = connection.prepare("SELECT id FROM project WHERE deleted ORDER BY id")?;
    let ids = select.query_map([], |row| row.get(0))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

/// Why a transaction is rolled back.
#[derive(Debug)]
enum Halt {
    /// See [`Merged::Stale`].
    Stale,
    Failed(StoreError),
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

struct Thread {
    connection: Connection,
    memory: Memory,
    known: Arc<Known>,
    queue: Receiver<Job>,
    nudge: Nudge,
    /// Deleted projects whose data is still there.
    purging: VecDeque<i64>,
}

/// Ingest work of one group.
struct Batch {
    project: ProjectId,
    items: Vec<Prepared>,
    reply: Reply<Merged>,
}

impl Thread {
    fn run(&mut self) {
        while let Some(job) = self.next() {
            let mut next = Some(job);
            while let Some(job) = next.take() {
                next = match job {
                    Job::Change { change, reply } => {
                        let _ = reply.send(self.change(change));
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

    /// Waits for a job, and purges deleted projects bit by bit while there is
    /// none; `None` when there will be no more.
    fn next(&mut self) -> Option<Job> {
        while let Some(project) = self.purging.front().copied() {
            match self.queue.try_recv() {
                Ok(job) => return Some(job),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => self.purge(project),
            }
        }
        self.queue.recv().ok()
    }

    fn purge(&mut self, project: i64) {
        let done = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&done);
        let outcome = self.change(Box::new(move |group| {
            told.store(group.purge(ProjectId(project))?, Ordering::Relaxed);
            Ok(())
        }));
        if let Err(error) = &outcome {
            tracing::error!(%error, project, "purging a deleted project failed; the next start goes on with it");
        }
        if outcome.is_err() || done.load(Ordering::Relaxed) {
            self.purging.pop_front();
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
        let several = batches.len() > 1;
        match self.commit(&batches) {
            Ok(merged) => {
                for (batch, merged) in batches.into_iter().zip(merged) {
                    // The caller may have gone away; the data is on disk all the same.
                    let _ = batch.reply.send(Ok(merged));
                }
            }
            Err(_) if several => {
                for batch in batches {
                    self.commit_all(vec![batch]);
                }
            }
            Err(Halt::Stale) => {
                for batch in batches {
                    let _ = batch.reply.send(Ok(Merged::Stale));
                }
            }
            Err(Halt::Failed(error)) => {
                tracing::error!(%error, "a write failed");
                for batch in batches {
                    let _ = batch.reply.send(Err(error.clone()));
                }
            }
        }
    }

    fn commit(&mut self, batches: &[Batch]) -> std::result::Result<Vec<Merged>, Halt> {
        self.committed(|group| batches.iter().map(|batch| batch.apply(group)).collect())
    }

    fn change(&mut self, change: Change) -> Result<()> {
        let outcome = self.committed(|group| change(group).map_err(Halt::Failed));
        self.nudge.committed();
        outcome.map_err(|halt| match halt {
            Halt::Failed(error) => error,
            Halt::Stale => StoreError::Overloaded,
        })
    }

    /// Does work in one transaction and lets the cache of bodies know.
    fn committed<T>(
        &mut self,
        work: impl FnOnce(&mut Group<'_>) -> std::result::Result<T, Halt>,
    ) -> std::result::Result<T, Halt> {
        match self.guarded(|thread| thread.transact(work)) {
            Ok((value, published)) => {
                self.publish(published);
                Ok(value)
            }
            Err(error) => {
                self.memory.dims.forget();
                Err(error)
            }
        }
    }

    fn publish(&mut self, published: Published) {
        let Published {
            bodies,
            forgotten,
            deleted_projects,
        } = published;
        // First what has gone: a conversation may have begun anew since.
        forgotten.into_iter().for_each(|key| self.known.forget(key));
        bodies.into_iter().for_each(|new| self.known.publish(new));
        self.memory.deleted_projects.extend(&deleted_projects);
        self.purging.extend(deleted_projects);
    }

    /// Turns a panic into an error: a bug met in one request must not end the
    /// thread that all others depend on. The transaction is rolled back.
    fn guarded<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> std::result::Result<T, Halt>,
    ) -> std::result::Result<T, Halt> {
        std::panic::catch_unwind(AssertUnwindSafe(|| work(self))).unwrap_or_else(|_| {
            Err(Halt::Failed(StoreError::Backend(
                "the writer met a bug; see the log".into(),
            )))
        })
    }

    fn transact<T>(
        &mut self,
        work: impl FnOnce(&mut Group<'_>) -> std::result::Result<T, Halt>,
    ) -> std::result::Result<(T, Published), Halt> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let now = Timestamp::now().0;
        let mut group = Group::new(&transaction, &mut self.memory, &self.known, now);
        let value = work(&mut group)?;
        let published = group.finish()?;
        transaction.commit().map_err(StoreError::from)?;
        Ok((value, published))
    }
}

impl Batch {
    fn apply(&self, group: &mut Group<'_>) -> std::result::Result<Merged, Halt> {
        for item in &self.items {
            match group.apply(self.project, item)? {
                Applied::Done => {}
                Applied::Stale => return Err(Halt::Stale),
                // Such a request has this one fragment.
                Applied::Missing => return Ok(Merged::Missing),
            }
        }
        Ok(Merged::Done)
    }

    fn spans(&self) -> usize {
        self.items.iter().map(|item| item.spans.len() + 1).sum()
    }
}
