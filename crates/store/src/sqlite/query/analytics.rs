//! Figures over time, counted from the rows of a range.

use std::collections::{BTreeMap, HashMap};

use pandaprobe_model::analytics::{
    AnalyticsQuery, Latency, ModelUsage, SessionBucket, TraceBucket, UsageBucket,
};
use pandaprobe_model::filter::{Entity, Filter};
use pandaprobe_model::trace::TraceStatus;
use pandaprobe_model::{Money, ProjectId, Timestamp};
use rusqlite::{Connection, params_from_iter};

use super::filter::Compiler;
use super::sql::Conditions;
use crate::Result;
use crate::sqlite::apply::COUNTED;
use crate::sqlite::{codes, dims};

/// Traces by the bucket of their start.
pub(in crate::sqlite) fn traces(
    connection: &Connection,
    project: ProjectId,
    query: &AnalyticsQuery,
) -> Result<Vec<TraceBucket>> {
    #[derive(Default)]
    struct Sums {
        traces: i64,
        errors: i64,
        latencies: Vec<f64>,
    }
    let mut buckets: BTreeMap<Timestamp, Sums> = BTreeMap::new();
    let conditions = started_traces(connection, project, query, &query.filter)?;
    let sql = format!(
        "SELECT t.started, t.ended, t.status FROM trace t WHERE {}",
        conditions.sql()
    );
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query(params_from_iter(conditions.values()))?;
    while let Some(row) = rows.next()? {
        let started = Timestamp(row.get(0)?);
        let ended: Option<i64> = row.get(1)?;
        let sums = buckets
            .entry(query.granularity.bucket(started))
            .or_default();
        sums.traces += 1;
        let status = codes::read_trace_status(row.get(2)?);
        sums.errors += i64::from(status == Some(TraceStatus::Error));
        sums.latencies
            .extend(ended.map(|ended| Timestamp(ended).millis_since(started)));
    }
    let bucket = |(bucket, sums): (_, Sums)| TraceBucket {
        bucket,
        trace_count: sums.traces,
        error_count: sums.errors,
        latency: Latency::of(sums.latencies),
    };
    Ok(buckets.into_iter().map(bucket).collect())
}

/// The traces that started in the range and pass a filter.
fn started_traces(
    connection: &Connection,
    project: ProjectId,
    query: &AnalyticsQuery,
    filter: &Filter,
) -> Result<Conditions> {
    let mut all = Conditions::default();
    all.compare("t.project", "=", project.0);
    all.compare("t.started", ">=", query.from.0);
    all.compare("t.started", "<", query.to.0);
    let condition = Compiler::new(connection, project, &mut all).filter(Entity::Trace, filter)?;
    all.term(condition);
    Ok(all)
}

const SPANS: &str = "FROM trace t CROSS JOIN span p ON p.trace = t.id";

/// The spans that started in the range, of traces that pass the filter. A trace
/// that began before the range may have some; its last activity tells whether it
/// can.
fn started_spans(
    connection: &Connection,
    project: ProjectId,
    query: &AnalyticsQuery,
) -> Result<Conditions> {
    let mut all = Conditions::default();
    all.compare("t.project", "=", project.0);
    all.compare("t.first_act", "<", query.to.0);
    all.compare("t.last_act", ">=", query.from.0);
    let mut compiler = Compiler::new(connection, project, &mut all);
    let condition = compiler.filter(Entity::Trace, &query.filter)?;
    all.term(condition);
    all.compare("p.started", ">=", query.from.0);
    all.compare("p.started", "<", query.to.0);
    Ok(all)
}

/// Tokens and cost of counted spans by the bucket of their start.
pub(in crate::sqlite) fn usage(
    connection: &Connection,
    project: ProjectId,
    query: &AnalyticsQuery,
) -> Result<Vec<UsageBucket>> {
    let mut buckets: BTreeMap<Timestamp, (i64, i64, Money)> = BTreeMap::new();
    let conditions = started_spans(connection, project, query)?;
    let sql = format!(
        "SELECT p.started, coalesce(p.prompt, 0), coalesce(p.completion, 0), coalesce(p.cost, 0), p.flags & 3 = {COUNTED}
         {SPANS} WHERE {}",
        conditions.sql()
    );
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query(params_from_iter(conditions.values()))?;
    while let Some(row) = rows.next()? {
        let bucket = query.granularity.bucket(Timestamp(row.get(0)?));
        let sums = buckets.entry(bucket).or_default();
        if row.get(4)? {
            sums.0 += row.get::<_, i64>(1)?;
            sums.1 += row.get::<_, i64>(2)?;
            sums.2 += Money(row.get(3)?);
        }
    }
    let bucket = |(bucket, (prompt, completion, cost))| UsageBucket {
        bucket,
        prompt,
        completion,
        cost,
    };
    Ok(buckets.into_iter().map(bucket).collect())
}

/// The models that most spans name.
pub(in crate::sqlite) fn models(
    connection: &Connection,
    project: ProjectId,
    query: &AnalyticsQuery,
    limit: u32,
) -> Result<Vec<ModelUsage>> {
    // Summed here: SQLite's sum() fails where these add on.
    let conditions = started_spans(connection, project, query)?;
    let sql = format!(
        "SELECT p.model, coalesce(p.prompt, 0) + coalesce(p.completion, 0), coalesce(p.cost, 0), p.flags & 3 = {COUNTED}
         {SPANS} WHERE {} AND p.model IS NOT NULL",
        conditions.sql()
    );
    let mut models: HashMap<i64, (i64, i64, Money)> = HashMap::new();
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query(params_from_iter(conditions.values()))?;
    while let Some(row) = rows.next()? {
        let (calls, tokens, cost) = models.entry(row.get(0)?).or_default();
        *calls += 1;
        if row.get(3)? {
            *tokens += row.get::<_, i64>(1)?;
            *cost += Money(row.get(2)?);
        }
    }
    let named = |(model, (call_count, tokens, cost))| {
        Ok(ModelUsage {
            model: dims::text(connection, model)?,
            call_count,
            tokens,
            cost,
        })
    };
    let mut models: Vec<ModelUsage> = models.into_iter().map(named).collect::<Result<_>>()?;
    models.sort_unstable_by(|a, b| (b.call_count, &a.model).cmp(&(a.call_count, &b.model)));
    models.truncate(limit as usize);
    Ok(models)
}

/// Sessions by the bucket of their first trace in the range.
pub(in crate::sqlite) fn sessions(
    connection: &Connection,
    project: ProjectId,
    query: &AnalyticsQuery,
) -> Result<Vec<SessionBucket>> {
    struct Session {
        first: i64,
        traces: i64,
        /// Nanoseconds, over its ended traces.
        latency: i128,
        ended: bool,
    }
    let mut sessions: HashMap<i64, Session> = HashMap::new();
    let mut conditions = started_traces(connection, project, query, &Filter::all())?;
    conditions.term("t.session IS NOT NULL".into());
    if !query.filter.is_all() {
        let mut compiler = Compiler::new(connection, project, &mut conditions);
        let condition = compiler.filter(Entity::Session, &query.filter)?;
        conditions.term(format!(
            "EXISTS (SELECT 1 FROM session_num n JOIN session s ON s.id = n.id WHERE n.id = t.session AND {condition})"
        ));
    }
    let sql = format!(
        "SELECT t.session, t.started, t.ended FROM trace t WHERE {}",
        conditions.sql()
    );
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query(params_from_iter(conditions.values()))?;
    while let Some(row) = rows.next()? {
        let (started, ended): (i64, Option<i64>) = (row.get(1)?, row.get(2)?);
        let session = sessions.entry(row.get(0)?).or_insert(Session {
            first: started,
            traces: 0,
            latency: 0,
            ended: false,
        });
        session.first = session.first.min(started);
        session.traces += 1;
        if let Some(ended) = ended {
            session.latency += i128::from(ended) - i128::from(started);
            session.ended = true;
        }
    }
    let mut buckets: BTreeMap<Timestamp, Vec<Session>> = BTreeMap::new();
    for session in sessions.into_values() {
        let bucket = query.granularity.bucket(Timestamp(session.first));
        buckets.entry(bucket).or_default().push(session);
    }
    let bucket = |(bucket, sessions): (_, Vec<Session>)| {
        let traces: i64 = sessions.iter().map(|session| session.traces).sum();
        let ended = sessions.iter().filter(|session| session.ended).count();
        let latency: i128 = sessions.iter().map(|session| session.latency).sum();
        SessionBucket {
            bucket,
            session_count: sessions.len() as i64,
            avg_traces: traces as f64 / sessions.len() as f64,
            avg_latency_ms: (ended > 0).then(|| latency as f64 / 1e6 / ended as f64),
        }
    };
    Ok(buckets.into_iter().map(bucket).collect())
}
