//! Lists: every filter and sort against a naive evaluation over the same data.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::ops::Bound;

use crate::support::{Opened, TraceBuilder as _, all_sessions, json, span, trace};
use pandaprobe_model::analytics::{AnalyticsQuery, Granularity};
use pandaprobe_model::filter::{Entity, Filter, Interval, Limits, Test, parse};
use pandaprobe_model::patch::SessionPatch;
use pandaprobe_model::query::{
    Order, SessionQuery, SessionSort, TraceQuery, TraceSort, UserQuery, Window,
};
use pandaprobe_model::session::SessionSummary;
use pandaprobe_model::trace::{SpanDetail, TraceDetail, TraceFragment, TraceStatus, TraceSummary};
use pandaprobe_model::{Timestamp, TraceId};
use pandaprobe_store::{Analytics, Commands, SessionQueries, TraceQueries};

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
        fragment.metadata = match n % 4 {
            1 => json(r#"{"plan":"pro"}"#),
            2 => json(r#"{"plan":2,"x":null}"#),
            3 => json(r#"{"plan":"3.0","x":{"y":1}}"#),
            _ => None,
        };
        fragment.session_metadata = (n == 14)
            .then(|| json(r#"{"plan":"gold","seats":5}"#))
            .flatten();
        fragment.tags = (0..n % 3).map(|tag| format!("tag-{tag}")).collect();
        fragment.spans = (0..n % 4).map(|id| costly(u128::from(id), at, n)).collect();
        fragment
    });
    store.ingest(fragments.collect::<Vec<TraceFragment>>());
    let own = SessionPatch {
        tags: Some(vec!["own".into()]),
        ..SessionPatch::default()
    };
    let patched = store
        .store()
        .patch_session(store.default_project(), "session-1".into(), own);
    assert!(store.block_on(patched).unwrap());
    store
}

fn parsed(entity: Entity, text: &str) -> Filter {
    let now = Timestamp(0);
    parse(text, entity, now, Limits::default()).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn traces_where(text: &str) -> Filter {
    parsed(Entity::Trace, text)
}

fn sessions_where(text: &str) -> Filter {
    parsed(Entity::Session, text)
}

fn between(entity: Entity, field: &str, low: i64, high: i64) -> Filter {
    let range = Interval {
        low: Bound::Included(low),
        high: Bound::Excluded(high),
    };
    Filter::is(entity, field, Test::Whole(range))
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
    let traces = store.all_traces();
    let all: Vec<TraceSummary> = traces.iter().map(|trace| trace.summary.clone()).collect();
    let counts = |t: &TraceSummary, of: &dyn Fn(&SpanDetail) -> bool| {
        let trace = traces
            .iter()
            .find(|trace| trace.summary.trace_id == t.trace_id);
        trace.map_or(0, |trace| {
            trace.spans.iter().filter(|span| of(span)).count()
        })
    };
    let plan = |t: &TraceSummary| t.trace_id.0 % 4;
    let filters: Vec<(Filter, Matches<'_, TraceSummary>)> = vec![
        (traces_where(""), Box::new(|_| true)),
        (
            traces_where("session:session-3"),
            Box::new(|t| t.session_id.as_deref() == Some("session-3")),
        ),
        (traces_where("session:nothing"), Box::new(|_| false)),
        (
            traces_where("session:*ION-1*"),
            Box::new(|t| t.session_id.as_ref().is_some_and(|id| id.contains("ion-1"))),
        ),
        (
            traces_where("session:*"),
            Box::new(|t| t.session_id.is_some()),
        ),
        (
            traces_where("-session:*"),
            Box::new(|t| t.session_id.is_none()),
        ),
        (
            traces_where("status:completed"),
            Box::new(|t| t.status == TraceStatus::Completed),
        ),
        (
            traces_where("status:(error, running)"),
            Box::new(|t| t.status != TraceStatus::Completed),
        ),
        (
            traces_where("user:user-1"),
            Box::new(|t| t.user_id.as_deref() == Some("user-1")),
        ),
        (
            traces_where("user!=user-1"),
            Box::new(|t| t.user_id.as_deref() != Some("user-1")),
        ),
        (traces_where("user:nobody"), Box::new(|_| false)),
        (traces_where("user!=nobody"), Box::new(|_| true)),
        (
            traces_where("tag:(tag-1, nothing)"),
            Box::new(|t| t.tags.contains(&"tag-1".to_owned())),
        ),
        (traces_where("tag:nothing"), Box::new(|_| false)),
        (
            traces_where("name:*PLÄN*"),
            Box::new(|t| t.name.contains("Plän")),
        ),
        (traces_where("plän"), Box::new(|t| t.name.contains("Plän"))),
        (
            traces_where("session-1"),
            Box::new(|t| {
                t.session_id
                    .as_ref()
                    .is_some_and(|id| id.contains("session-1"))
            }),
        ),
        (traces_where("name:*%*"), Box::new(|_| false)),
        (
            traces_where("id:00000000-0000-0000-0000-00000000000a"),
            Box::new(|t| t.trace_id.0 == 10),
        ),
        (
            traces_where("tokens:>5 OR cost:<0.1"),
            Box::new(|t| t.totals.usage.buckets.total() > 5 || t.totals.cost.0 < 100_000_000_000),
        ),
        (
            traces_where("-(spans:1..2 ended:>=1970-01-01)"),
            Box::new(|t| !((1..=2).contains(&t.totals.spans) && t.ended_at.is_some())),
        ),
        (
            traces_where("metadata.plan:pro"),
            Box::new(|t| plan(t) == 1),
        ),
        (traces_where("metadata.plan:*"), Box::new(|t| plan(t) > 0)),
        (
            traces_where("metadata.plan:>=2.5"),
            Box::new(|t| plan(t) == 3),
        ),
        (
            traces_where("-metadata.plan:P*"),
            Box::new(|t| plan(t) != 1),
        ),
        (traces_where("metadata.other:x"), Box::new(|_| false)),
        (
            traces_where("any(span: tokens:>3)"),
            Box::new(|t| counts(t, &|span| span.usage.is_some_and(|usage| usage.total() > 3)) > 0),
        ),
        (
            traces_where("count(span: name:span-1) = 0"),
            Box::new(|t| counts(t, &|span| span.name == "span-1") == 0),
        ),
        (
            traces_where("count(span)>=2"),
            Box::new(|t| counts(t, &|_| true) >= 2),
        ),
        (
            between(Entity::Trace, "started", 100, 300),
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
                    filter: filter.clone(),
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
    let inside = |session: &SessionSummary, of: &dyn Fn(&TraceDetail) -> bool| {
        let own = traces
            .iter()
            .filter(|trace| trace.summary.session_id.as_deref() == Some(&session.session_id));
        own.filter(|trace| of(trace)).count()
    };
    let filters: Vec<(Filter, Matches<'_, SessionSummary>)> = vec![
        (sessions_where(""), Box::new(|_| true)),
        (
            sessions_where("user:user-1"),
            Box::new(|s| has_user(s, "user-1")),
        ),
        (sessions_where("user:nobody"), Box::new(|_| false)),
        (
            sessions_where("user:(nobody, user-1) -user:user-2"),
            Box::new(|s| has_user(s, "user-1") && !has_user(s, "user-2")),
        ),
        (
            sessions_where("user:USER*"),
            Box::new(|s| s.user_id.is_some()),
        ),
        (
            sessions_where("session:(session-3, session-4, nothing)"),
            Box::new(|s| ["session-3", "session-4"].contains(&s.session_id.as_str())),
        ),
        (
            sessions_where("alk -\"TALK 1\" ta"),
            Box::new(|s| {
                s.name
                    .as_deref()
                    .is_some_and(|name| name.contains("alk") && !name.contains("Talk 1"))
            }),
        ),
        (sessions_where(r#""t\"alk" OR "%al""#), Box::new(|_| false)),
        (
            sessions_where("status:error"),
            Box::new(|s| s.error_count > 0),
        ),
        (
            sessions_where("status:ok"),
            Box::new(|s| s.error_count == 0),
        ),
        (
            sessions_where("tag:tag-1"),
            Box::new(|s| s.tags.contains(&"tag-1".to_owned())),
        ),
        (
            sessions_where("tag:own"),
            Box::new(|s| s.session_id == "session-1"),
        ),
        (
            sessions_where("TALK"),
            Box::new(|s| s.name.as_deref().is_some_and(|n| n.contains("Talk"))),
        ),
        (
            sessions_where("name:\"Talk 1\""),
            Box::new(|s| s.name.as_deref() == Some("Talk 1")),
        ),
        (sessions_where("-name:*"), Box::new(|s| s.name.is_none())),
        (
            sessions_where("session-1"),
            Box::new(|s| s.session_id.contains("session-1")),
        ),
        (
            sessions_where("tokens:>20 tag:tag-1 errors:>0"),
            Box::new(|s| {
                s.totals.usage.buckets.total() > 20
                    && s.tags.contains(&"tag-1".to_owned())
                    && s.error_count > 0
            }),
        ),
        (
            sessions_where("traces:>4 OR spans:<3"),
            Box::new(|s| s.trace_count > 4 || s.totals.spans < 3),
        ),
        (
            sessions_where("metadata.plan:gold"),
            Box::new(|s| s.session_id == "session-2"),
        ),
        (
            sessions_where("metadata.seats:>=5"),
            Box::new(|s| s.session_id == "session-2"),
        ),
        (
            sessions_where("any(trace: status:error name:search*)"),
            Box::new(|s| {
                inside(s, &|trace| {
                    trace.summary.status == TraceStatus::Error
                        && trace.summary.name.starts_with("search")
                }) > 0
            }),
        ),
        (
            sessions_where("count(trace: user:user-1) > 1"),
            Box::new(|s| {
                inside(s, &|trace| {
                    trace.summary.user_id.as_deref() == Some("user-1")
                }) > 1
            }),
        ),
        (
            sessions_where("any(span: name:span-2 tokens:>3)"),
            Box::new(|s| {
                inside(s, &|trace| {
                    trace.spans.iter().any(|span| {
                        span.name == "span-2" && span.usage.is_some_and(|usage| usage.total() > 3)
                    })
                }) > 0
            }),
        ),
        (
            between(Entity::Session, "active", 500, i64::MAX).and(between(
                Entity::Session,
                "started",
                i64::MIN,
                20,
            )),
            Box::new(|s| s.last_activity.0 >= 500 && s.first_activity.0 < 20),
        ),
    ];
    for (filter, matches) in filters {
        for sort in SESSION_SORTS {
            for order in [Order::Asc, Order::Desc] {
                let query = SessionQuery {
                    sort,
                    order,
                    filter: filter.clone(),
                    ..all_sessions()
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

#[test]
fn users_by_filter() {
    let store = filled();
    let traces = store.all_traces();
    let count = |user: &str| {
        let own = traces
            .iter()
            .filter(|trace| trace.summary.user_id.as_deref() == Some(user));
        own.count() as i64
    };
    for (text, want) in [
        ("", vec!["user-0", "user-1", "user-2"]),
        ("user:*R-1", vec!["user-1"]),
        ("R-2", vec!["user-2"]),
        ("traces:>100", vec![]),
        ("-user:user-1 sessions:>0", vec!["user-0", "user-2"]),
    ] {
        let query = UserQuery {
            filter: parsed(Entity::User, text),
            window: Window {
                limit: 10,
                offset: 0,
            },
        };
        let page = store
            .block_on(store.store().users(store.default_project(), query))
            .unwrap();
        assert_eq!(page.total, want.len() as u64, "{text}");
        let mut ids: Vec<_> = page.items.iter().map(|user| user.user_id.clone()).collect();
        ids.sort();
        assert_eq!(ids, want, "{text}");
        for user in page.items {
            assert_eq!(user.trace_count, count(&user.user_id));
        }
    }
}

#[test]
fn figures_over_time_by_filter() {
    let store = filled();
    let traces = store.all_traces();
    let query = |entity, text: &str| AnalyticsQuery {
        filter: parsed(entity, text),
        from: Timestamp(100),
        to: Timestamp(400),
        granularity: Granularity::Hour,
    };
    let project = store.default_project();
    let started = |trace: &TraceDetail| (100..400).contains(&trace.summary.started_at.0);
    let matching: Vec<&TraceDetail> = traces
        .iter()
        .filter(|trace| trace.summary.user_id.as_deref() == Some("user-1"))
        .collect();
    let of_traces = |text| {
        let rows = store.block_on(
            store
                .store()
                .trace_analytics(project, query(Entity::Trace, text)),
        );
        rows.unwrap().iter().map(|row| row.trace_count).sum::<i64>()
    };
    let counted =
        |traces: &[&TraceDetail]| traces.iter().filter(|trace| started(trace)).count() as i64;
    assert_eq!(of_traces(""), counted(&traces.iter().collect::<Vec<_>>()));
    assert_eq!(of_traces("user:user-1"), counted(&matching));

    let usage = store
        .store()
        .usage_analytics(project, query(Entity::Trace, "user:user-1"));
    let tokens: i64 = store
        .block_on(usage)
        .unwrap()
        .iter()
        .map(|row| row.prompt)
        .sum();
    let spans = matching.iter().flat_map(|trace| &trace.spans);
    let want: i64 = spans
        .filter(|span| span.counted && (100..400).contains(&span.started_at.0))
        .filter_map(|span| span.usage)
        .map(|usage| usage.total())
        .sum();
    assert_eq!(tokens, want);
    assert!(want > 0);

    let sessions = |text| {
        let rows = store
            .block_on(
                store
                    .store()
                    .session_analytics(project, query(Entity::Session, text)),
            )
            .unwrap();
        rows.iter().map(|row| row.session_count).sum::<i64>()
    };
    let in_range = |session: &SessionSummary| {
        traces.iter().any(|trace| {
            started(trace) && trace.summary.session_id.as_ref() == Some(&session.session_id)
        })
    };
    let all = store.all_sessions();
    let want = |failed: Option<bool>| {
        all.iter()
            .filter(|session| in_range(session))
            .filter(|session| failed.is_none_or(|failed| failed == (session.error_count > 0)))
            .count() as i64
    };
    assert_eq!(sessions(""), want(None));
    assert_eq!(sessions("status:error"), want(Some(true)));
    let models = store
        .store()
        .model_analytics(project, query(Entity::Trace, ""), 10);
    assert_eq!(store.block_on(models).unwrap(), []);
}
