//! Reading a store by every way there is, and telling what differs.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::collections::BTreeSet;

use pandaprobe_model::ProjectId;
use pandaprobe_model::filter::{Entity, Filter, Test};
use pandaprobe_model::query::{
    Order, Page, SessionQuery, SessionSort, TraceQuery, UserQuery, Window,
};
use pandaprobe_model::score::ScoreQuery;
use pandaprobe_model::session::SessionSummary;
use pandaprobe_model::trace::{TraceDetail, TraceSummary};
use pandaprobe_model::user::UserSummary;
use pandaprobe_store::{Scores, SessionQueries, TraceQueries};
use pandaprobe_testkit::reference::{Counters, State};

use super::world::World;
use crate::support::{all_sessions, all_traces};

const ALL: Window = Window {
    limit: 10_000,
    offset: 0,
};

impl World {
    /// Reads everything that can be seen, by every way that leads to it.
    pub(super) fn state(&self, project: &str) -> State {
        let project = self.project(project);
        let traces = self.traces(project);
        let sessions = self.sessions(project, &traces);
        let page = self.block_on(self.store().scores(project, all_scores()));
        let mut scores: Vec<_> = whole(page)
            .into_iter()
            .map(|score| (score.trace_id, score.name))
            .collect();
        scores.sort();
        State {
            users: self.users(project, &traces),
            traces,
            sessions,
            scores,
            counters: self.counters(project),
        }
        .in_one_form()
    }

    fn list(&self, project: ProjectId, query: TraceQuery) -> Vec<TraceSummary> {
        let query = TraceQuery {
            window: ALL,
            ..query
        };
        let mut traces = whole(self.block_on(self.store().traces(project, query)));
        traces.sort_by_key(|trace| trace.trace_id);
        traces
    }

    fn traces(&self, project: ProjectId) -> Vec<TraceDetail> {
        let store = self.store();
        let mut traces = Vec::new();
        for summary in self.list(project, all_traces()) {
            let id = summary.trace_id;
            let trace = self.block_on(store.trace(project, id)).unwrap();
            assert_eq!(trace.summary, summary, "the list's trace");
            for span in &trace.spans {
                let alone = self.block_on(store.span(project, id, span.span_id));
                assert_eq!(alone.as_ref(), Some(span), "the span alone");
            }
            traces.push(trace);
        }
        let tags = traces.iter().flat_map(|trace| trace.summary.tags.clone());
        for tag in tags.collect::<BTreeSet<_>>() {
            let found = TraceQuery {
                filter: Filter::is(Entity::Trace, "tag", Test::equals(&tag)),
                ..all_traces()
            };
            same_traces(&self.list(project, found), &traces, |trace| {
                trace.tags.contains(&tag)
            });
        }
        traces
    }

    fn sessions(&self, project: ProjectId, traces: &[TraceDetail]) -> Vec<SessionSummary> {
        let query = SessionQuery {
            sort: SessionSort::SessionId,
            order: Order::Asc,
            window: ALL,
            ..all_sessions()
        };
        let sessions = whole(self.block_on(self.store().sessions(project, query)));
        for session in &sessions {
            let id = &session.session_id;
            let detail = self.block_on(self.store().session(project, id.clone(), ALL));
            let detail = detail.unwrap();
            assert_eq!(detail.summary, *session, "the list's session");
            let of_it = |trace: &&TraceDetail| trace.summary.session_id.as_ref() == Some(id);
            let mut want: Vec<_> = traces.iter().filter(of_it).cloned().collect();
            want.sort_by_key(|trace| (trace.summary.started_at, trace.summary.trace_id));
            let mut got = detail.traces;
            assert!(
                got.is_sorted_by_key(|trace| trace.summary.started_at),
                "traces of a session go by start"
            );
            got.sort_by_key(|trace| (trace.summary.started_at, trace.summary.trace_id));
            assert_eq!(got, want, "the traces of {id}");
            let found = TraceQuery {
                filter: Filter::is(Entity::Trace, "session", Test::equals(id)),
                ..all_traces()
            };
            same_traces(&self.list(project, found), traces, |trace| {
                trace.session_id.as_ref() == Some(id)
            });
        }
        let tags = sessions.iter().flat_map(|session| session.tags.clone());
        for tag in tags.collect::<BTreeSet<_>>() {
            let tagged = SessionQuery {
                filter: Filter::is(Entity::Session, "tag", Test::equals(&tag)),
                sort: SessionSort::SessionId,
                order: Order::Asc,
                window: ALL,
            };
            let got = whole(self.block_on(self.store().sessions(project, tagged)));
            let mut want = sessions.clone();
            want.retain(|session| session.tags.contains(&tag));
            assert_eq!(got, want, "sessions tagged {tag}");
        }
        sessions
    }

    fn users(&self, project: ProjectId, traces: &[TraceDetail]) -> Vec<UserSummary> {
        let mut users = whole(self.block_on(self.store().users(project, every_user())));
        let seen: Vec<_> = users.iter().map(|user| user.last_seen).collect();
        assert!(
            seen.iter().rev().is_sorted(),
            "users go by when they were last seen"
        );
        for user in &users {
            let found = TraceQuery {
                filter: Filter::is(Entity::Trace, "user", Test::equals(&user.user_id)),
                ..all_traces()
            };
            same_traces(&self.list(project, found), traces, |trace| {
                trace.user_id.as_ref() == Some(&user.user_id)
            });
        }
        users.sort_by(|left, right| left.user_id.cmp(&right.user_id));
        users
    }

    fn counters(&self, project: ProjectId) -> Counters {
        let sql = "SELECT traces, sessions, spans FROM project WHERE id = ?";
        self.file()
            .query_row(sql, [project.0], |row| {
                Ok(Counters {
                    traces: row.get(0)?,
                    sessions: row.get(1)?,
                    spans: row.get(2)?,
                })
            })
            .unwrap()
    }
}

fn same_traces(
    found: &[TraceSummary],
    all: &[TraceDetail],
    wanted: impl Fn(&TraceSummary) -> bool,
) {
    let want = all.iter().map(|trace| &trace.summary);
    let want: Vec<_> = want.filter(|trace| wanted(trace)).cloned().collect();
    assert_eq!(found, want, "a filter's traces");
}

fn whole<T>(page: Page<T>) -> Vec<T> {
    assert_eq!(page.total, page.items.len() as u64);
    page.items
}

fn all_scores() -> ScoreQuery {
    ScoreQuery {
        trace_id: None,
        name: None,
        source: None,
        status: None,
        data_type: None,
        created_after: None,
        created_before: None,
        window: ALL,
    }
}

/// What differs, item by item; empty if nothing does.
pub(super) fn differences(seen: &State, want: &State) -> String {
    let mut all = String::new();
    differing(&mut all, "trace", &seen.traces, &want.traces);
    differing(&mut all, "session", &seen.sessions, &want.sessions);
    differing(&mut all, "user", &seen.users, &want.users);
    differing(&mut all, "score", &seen.scores, &want.scores);
    differing(&mut all, "counters", &[seen.counters], &[want.counters]);
    all
}

fn differing<T: PartialEq + std::fmt::Debug>(all: &mut String, what: &str, seen: &[T], want: &[T]) {
    for at in 0..seen.len().max(want.len()) {
        let (seen, want) = (seen.get(at), want.get(at));
        if seen != want {
            let (seen, want) = (format!("{seen:#?}"), format!("{want:#?}"));
            let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
            let (seen, want) = (lines(&seen), lines(&want));
            let only = |these: &[String], others: &[String]| {
                let mut these = these.to_vec();
                these.retain(|line| !others.contains(line));
                these.join("\n")
            };
            let head: Vec<_> = seen
                .iter()
                .chain(&want)
                .take(5)
                .map(|line| line.trim())
                .collect();
            *all += &format!(
                "{what} {at}, {}\nonly in the store:\n{}\nonly in the reference:\n{}\n",
                head.join(""),
                only(&seen, &want),
                only(&want, &seen),
            );
        }
    }
}

fn every_user() -> UserQuery {
    UserQuery {
        filter: Filter::all(),
        window: ALL,
    }
}
