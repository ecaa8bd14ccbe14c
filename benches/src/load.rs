//! The load itself: connections that post prebuilt bodies and wait for each
//! answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};
use bytes::{Bytes, BytesMut};
use tokio::task::JoinSet;
use tokio::time;

use crate::client::{Connection, Target};
use crate::corpus::{Salt, Templates};
use crate::stats::{Latencies, PerSecond};

/// Requests that share one session.
const REQUESTS_PER_SESSION: u32 = 4;
/// Pause after the server said that it is overloaded.
const BACK_OFF: Duration = Duration::from_millis(50);

/// What is sent and how.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) templates: Arc<Templates>,
    /// Spans of each trace.
    pub(crate) spans_per_trace: usize,
    /// Traces of each request; 1 posts to `/traces`, more to `/traces/batch`.
    pub(crate) traces_per_request: usize,
    pub(crate) connections: usize,
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
    /// Spans a second over all connections; as fast as possible when `None`.
    pub(crate) rate: Option<f64>,
    /// Set to end the run early.
    pub(crate) stop: Arc<AtomicBool>,
}

/// What came of it. Only requests answered after the warm-up count.
#[derive(Debug, Default, Clone)]
pub(crate) struct Outcome {
    pub(crate) spans: u64,
    pub(crate) bytes: u64,
    pub(crate) latencies: Latencies,
    pub(crate) spans_per_second: PerSecond,
    /// Requests that were not accepted, by what happened.
    pub(crate) failures: BTreeMap<String, u64>,
}

impl Plan {
    /// Spans of each request.
    pub(crate) fn spans_per_request(&self) -> usize {
        self.spans_per_trace * self.traces_per_request
    }

    /// Average bytes of each request.
    pub(crate) fn bytes_per_request(&self) -> usize {
        self.templates.average_bytes() * self.traces_per_request
    }

    fn interval(&self) -> Option<Duration> {
        let requests = self.rate? / self.spans_per_request() as f64;
        Some(Duration::from_secs_f64(self.connections as f64 / requests))
    }
}

impl Outcome {
    /// Requests that failed.
    pub(crate) fn failed(&self) -> u64 {
        self.failures.values().sum()
    }

    fn append(&mut self, other: Self) {
        self.spans += other.spans;
        self.bytes += other.bytes;
        self.latencies.append(other.latencies);
        self.spans_per_second.append(&other.spans_per_second);
        for (what, count) in other.failures {
            *self.failures.entry(what).or_default() += count;
        }
    }
}

/// Runs the plan against the target.
///
/// # Errors
/// When no connection can be made, or nothing at all was accepted.
pub(crate) async fn run(target: &Target, plan: &Plan) -> Result<Outcome> {
    let counter = Arc::new(AtomicU32::new(first_salt()));
    let began = Instant::now();
    let mut workers = JoinSet::new();
    for index in 0..plan.connections {
        let worker = Worker {
            target: target.clone(),
            plan: plan.clone(),
            counter: Arc::clone(&counter),
            began,
            index,
        };
        workers.spawn(worker.run());
    }
    let mut outcome = Outcome::default();
    while let Some(finished) = workers.join_next().await {
        outcome.append(finished??);
    }
    if outcome.spans == 0 {
        bail!("the server accepted nothing: {:?}", outcome.failures);
    }
    Ok(outcome)
}

/// Every run writes other ids, so that runs never meet in one store.
fn first_salt() -> u32 {
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    elapsed.subsec_nanos().wrapping_mul(2_654_435_761) ^ (elapsed.as_secs() as u32)
}

struct Worker {
    target: Target,
    plan: Plan,
    counter: Arc<AtomicU32>,
    began: Instant,
    index: usize,
}

impl Worker {
    async fn run(self) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let mut connection = Connection::open(&self.target).await?;
        let end = self.began + self.plan.warm_up + self.plan.measured;
        let mut schedule = self.schedule();
        loop {
            let body = self.next_body();
            let sent = match &mut schedule {
                Some(schedule) => schedule.wait().await,
                None => Instant::now(),
            };
            if Instant::now() >= end || self.plan.stop.load(Ordering::Relaxed) {
                return Ok(outcome);
            }
            let bytes = body.len() as u64;
            let result = self.post(&mut connection, body).await;
            let answered = Instant::now();
            match result {
                Ok(()) => self.count(&mut outcome, sent, answered, bytes),
                Err(failure) => {
                    *outcome.failures.entry(failure).or_default() += 1;
                    time::sleep(BACK_OFF).await;
                    connection = Connection::open(&self.target).await?;
                }
            }
        }
    }

    fn schedule(&self) -> Option<Schedule> {
        let interval = self.plan.interval()?;
        // Connections take turns instead of sending at the same instant.
        let offset = interval.mul_f64(self.index as f64 / self.plan.connections as f64);
        Some(Schedule {
            next: self.began + offset,
            interval,
        })
    }

    fn next_body(&self) -> Bytes {
        let mut body = BytesMut::with_capacity(self.plan.bytes_per_request() * 11 / 10);
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let start_micros = i64::try_from(now.as_micros()).unwrap_or(0) - 10_000_000;
        for _ in 0..self.plan.traces_per_request {
            let request = self.counter.fetch_add(1, Ordering::Relaxed);
            let salt = Salt {
                request,
                session: request / REQUESTS_PER_SESSION,
                start_micros,
            };
            self.plan.templates.write(request as usize, salt, &mut body);
            if self.plan.traces_per_request > 1 {
                body.extend_from_slice(b"\n");
            }
        }
        body.freeze()
    }

    async fn post(&self, connection: &mut Connection, body: Bytes) -> Result<(), String> {
        let (path, content_type) = match self.plan.traces_per_request {
            1 => ("/traces", "application/json"),
            _ => ("/traces/batch", "application/x-ndjson"),
        };
        let answer = connection.post(path, content_type, body).await;
        let answer = answer.map_err(|error| format!("connection: {error}"))?;
        if answer.status != 202 {
            return Err(format!("status {}", answer.status.as_u16()));
        }
        let rejected = answer
            .body
            .windows(10)
            .any(|bytes| bytes == b"\"rejected\"");
        if rejected {
            return Err("rejected item".to_owned());
        }
        Ok(())
    }

    fn count(&self, outcome: &mut Outcome, sent: Instant, answered: Instant, bytes: u64) {
        let Some(elapsed) = (answered - self.began).checked_sub(self.plan.warm_up) else {
            return;
        };
        if elapsed >= self.plan.measured {
            return;
        }
        let spans = self.plan.spans_per_request() as u64;
        outcome.spans += spans;
        outcome.bytes += bytes;
        outcome
            .latencies
            .add(answered.saturating_duration_since(sent));
        outcome.spans_per_second.add(elapsed, spans);
    }
}

/// Sends at fixed times, whatever the server does.
struct Schedule {
    next: Instant,
    interval: Duration,
}

impl Schedule {
    /// Waits for the next time and returns when the request counts as sent:
    /// its due time when the server held us up, else now, because a late
    /// timer is not the server's fault.
    async fn wait(&mut self) -> Instant {
        let due = self.next;
        self.next += self.interval;
        let behind = due <= Instant::now();
        if behind {
            return due;
        }
        time::sleep_until(due.into()).await;
        Instant::now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::SpanMix;

    fn plan(rate: Option<f64>) -> Plan {
        let mix = SpanMix {
            spans: 4,
            text_percent: 10,
        };
        Plan {
            templates: Arc::new(Templates::new(1, 3, mix)),
            spans_per_trace: 4,
            traces_per_request: 5,
            connections: 8,
            warm_up: Duration::ZERO,
            measured: Duration::from_secs(1),
            rate,
            stop: Arc::default(),
        }
    }

    #[test]
    fn a_rate_is_shared_by_the_connections() {
        // 1,000 spans/s in requests of 20 are 50 requests/s, so each of eight
        // connections sends every 160 ms.
        assert_eq!(
            plan(Some(1000.0)).interval(),
            Some(Duration::from_millis(160))
        );
        assert_eq!(plan(None).interval(), None);
    }

    #[tokio::test]
    async fn a_late_server_does_not_hide_its_lateness() {
        let due = Instant::now() - Duration::from_millis(30);
        let mut schedule = Schedule {
            next: due,
            interval: Duration::from_millis(10),
        };
        assert_eq!(schedule.wait().await, due);
        assert_eq!(schedule.wait().await, due + Duration::from_millis(10));
    }
}
