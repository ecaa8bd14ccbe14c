//! A store on a temporary directory, short builders, and a recount of every
//! total from what the store answers about single traces.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::collections::{BTreeMap, BTreeSet};

use pandaprobe_model::filter::Filter;
use pandaprobe_model::message::first_user_message;
use pandaprobe_model::query::{Order, SessionQuery, SessionSort, TraceQuery, TraceSort, Window};
use pandaprobe_model::session::SessionSummary;
use pandaprobe_model::trace::{
    SpanFragment, SpanPayload, SpanStatus, TraceDetail, TraceFragment, TraceStatus,
};
use pandaprobe_model::{ProjectId, RawJson, SpanId, Timestamp, TraceId};
use pandaprobe_store::sqlite::{Options, SqliteStore};
use pandaprobe_store::{Ingest, Projects, SessionQueries, TraceQueries};
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub(crate) struct Opened {
    dir: TempDir,
    store: Option<SqliteStore>,
    runtime: Runtime,
    default: ProjectId,
}

const ALL: Window = Window {
    limit: 10_000,
    offset: 0,
};

impl Opened {
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let store = SqliteStore::open(Options {
            readers: 1,
            ..Options::new(dir.path())
        })
        .unwrap();
        let default = runtime
            .block_on(store.ensure_project("default".into()))
            .unwrap()
            .key;
        Self {
            dir,
            store: Some(store),
            runtime,
            default,
        }
    }

    pub(crate) fn default_project(&self) -> ProjectId {
        self.default
    }

    pub(crate) fn reopen(&mut self) {
        self.store = None;
        self.store = Some(SqliteStore::open(Options::new(self.dir.path())).unwrap());
    }

    pub(crate) fn store(&self) -> &SqliteStore {
        self.store.as_ref().unwrap()
    }

    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    pub(crate) fn project(&self, name: &str) -> ProjectId {
        self.block_on(self.store().ensure_project(name.into()))
            .unwrap()
            .key
    }

    pub(crate) fn ingest(&self, fragments: impl IntoIterator<Item = TraceFragment>) {
        self.ingest_into(self.default, fragments);
    }

    pub(crate) fn ingest_into(
        &self,
        project: ProjectId,
        fragments: impl IntoIterator<Item = TraceFragment>,
    ) {
        self.block_on(
            self.store()
                .ingest(project, fragments.into_iter().collect()),
        )
        .unwrap();
    }

    pub(crate) fn trace(&self, id: u128) -> Option<TraceDetail> {
        self.trace_of(self.default, TraceId(id))
    }

    pub(crate) fn trace_of(&self, project: ProjectId, id: TraceId) -> Option<TraceDetail> {
        self.block_on(self.store().trace(project, id)).unwrap()
    }

    /// Every trace with everything, by id.
    pub(crate) fn all_traces(&self) -> Vec<TraceDetail> {
        let query = TraceQuery {
            window: ALL,
            ..all_traces()
        };
        let page = self
            .block_on(self.store().traces(self.default, query))
            .unwrap();
        assert_eq!(page.total, page.items.len() as u64);
        let mut all: Vec<_> = page
            .items
            .iter()
            .map(|item| self.trace(item.trace_id.0).unwrap())
            .collect();
        for (item, detail) in page.items.iter().zip(&all) {
            assert_eq!(*item, detail.summary);
        }
        all.sort_by_key(|trace| trace.summary.trace_id);
        all
    }

    /// Every session, by id.
    pub(crate) fn all_sessions(&self) -> Vec<SessionSummary> {
        let query = SessionQuery {
            window: ALL,
            sort: SessionSort::SessionId,
            order: Order::Asc,
            ..all_sessions()
        };
        let page = self
            .block_on(self.store().sessions(self.default, query))
            .unwrap();
        assert_eq!(page.total, page.items.len() as u64);
        page.items
    }

    /// The size of the compressed payloads on disk.
    pub(crate) fn payload_bytes(&self) -> usize {
        let sql = "SELECT sum(length(data)) FROM block";
        self.file()
            .query_row(sql, [], |row| row.get::<_, isize>(0))
            .unwrap() as usize
    }

    /// The row ids of a table, in order.
    pub(crate) fn row_ids(&self, table: &str) -> Vec<i64> {
        let file = self.file();
        let mut select = file
            .prepare(&format!("SELECT id FROM {table} ORDER BY id"))
            .unwrap();
        let ids = select.query_map([], |row| row.get(0)).unwrap();
        ids.collect::<Result<_, _>>().unwrap()
    }

    /// The rows of a query, each as one text.
    fn rows(&self, sql: &str) -> Vec<String> {
        let file = self.file();
        let mut select = file.prepare(sql).unwrap();
        let width = select.column_count();
        let rows = select.query_map([], |row| {
            let values = (0..width).map(|at| row.get::<_, rusqlite::types::Value>(at));
            Ok(format!("{:?}", values.collect::<Result<Vec<_>, _>>()?))
        });
        rows.unwrap().collect::<Result<_, _>>().unwrap()
    }

    fn file(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.dir.path().join("pandaprobe.db")).unwrap()
    }
}

pub(crate) fn all_traces() -> TraceQuery {
    TraceQuery {
        filter: Filter::all(),
        sort: TraceSort::StartedAt,
        order: Order::Desc,
        window: Window {
            limit: 50,
            offset: 0,
        },
    }
}

pub(crate) fn all_sessions() -> SessionQuery {
    SessionQuery {
        filter: Filter::all(),
        sort: SessionSort::Recent,
        order: Order::Desc,
        window: Window {
            limit: 50,
            offset: 0,
        },
    }
}

pub(crate) fn json(text: &str) -> Option<RawJson> {
    Some(RawJson::parse(text).unwrap())
}

/// A trace fragment that gives nothing but what it must.
pub(crate) fn trace(id: u128) -> TraceFragment {
    TraceFragment {
        trace_id: TraceId(id),
        name: format!("trace-{id}"),
        status: None,
        started_at: Timestamp(0),
        ended_at: None,
        session_id: None,
        session_name: None,
        session_metadata: None,
        user_id: None,
        tags: Vec::new(),
        environment: None,
        release: None,
        metadata: None,
        input: None,
        output: None,
        spans: Vec::new(),
    }
}

pub(crate) trait TraceBuilder {
    fn session(self, id: &str) -> Self;
    fn user(self, id: &str) -> Self;
    fn at(self, nanos: i64) -> Self;
    fn spans(self, spans: Vec<SpanFragment>) -> Self;
}

impl TraceBuilder for TraceFragment {
    fn session(mut self, id: &str) -> Self {
        self.session_id = Some(id.into());
        self
    }
    fn user(mut self, id: &str) -> Self {
        self.user_id = Some(id.into());
        self
    }
    fn at(mut self, nanos: i64) -> Self {
        self.started_at = Timestamp(nanos);
        self
    }
    fn spans(mut self, spans: Vec<SpanFragment>) -> Self {
        self.spans = spans;
        self
    }
}

pub(crate) fn span(id: u128, parent: Option<u128>, started: i64) -> SpanFragment {
    SpanFragment {
        span_id: SpanId(id),
        parent_span_id: parent.map(SpanId),
        name: format!("span-{id}"),
        kind: None,
        status: None,
        started_at: Timestamp(started),
        ended_at: None,
        completion_start_time: None,
        model: None,
        payload: SpanPayload::default(),
    }
}

/// Recounts every total of traces and sessions from single spans and traces.
pub(crate) fn recount(store: &Opened) {
    let traces = store.all_traces();
    traces.iter().for_each(recount_trace);
    recount_rows(store);
    let mut by_session: BTreeMap<String, Vec<&TraceDetail>> = BTreeMap::new();
    for trace in &traces {
        if let Some(session) = &trace.summary.session_id {
            by_session.entry(session.clone()).or_default().push(trace);
        }
    }
    let sessions = store.all_sessions();
    let ids: Vec<_> = sessions
        .iter()
        .map(|session| session.session_id.clone())
        .collect();
    assert_eq!(ids, by_session.keys().cloned().collect::<Vec<_>>());
    for session in &sessions {
        recount_session(session, &by_session[&session.session_id]);
    }
}

/// Users and project counters are not in the API yet: their rows are compared
/// with sums over the traces' rows.
fn recount_rows(store: &Opened) {
    let kept = store.rows(
        "SELECT id, project, traces, errors, sessions, spans, tokens, cost, first_seen, last_seen FROM user ORDER BY id",
    );
    let counted = store.rows(
        "SELECT user, project, count(*), sum(status = 3), count(DISTINCT session), sum(spans),
                sum(input + cache_read + cache_write + output + reasoning + audio_input + audio_output), sum(cost),
                min(started), max(started)
         FROM trace WHERE user IS NOT NULL GROUP BY user ORDER BY user",
    );
    assert_eq!(kept, counted, "users");
    let kept = store.rows("SELECT id, traces, sessions, spans FROM project ORDER BY id");
    let counted = store.rows(
        "SELECT p.id, count(t.id), count(DISTINCT t.session),
                (SELECT count(*) FROM span s JOIN trace o ON o.id = s.trace WHERE o.project = p.id)
         FROM project p LEFT JOIN trace t ON t.project = p.id GROUP BY p.id ORDER BY p.id",
    );
    assert_eq!(kept, counted, "projects");
}

fn recount_trace(trace: &TraceDetail) {
    let summary = &trace.summary;
    let bears = |index: usize| {
        let span = &trace.spans[index];
        let cost = span
            .payload
            .cost
            .as_ref()
            .is_some_and(|cost| !cost.as_str().contains("0.000"));
        span.usage.is_some_and(|usage| usage.total() > 0) || cost
    };
    // A span is covered if any bearing span has it among its ancestors.
    let mut covered = BTreeSet::new();
    for index in (0..trace.spans.len()).filter(|index| bears(*index)) {
        let mut seen = BTreeSet::new();
        let mut at = trace.spans[index].parent_span_id;
        while let Some(parent) = at.filter(|parent| seen.insert(*parent)) {
            covered.insert(parent);
            at = trace
                .spans
                .iter()
                .find(|span| span.span_id == parent)
                .and_then(|span| span.parent_span_id);
        }
    }
    let counted: Vec<_> = (0..trace.spans.len())
        .filter(|index| bears(*index) && !covered.contains(&trace.spans[*index].span_id))
        .map(|index| &trace.spans[index])
        .collect();
    let shown: Vec<_> = trace
        .spans
        .iter()
        .filter(|span| span.counted)
        .map(|span| span.span_id)
        .collect();
    assert_eq!(
        shown,
        counted.iter().map(|span| span.span_id).collect::<Vec<_>>(),
        "counted spans of {summary:?}"
    );
    let tokens: i64 = counted
        .iter()
        .filter_map(|span| span.usage)
        .map(|usage| usage.total())
        .sum();
    assert_eq!(summary.totals.usage.buckets.total(), tokens);
    assert_eq!(summary.totals.spans, trace.spans.len() as i64);
    let errors = trace
        .spans
        .iter()
        .filter(|span| span.status == SpanStatus::Error)
        .count();
    assert_eq!(summary.totals.span_errors, errors as i64);
    let starts = trace
        .spans
        .iter()
        .map(|span| span.started_at)
        .chain([summary.started_at]);
    let ends = trace
        .spans
        .iter()
        .filter_map(|span| span.ended_at)
        .chain(summary.ended_at);
    assert_eq!(summary.first_activity, starts.clone().min().unwrap());
    assert_eq!(summary.last_activity, starts.chain(ends).max().unwrap());
}

fn recount_session(session: &SessionSummary, traces: &[&TraceDetail]) {
    let mut by_start = traces.to_vec();
    by_start.sort_by_key(|trace| (trace.summary.started_at, trace.summary.trace_id));
    let summaries: Vec<_> = by_start.iter().map(|trace| &trace.summary).collect();
    let what = format!("{session:#?} of {summaries:#?}");
    assert_eq!(session.trace_count, traces.len() as i64, "{what}");
    let errors = summaries
        .iter()
        .filter(|trace| trace.status == TraceStatus::Error)
        .count();
    assert_eq!(session.error_count, errors as i64, "{what}");
    let mut totals = pandaprobe_model::trace::Totals::default();
    summaries.iter().for_each(|trace| totals += trace.totals);
    assert_eq!(session.totals, totals, "{what}");
    assert_eq!(
        Some(session.first_trace_at),
        summaries.iter().map(|trace| trace.started_at).min(),
        "{what}"
    );
    assert_eq!(
        session.last_trace_at,
        summaries.iter().filter_map(|trace| trace.ended_at).max(),
        "{what}"
    );
    assert_eq!(
        Some(session.first_activity),
        summaries.iter().map(|trace| trace.first_activity).min(),
        "{what}"
    );
    assert_eq!(
        Some(session.last_activity),
        summaries.iter().map(|trace| trace.last_activity).max(),
        "{what}"
    );
    let latencies: Vec<_> = summaries
        .iter()
        .filter_map(|trace| trace.ended_at.map(|end| end.0 - trace.started_at.0))
        .collect();
    assert_eq!(
        session.latency,
        (latencies.iter().sum(), latencies.len() as i64),
        "{what}"
    );
    assert_eq!(
        session.user_id,
        summaries.iter().find_map(|trace| trace.user_id.clone()),
        "{what}"
    );
    let tags: BTreeSet<_> = summaries
        .iter()
        .flat_map(|trace| trace.tags.clone())
        .collect();
    assert_eq!(session.tags, tags.into_iter().collect::<Vec<_>>(), "{what}");
    let named = summaries
        .iter()
        .rev()
        .find_map(|trace| trace.session_name.clone());
    let asked = by_start
        .iter()
        .find_map(|trace| trace.input.as_ref().and_then(first_user_message));
    assert_eq!(session.name, named.or(asked), "{what}");
}
