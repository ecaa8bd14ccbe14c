//! Figures over time, counted from the rows of a range.

use std::collections::{BTreeMap, HashMap};

use pandaprobe_model::analytics::{
    AnalyticsQuery, Latency, ModelUsage, SessionBucket, TraceBucket, UsageBucket,
};
use pandaprobe_model::trace::TraceStatus;
use pandaprobe_model::{Money, ProjectId, Timestamp};
use rusqlite::Connection;

use crate::Result;
use crate::sqlite::apply::COUNTED;
use crate::sqlite::{codes, dims};

/// Traces by the bucket of their start.
pub(in crate::sqlite) fn traces(
    connection: &Connection,
    project: ProjectId,
    query: AnalyticsQuery,
) -> Result<Vec<TraceBucket>> {
    #[derive(Default)]
    struct Sums {
        traces: i64,
        errors: i64,
        latencies: Vec<f64>,
    }
    let mut buckets: BTreeMap<Timestamp, Sums> = BTreeMap::new();
    let mut select = connection.prepare_cached(
        "SELECT started, ended, status FROM trace WHERE project = ?1 AND started >= ?2 AND started < ?3",
    )?;
    let mut rows = select.query((project.0, query.from.0, query.to.0))?;
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

/// Spans that started in the range. A trace that began before the range may
/// have some; its last activity tells whether it can.
const SPANS: &str = "FROM trace t CROSS JOIN span s ON s.trace = t.id
     WHERE t.project = ?1 AND t.first_act < ?3 AND t.last_act >= ?2 AND s.started >= ?2 AND s.started < ?3";

/// Tokens and cost of counted spans by the bucket of their start.
pub(in crate::sqlite) fn usage(
    connection: &Connection,
    project: ProjectId,
    query: AnalyticsQuery,
) -> Result<Vec<UsageBucket>> {
    let mut buckets: BTreeMap<Timestamp, (i64, i64, Money)> = BTreeMap::new();
    let sql = format!(
        "SELECT s.started, coalesce(s.prompt, 0), coalesce(s.completion, 0), coalesce(s.cost, 0), s.flags & 3 = {COUNTED} {SPANS}"
    );
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query((project.0, query.from.0, query.to.0))?;
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
    query: AnalyticsQuery,
    limit: u32,
) -> Result<Vec<ModelUsage>> {
    // Summed here: SQLite's sum() fails where these add on.
    let sql = format!(
        "SELECT s.model, coalesce(s.prompt, 0) + coalesce(s.completion, 0), coalesce(s.cost, 0), s.flags & 3 = {COUNTED}
         {SPANS} AND s.model IS NOT NULL"
    );
    let mut models: HashMap<i64, (i64, i64, Money)> = HashMap::new();
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query((project.0, query.from.0, query.to.0))?;
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
    query: AnalyticsQuery,
) -> Result<Vec<SessionBucket>> {
    struct Session {
        first: i64,
        traces: i64,
        /// Nanoseconds, over its ended traces.
        latency: i128,
        ended: bool,
    }
    let mut sessions: HashMap<i64, Session> = HashMap::new();
    let mut select = connection.prepare_cached(
        "SELECT session, started, ended FROM trace
         WHERE project = ?1 AND started >= ?2 AND started < ?3 AND session IS NOT NULL",
    )?;
    let mut rows = select.query((project.0, query.from.0, query.to.0))?;
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
