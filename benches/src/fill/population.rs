//! Who is in the filled project: deterministic by seed, one session after
//! the other in the order of their beginning.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::corpus::Writer;

/// The user with about 30 % of all sessions.
pub(crate) const BIG_USER: &str = "user-big";
/// The session with very many traces.
pub(crate) const BIG_SESSION: &str = "bench-big";

/// Days over which the sessions are spread.
const DAYS: i64 = 30;
const MICROS_PER_DAY: i64 = 86_400_000_000;
const MICROS_PER_MINUTE: i64 = 60_000_000;

const SUBJECTS: [&str; 12] = [
    "invoice",
    "delivery",
    "login",
    "report",
    "migration",
    "forecast",
    "booking",
    "contract",
    "export",
    "review",
    "inventory",
    "onboarding",
];

/// The traces of the project, as an iterator of bodies.
pub(crate) struct Population {
    writer: Writer,
    sessions: u64,
    big_traces: u64,
    /// Start of the first session, microseconds since the epoch.
    first: i64,
    next_session: u64,
    big_sent: u64,
    /// Traces of the session at hand, last one first.
    pending: Vec<Value>,
}

impl Population {
    /// Returns the population that ends at `now` (microseconds).
    pub(crate) fn new(seed: u64, sessions: u64, big_traces: u64, now: i64) -> Self {
        Self {
            writer: Writer::new(seed),
            sessions,
            big_traces,
            first: now - DAYS * MICROS_PER_DAY,
            next_session: 0,
            big_sent: 0,
            pending: Vec::new(),
        }
    }

    fn begin_session(&mut self) {
        let index = self.next_session;
        self.next_session += 1;
        let spread = i128::from(DAYS * MICROS_PER_DAY) * i128::from(index);
        let start = self.first + i64::try_from(spread / i128::from(self.sessions)).unwrap_or(0);
        self.add_to_big_session(index, start);
        let session = Session::draw(&mut self.writer, index, self.sessions, start);
        let traces = (0..session.traces).rev();
        let bodies: Vec<Value> = traces
            .map(|number| session.trace(&mut self.writer, number))
            .collect();
        self.pending.extend(bodies);
    }

    /// The big session goes on all the time, in step with the others.
    fn add_to_big_session(&mut self, index: u64, start: i64) {
        let due = u128::from(self.big_traces) * u128::from(index + 1) / u128::from(self.sessions);
        while u128::from(self.big_sent) < due {
            let session = Session::big(start + self.big_sent as i64 % 1000);
            let body = session.trace(&mut self.writer, 0);
            self.pending.push(body);
            self.big_sent += 1;
        }
    }
}

impl Iterator for Population {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        while self.pending.is_empty() && self.next_session < self.sessions {
            self.begin_session();
        }
        self.pending.pop()
    }
}

struct Session {
    id: String,
    name: String,
    user: String,
    tags: Vec<&'static str>,
    plan: &'static str,
    tenant: String,
    fails: bool,
    traces: u64,
    start: i64,
    /// Time between two traces, microseconds.
    gap: i64,
}

impl Session {
    fn draw(writer: &mut Writer, index: u64, sessions: u64, start: i64) -> Self {
        let minutes = 1 + writer.below(9) * writer.below(40);
        Self {
            id: format!("bench-s-{index:08}"),
            name: name(writer, index, sessions),
            user: user(writer, sessions),
            tags: tags(writer),
            plan: writer.pick(&["free", "free", "pro", "team"]),
            tenant: format!("tenant-{}", writer.below(200)),
            fails: writer.below(100) < 6,
            traces: [1, 1, 1, 2, 2, 3, 3, 4, 4, 6][usize::try_from(writer.below(10)).unwrap_or(0)],
            start,
            gap: i64::try_from(minutes).unwrap_or(1) * MICROS_PER_MINUTE / 4,
        }
    }

    fn big(start: i64) -> Self {
        Self {
            id: BIG_SESSION.to_owned(),
            name: "The very long session".to_owned(),
            user: BIG_USER.to_owned(),
            tags: vec!["common"],
            plan: "team",
            tenant: "tenant-0".to_owned(),
            fails: false,
            traces: 1,
            start,
            gap: 0,
        }
    }

    fn trace(&self, writer: &mut Writer, number: u64) -> Value {
        let start = self.start + self.gap * number as i64;
        let ms = 200 + writer.below(100) * writer.below(100);
        let end = start + 1000 * ms as i64;
        let (prompt, completion) = (100 + writer.below(4000), 10 + writer.below(600));
        let cost = (prompt * 25 + completion * 100) as f64 / 1e7;
        let status = if self.fails && number == 0 {
            "ERROR"
        } else {
            "COMPLETED"
        };
        let root = uuid(writer);
        json!({
            "trace_id": uuid(writer), "name": "turn", "status": status,
            "started_at": iso(start), "ended_at": iso(end),
            "input": {"messages": [{"role": "user", "content": writer.prose(60)}]},
            "output": {"messages": [{"role": "assistant", "content": writer.prose(60)}]},
            "session_id": self.id, "session_name": self.name, "user_id": self.user, "tags": self.tags,
            "session_metadata": {"plan": self.plan, "tenant": self.tenant},
            "environment": "production",
            "spans": [
                {"span_id": root, "name": "agent", "kind": "AGENT", "status": "OK", "started_at": iso(start), "ended_at": iso(end)},
                {"span_id": uuid(writer), "parent_span_id": root, "name": "chat", "kind": "LLM", "status": "OK",
                 "started_at": iso(start + 1000), "ended_at": iso(end - 1000), "model": writer.pick(&["gpt-4o", "claude-haiku-4-5"]),
                 "token_usage": {"prompt_tokens": prompt, "completion_tokens": completion}, "cost": {"total": cost}},
            ],
        })
    }
}

/// One name in eight speaks of a refund, twenty of a zeppelin.
fn name(writer: &mut Writer, index: u64, sessions: u64) -> String {
    let rare = index.is_multiple_of((sessions / 20).max(1));
    let subject = if rare {
        "zeppelin"
    } else if writer.below(100) < 12 {
        "refund"
    } else {
        writer.pick(&SUBJECTS)
    };
    format!(
        "Question about a {subject}, case {}",
        writer.below(1_000_000)
    )
}

fn user(writer: &mut Writer, sessions: u64) -> String {
    if writer.below(100) < 30 {
        return BIG_USER.to_owned();
    }
    format!("user-{:07}", writer.below((sessions / 8).max(1)))
}

fn tags(writer: &mut Writer) -> Vec<&'static str> {
    let mut tags = vec!["bench"];
    if writer.below(100) < 27 {
        tags.push("common");
    }
    if writer.below(1000) < 15 {
        tags.push("rare");
    }
    tags
}

fn uuid(writer: &mut Writer) -> String {
    let (a, b, c, d) = (writer.hex(8), writer.hex(4), writer.hex(3), writer.hex(3));
    format!("{a}-{b}-4{c}-9{d}-{}", writer.hex(12))
}

fn iso(micros: i64) -> String {
    let time = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH);
    time.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const NOW: i64 = 1_795_219_200_000_000;

    fn traces(sessions: u64) -> Vec<Value> {
        Population::new(1, sessions, 300, NOW).collect()
    }

    #[test]
    fn the_population_is_the_same_each_time() {
        assert_eq!(traces(200), traces(200));
    }

    #[test]
    fn sessions_are_skewed_as_promised() {
        let traces = traces(2000);
        let mut users: BTreeMap<&str, &str> = BTreeMap::new();
        let mut big = 0;
        for trace in &traces {
            let session = trace["session_id"].as_str().unwrap();
            users.insert(session, trace["user_id"].as_str().unwrap());
            big += usize::from(session == BIG_SESSION);
        }
        assert_eq!(users.len(), 2001);
        assert_eq!(big, 300);
        let of_big_user = users.values().filter(|user| **user == BIG_USER).count();
        assert!((500..700).contains(&of_big_user), "{of_big_user} of 2000");
        let per_session = (traces.len() - big) as f64 / 2000.0;
        assert!(
            (2.3..3.1).contains(&per_session),
            "{per_session} traces a session"
        );
    }

    #[test]
    fn rare_names_are_rare() {
        let traces = traces(2000);
        let named = |word: &str| {
            let names = traces
                .iter()
                .filter(|t| t["session_name"].as_str().unwrap().contains(word));
            names
                .map(|t| t["session_id"].to_string())
                .collect::<std::collections::BTreeSet<_>>()
                .len()
        };
        assert_eq!(named("zeppelin"), 20);
        assert!((150..350).contains(&named("refund")));
    }

    #[test]
    fn spans_end_inside_their_trace() {
        for trace in traces(100) {
            assert!(trace["started_at"].as_str() < trace["ended_at"].as_str());
            assert_eq!(
                trace["spans"][1]["parent_span_id"],
                trace["spans"][0]["span_id"]
            );
            assert!(trace["spans"][1]["ended_at"].as_str() <= trace["ended_at"].as_str());
        }
    }
}
