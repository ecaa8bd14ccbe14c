//! A store and the naive models that agree with it so far, side by side.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use pandaprobe_model::price::PriceBook;
use pandaprobe_model::score::{NewScore, ScoreDataType, ScoreSource};
use pandaprobe_model::{ProjectId, TraceId};
use pandaprobe_store::sqlite::backup::backup;
use pandaprobe_store::sqlite::doctor::examine;
use pandaprobe_store::sqlite::{Options, SqliteStore};
use pandaprobe_store::{Commands, Ingest, Projects, Scores};
use pandaprobe_testkit::reference::{Answer, Operation, Reference};
use proptest::prelude::*;
use tempfile::TempDir;

use super::generate::Step;
use super::seen::differences;

/// The projects that operations go to.
pub(super) const PROJECTS: [&str; 2] = ["one", "two"];

/// The price table of store and model.
const PRICES: &str = "model,input,cache_read,cache_write,output,reasoning,audio_input,audio_output
gpt,2.5,1.25,,10,,,
claude-9,3,0.3,3.75,15,,,
";

/// Tables that hold nothing once all traces are deleted.
const EMPTIED: [&str; 12] = [
    "span",
    "block",
    "message",
    "orphan",
    "trace_label",
    "session_label",
    "session",
    "session_num",
    "user",
    "score",
    "trace_meta",
    "session_text",
];

pub(super) struct World {
    dir: TempDir,
    store: Option<SqliteStore>,
    runtime: tokio::runtime::Runtime,
    /// More than one while the order of requests that came together matters
    /// and has not shown yet.
    references: Vec<Reference>,
}

fn open(dir: &Path) -> SqliteStore {
    SqliteStore::open(Options {
        readers: 1,
        prices: Arc::new(PriceBook::parse(PRICES).unwrap()),
        ..Options::new(dir)
    })
    .unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
}

impl World {
    pub(super) fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let world = Self {
            store: Some(open(dir.path())),
            dir,
            runtime: runtime(),
            references: vec![Reference::new(PRICES)],
        };
        for name in PROJECTS {
            world.project(name);
        }
        world
    }

    /// Takes a step and checks everything that can be seen.
    ///
    /// # Errors
    /// What differs from all models that agreed so far.
    pub(super) fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Requests(requests) => self.together(requests),
            Step::Reopen => {
                self.store = None;
                self.store = Some(open(self.dir.path()));
                self.check(&[])
            }
        }
    }

    /// Sends one operation to the first project and checks everything.
    ///
    /// # Errors
    /// As [`World::step`].
    pub(super) fn send(&mut self, operation: Operation) -> Result<(), TestCaseError> {
        self.together(&[(0, operation)])
    }

    /// Sends operations in parallel. The store must have carried them out in
    /// some order.
    fn together(&mut self, requests: &[(usize, Operation)]) -> Result<(), TestCaseError> {
        let answers: Vec<Answer> = std::thread::scope(|scope| {
            let threads: Vec<_> = requests
                .iter()
                .map(|(at, operation)| {
                    let world = &*self;
                    scope.spawn(move || world.carry_out(PROJECTS[*at], operation.clone()))
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        let mut wrong = Vec::new();
        let mut possible: Vec<Reference> = Vec::new();
        for before in &self.references {
            for order in orders(requests.len()) {
                let mut after = before.clone();
                let mut told: Vec<_> = order
                    .iter()
                    .map(|at| {
                        let (project, operation) = &requests[*at];
                        (*at, after.commit(PROJECTS[*project], operation.clone()))
                    })
                    .collect();
                told.sort_by_key(|(at, _)| *at);
                let told: Vec<_> = told.into_iter().map(|(_, answer)| answer).collect();
                if told != answers {
                    wrong.push(format!("answers: {answers:?} instead of {told:?}"));
                } else if !possible.iter().any(|other| other.is_equivalent(&after)) {
                    possible.push(after);
                }
            }
        }
        self.references = possible;
        self.check(&wrong)
    }

    /// Keeps the models that agree with the store; one must.
    fn check(&mut self, wrong: &[String]) -> Result<(), TestCaseError> {
        let states = PROJECTS.map(|name| self.state(name));
        let mut wrong = wrong.to_vec();
        self.references.retain(|reference| {
            let mut difference = String::new();
            for (name, seen) in PROJECTS.iter().zip(&states) {
                difference += &differences(seen, &reference.state(name));
            }
            let agrees = difference.is_empty();
            wrong.push(difference);
            agrees
        });
        prop_assert!(!self.references.is_empty(), "{}", wrong.join("\nor "));
        Ok(())
    }

    fn carry_out(&self, project: &str, operation: Operation) -> Answer {
        let store = self.store();
        runtime().block_on(async {
            let public = store.ensure_project(project.to_owned()).await.unwrap();
            let project = public.key;
            match operation {
                Operation::Ingest(fragments) => {
                    store.ingest(project, fragments).await.unwrap();
                    Answer::Done
                }
                Operation::AddSpans(trace, spans) => {
                    Answer::Found(store.add_spans(project, trace, spans).await.unwrap())
                }
                Operation::PatchTrace(trace, patch) => {
                    Answer::Found(store.patch_trace(project, trace, patch).await.unwrap())
                }
                Operation::PatchSpan(trace, span, patch) => {
                    Answer::Found(store.patch_span(project, trace, span, patch).await.unwrap())
                }
                Operation::TagTraces(traces, change) => {
                    Answer::Count(store.tag_traces(project, traces, change).await.unwrap())
                }
                Operation::DeleteTraces(traces) => {
                    Answer::Count(store.delete_traces(project, traces).await.unwrap())
                }
                Operation::PatchSession(session, patch) => {
                    Answer::Found(store.patch_session(project, session, patch).await.unwrap())
                }
                Operation::TagSessions(sessions, change) => {
                    Answer::Count(store.tag_sessions(project, sessions, change).await.unwrap())
                }
                Operation::DeleteSession(session) => {
                    Answer::Deleted(store.delete_session(project, session).await.unwrap())
                }
                Operation::AddScore(trace, name) => {
                    let score = store.add_score(project, score(trace, name)).await.unwrap();
                    Answer::Found(score.is_some())
                }
                Operation::RemakeProject => {
                    let found = store.delete_project(public.id).await.unwrap();
                    store.ensure_project(public.name).await.unwrap();
                    Answer::Found(found)
                }
            }
        })
    }

    /// Deletes everything, by session where there is one, and checks that no
    /// row is left of it.
    ///
    /// # Errors
    /// What is left, or seen on the way and should not.
    pub(super) fn empty(mut self) -> Result<(), TestCaseError> {
        self.examine()?;
        for (at, name) in PROJECTS.iter().enumerate() {
            for session in self.state(name).sessions {
                self.together(&[(at, Operation::DeleteSession(session.session_id))])?;
            }
            let rest = self.state(name).traces;
            let rest = rest.iter().map(|trace| trace.summary.trace_id).collect();
            self.together(&[(at, Operation::DeleteTraces(rest))])?;
        }
        // What was in projects that are gone goes bit by bit.
        for _ in 0..600 {
            if self.left().is_empty() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(TestCaseError::fail(format!(
            "rows are left: {:?}",
            self.left()
        )))
    }

    /// The doctor, on a backup, finds nothing wrong.
    fn examine(&self) -> Result<(), TestCaseError> {
        let copy = TempDir::new().unwrap();
        let file = copy.path().join("pandaprobe.db");
        backup(self.dir.path(), &file, false, &mut |_| {}).unwrap();
        let mut faults = Vec::new();
        let report = examine(copy.path(), false, &mut |note| {
            faults.push(format!("{note:?}"))
        });
        prop_assert_eq!(report.unwrap().faults(), 0, "{}", faults.join("\n"));
        Ok(())
    }

    fn left(&self) -> Vec<(&'static str, i64)> {
        let file = self.file();
        let count = |table: &&str| {
            let sql = format!("SELECT count(*) FROM {table}");
            file.query_row(&sql, [], |row| row.get::<_, i64>(0))
                .unwrap()
        };
        EMPTIED
            .iter()
            .map(|table| (*table, count(table)))
            .filter(|(_, rows)| *rows > 0)
            .collect()
    }

    pub(super) fn file(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.dir.path().join("pandaprobe.db")).unwrap()
    }

    pub(super) fn store(&self) -> &SqliteStore {
        self.store.as_ref().unwrap()
    }

    pub(super) fn block_on<T>(
        &self,
        future: impl Future<Output = pandaprobe_store::Result<T>>,
    ) -> T {
        self.runtime.block_on(future).unwrap()
    }

    pub(super) fn project(&self, name: &str) -> ProjectId {
        self.block_on(self.store().ensure_project(name.to_owned()))
            .key
    }
}

/// Every order of so many requests.
fn orders(count: usize) -> Vec<Vec<usize>> {
    let mut orders = vec![Vec::new()];
    for at in 0..count {
        orders = orders
            .into_iter()
            .flat_map(|order: Vec<usize>| {
                (0..=order.len()).map(move |place| {
                    let mut longer = order.clone();
                    longer.insert(place, at);
                    longer
                })
            })
            .collect();
    }
    orders
}

fn score(trace_id: TraceId, name: String) -> NewScore {
    NewScore {
        trace_id,
        name,
        value: "1".to_owned(),
        data_type: ScoreDataType::Numeric,
        source: ScoreSource::Programmatic,
        reason: None,
        metadata: None,
    }
}
