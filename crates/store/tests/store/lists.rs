//! Lists: every filter and sort against a naive evaluation over the same data.

use crate::support::{Opened, TraceBuilder as _, all_sessions, all_traces, json, span, trace};
use pandaprobe_model::query::{Order, SessionQuery, SessionSort, TraceQuery, TraceSort, Window};
use pandaprobe_model::session::SessionSummary;
use pandaprobe_model::trace::{TraceFragment, TraceStatus, TraceSummary};
use pandaprobe_model::{Timestamp, TraceId};
use pandaprobe_store::{SessionQueries, TraceQueries};

/// The naive twin of a filter.
type Matches<'a, T> = Box<dyn Fn(&T) -> bool + 'a>;

/// Sixty traces in twelve sessions and none, with all that lists can ask for.
fn filled() -> Opened {
    let store = Opened::new();
    let fragments = (0..60_u32).map(|n| {
        let at = i64::from((n * 37) % 60) * 10;
        let mut fragment = trace(u128::from(n)).at(at);
        fragment.name = format!("{} {}", ["Answer", "search", "Plän"][n as usize % 3], n % 4);
        fragment.session_id = (n % 5 != 0).then(|| format!("session-{}", n % 12));
        fragment.session_name = (n % 7 == 0).then(|| format!("Talk {}", n % 3));
        fragment.user_id = (n % 4 != 0).then(|| format!("user-{}", n % 3));
        fragment.status =
            [None, Some(TraceStatus::Error), Some(TraceStatus::Running)][n as usize % 3];
        fragment.ended_at = (n % 6 != 0).then(|| Timestamp(at + i64::from(n % 11)));
        fragment.tags = (0..n % 3).map(|tag| format!("tag-{tag}")).collect();
        fragment.spans = (0..n % 4).map(|id| costly(u128::from(id), at, n)).collect();
        fragment
    });
    store.ingest(fragments.collect::<Vec<TraceFragment>>());
    store
}

fn costly(id: u128, at: i64, n: u32) -> pandaprobe_model::trace::SpanFragment {
    let mut span = span(id, None, at);
    span.payload.token_usage = json(&format!(r#"{{"prompt_tokens":{}}}"#, n % 13));
    span.payload.cost = json(&format!(r#"{{"total":0.{n}}}"#));
    span
}

const SORTS: [TraceSort; 8] = [
    TraceSort::StartedAt,
    TraceSort::EndedAt,
    TraceSort::Name,
    TraceSort::Latency,
    TraceSort::Status,
    TraceSort::Tokens,
    TraceSort::Cost,
    TraceSort::SpanCount,
];

/// A key whose order is the wanted one; `None` for a missing value.
fn trace_key(sort: TraceSort, item: &TraceSummary) -> Option<(i64, String)> {
    let number = |value: i64| Some((value, String::new()));
    match sort {
        TraceSort::StartedAt => number(item.started_at.0),
        TraceSort::EndedAt => number(item.ended_at?.0),
        TraceSort::Name => Some((0, item.name.clone())),
        TraceSort::Latency => number(item.ended_at?.0 - item.started_at.0),
        TraceSort::Status => Some((0, item.status.as_str().into())),
        TraceSort::Tokens => number(item.totals.usage.buckets.total()),
        TraceSort::Cost => number(item.totals.cost.0),
        TraceSort::SpanCount => number(item.totals.spans),
    }
}

#[test]
fn traces_by_every_filter_and_sort() {
    let store = filled();
    let all: Vec<TraceSummary> = store
        .all_traces()
        .into_iter()
        .map(|trace| trace.summary)
        .collect();
    let missing = "no such thing".to_owned();
    let filters: Vec<(TraceQuery, Matches<'_, TraceSummary>)> = vec![
        (all_traces(), Box::new(|_| true)),
        (
            TraceQuery {
                session_id: Some("session-3".into()),
                ..all_traces()
            },
            Box::new(|t| t.session_id.as_deref() == Some("session-3")),
        ),
        (
            TraceQuery {
                session_id: Some(missing.clone()),
                ..all_traces()
            },
            Box::new(|_| false),
        ),
        (
            TraceQuery {
                has_session: Some(true),
                ..all_traces()
            },
            Box::new(|t| t.session_id.is_some()),
        ),
        (
            TraceQuery {
                has_session: Some(false),
                ..all_traces()
            },
            Box::new(|t| t.session_id.is_none()),
        ),
        (
            TraceQuery {
                status: Some(TraceStatus::Completed),
                ..all_traces()
            },
            Box::new(|t| t.status == TraceStatus::Completed),
        ),
        (
            TraceQuery {
                status: Some(TraceStatus::Error),
                ..all_traces()
            },
            Box::new(|t| t.status == TraceStatus::Error),
        ),
        (
            TraceQuery {
                user_id: Some("user-1".into()),
                ..all_traces()
            },
            Box::new(|t| t.user_id.as_deref() == Some("user-1")),
        ),
        (
            TraceQuery {
                user_id: Some(missing.clone()),
                ..all_traces()
            },
            Box::new(|_| false),
        ),
        (
            TraceQuery {
                tags: vec!["tag-1".into(), missing.clone()],
                ..all_traces()
            },
            Box::new(|t| t.tags.contains(&"tag-1".to_owned())),
        ),
        (
            TraceQuery {
                tags: vec![missing],
                ..all_traces()
            },
            Box::new(|_| false),
        ),
        (
            TraceQuery {
                name: Some("PLÄN".into()),
                ..all_traces()
            },
            Box::new(|t| t.name.contains("Plän")),
        ),
        (
            TraceQuery {
                name: Some("%".into()),
                ..all_traces()
            },
            Box::new(|_| false),
        ),
        (
            TraceQuery {
                started_after: Some(Timestamp(100)),
                started_before: Some(Timestamp(300)),
                ..all_traces()
            },
            Box::new(|t| (100..300).contains(&t.started_at.0)),
        ),
    ];
    for (filter, matches) in filters {
        for sort in SORTS {
            for order in [Order::Asc, Order::Desc] {
                let query = TraceQuery {
                    sort,
                    order,
                    window: Window {
                        limit: 100,
                        offset: 0,
                    },
                    ..filter.clone()
                };
                let page = store
                    .block_on(store.store().traces(store.default_project(), query.clone()))
                    .unwrap();
                let want: Vec<_> = all.iter().filter(|item| matches(item)).collect();
                assert_eq!(page.total, want.len() as u64, "{query:?}");
                assert_eq!(
                    sorted_ids(page.items.iter().map(|t| t.trace_id)),
                    sorted_ids(want.iter().map(|t| t.trace_id)),
                    "{query:?}"
                );
                let keys: Vec<_> = page
                    .items
                    .iter()
                    .map(|item| trace_key(sort, item))
                    .collect();
                assert_ordered(&keys, order, &format!("{query:?}"));
            }
        }
    }
}

fn sorted_ids(ids: impl Iterator<Item = TraceId>) -> Vec<TraceId> {
    let mut ids: Vec<_> = ids.collect();
    ids.sort();
    ids
}

/// Missing values come first in both directions, as the contract has it.
fn assert_ordered<K: Ord + std::fmt::Debug>(keys: &[Option<K>], order: Order, what: &str) {
    let missing = keys.iter().take_while(|key| key.is_none()).count();
    let given: Option<Vec<&K>> = keys[missing..].iter().map(Option::as_ref).collect();
    let mut given =
        given.unwrap_or_else(|| panic!("{what}: a missing value in the middle of {keys:?}"));
    if order == Order::Desc {
        given.reverse();
    }
    assert!(given.is_sorted(), "{what}: {keys:?}");
}

const SESSION_SORTS: [SessionSort; 12] = [
    SessionSort::Recent,
    SessionSort::First,
    SessionSort::SessionId,
    SessionSort::Name,
    SessionSort::User,
    SessionSort::TraceCount,
    SessionSort::SpanCount,
    SessionSort::Tokens,
    SessionSort::Cost,
    SessionSort::Duration,
    SessionSort::Latency,
    SessionSort::Errors,
];

fn session_key(sort: SessionSort, item: &SessionSummary) -> (i64, i64, String) {
    let number = |value: i64| (value, 0, String::new());
    match sort {
        SessionSort::Recent => number(item.last_activity.0),
        SessionSort::First => number(item.first_activity.0),
        SessionSort::SessionId => (0, 0, item.session_id.clone()),
        SessionSort::Name => (0, 0, item.name.clone().unwrap_or_default()),
        SessionSort::User => (0, 0, item.user_id.clone().unwrap_or_default()),
        SessionSort::TraceCount => number(item.trace_count),
        SessionSort::SpanCount => number(item.totals.spans),
        SessionSort::Tokens => number(item.totals.usage.buckets.total()),
        SessionSort::Cost => number(item.totals.cost.0),
        SessionSort::Duration => number(item.last_activity.0 - item.first_activity.0),
        SessionSort::Latency => number(item.latency.0),
        SessionSort::Errors => (item.error_count, item.totals.span_errors, String::new()),
    }
}

#[test]
fn sessions_by_every_filter_and_sort() {
    let store = filled();
    let all = store.all_sessions();
    let traces = store.all_traces();
    let has_user = |session: &SessionSummary, user: &str| {
        traces.iter().any(|trace| {
            trace.summary.session_id.as_deref() == Some(&session.session_id)
                && trace.summary.user_id.as_deref() == Some(user)
        })
    };
    let filters: Vec<(SessionQuery, Matches<'_, SessionSummary>)> = vec![
        (all_sessions(), Box::new(|_| true)),
        (
            SessionQuery {
                user_id: Some("user-1".into()),
                ..all_sessions()
            },
            Box::new(|s| has_user(s, "user-1")),
        ),
        (
            SessionQuery {
                user_id: Some("nobody".into()),
                ..all_sessions()
            },
            Box::new(|_| false),
        ),
        (
            SessionQuery {
                has_error: Some(true),
                ..all_sessions()
            },
            Box::new(|s| s.error_count > 0),
        ),
        (
            SessionQuery {
                has_error: Some(false),
                ..all_sessions()
            },
            Box::new(|s| s.error_count == 0),
        ),
        (
            SessionQuery {
                tags: vec!["tag-1".into()],
                ..all_sessions()
            },
            Box::new(|s| s.tags.contains(&"tag-1".to_owned())),
        ),
        (
            SessionQuery {
                text: Some("TALK".into()),
                ..all_sessions()
            },
            Box::new(|s| s.name.as_deref().is_some_and(|n| n.contains("Talk"))),
        ),
        (
            SessionQuery {
                text: Some("session-1".into()),
                ..all_sessions()
            },
            Box::new(|s| s.session_id.contains("session-1")),
        ),
        (
            SessionQuery {
                started_after: Some(Timestamp(500)),
                started_before: Some(Timestamp(20)),
                ..all_sessions()
            },
            Box::new(|s| s.last_activity.0 >= 500 && s.first_activity.0 < 20),
        ),
    ];
    for (filter, matches) in filters {
        for sort in SESSION_SORTS {
            for order in [Order::Asc, Order::Desc] {
                let query = SessionQuery {
                    sort,
                    order,
                    ..filter.clone()
                };
                let page = store
                    .block_on(
                        store
                            .store()
                            .sessions(store.default_project(), query.clone()),
                    )
                    .unwrap();
                let mut ids: Vec<_> = page.items.iter().map(|s| s.session_id.clone()).collect();
                ids.sort();
                let want: Vec<_> = all
                    .iter()
                    .filter(|s| matches(s))
                    .map(|s| s.session_id.clone())
                    .collect();
                assert_eq!(page.total, want.len() as u64, "{query:?}");
                assert_eq!(
                    ids,
                    {
                        let mut want = want;
                        want.sort();
                        want
                    },
                    "{query:?}"
                );
                // Those without a name or user come last, whatever the direction.
                let mut keys: Vec<_> = page
                    .items
                    .iter()
                    .map(|item| session_key(sort, item))
                    .filter(|key| {
                        !matches!(sort, SessionSort::Name | SessionSort::User) || !key.2.is_empty()
                    })
                    .collect();
                if order == Order::Desc {
                    keys.reverse();
                }
                assert!(keys.is_sorted(), "{query:?}: {keys:?}");
            }
        }
    }
}

#[test]
fn windows_cut_the_same_list() {
    let store = filled();
    let read = |limit, offset| {
        let query = SessionQuery {
            sort: SessionSort::Cost,
            window: Window { limit, offset },
            ..all_sessions()
        };
        store
            .block_on(store.store().sessions(store.default_project(), query))
            .unwrap()
            .items
    };
    let whole = read(100, 0);
    let pieces: Vec<_> = (0..3).flat_map(|page| read(5, page * 5)).collect();
    assert_eq!(pieces, whole[..pieces.len()]);
    assert_eq!(read(5, 1_000_000), []);
}
