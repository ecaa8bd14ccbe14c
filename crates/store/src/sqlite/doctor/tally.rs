//! What a session should say, taken from its traces.

use std::collections::BTreeMap;

use pandaprobe_model::message::first_user_message;
use pandaprobe_model::trace::TraceStatus;
use rusqlite::Row;
use rusqlite::types::Value;

use super::exam::Exam;
use super::marks::{FIRST, LAST, Numbers};
use super::rollup::Rollup;
use super::sessions::Session;
use super::traces::read_numbers;
use super::{Area, Result};
use crate::sqlite::apply::{place, read_tags};
use crate::sqlite::payload::{ItemRef, Loader};
use crate::sqlite::{codes, totals};

/// What is counted over a session's traces.
pub(super) const SUMS: Rollup = Rollup {
    table: "session_num",
    columns: &[
        "project",
        "traces",
        "errors",
        "latency",
        "ended",
        "first_act",
        "last_act",
        "first_start",
        "last_end",
        "user",
        "user_at",
        "user_of",
        "spans",
        "span_errors",
        "prompt",
        "completion",
        "input",
        "cache_read",
        "cache_write",
        "output",
        "reasoning",
        "audio_input",
        "audio_output",
        "cost",
        "unpriced",
        "unusable",
    ],
};

/// What single traces give a session.
pub(super) const NAMES: Rollup = Rollup {
    table: "session",
    columns: &[
        "name",
        "trace_name",
        "trace_name_at",
        "trace_name_of",
        "first_user",
        "first_user_at",
        "first_user_of",
    ],
};

/// A trace of a session.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) session: i64,
    id: i64,
    project: i64,
    started: i64,
    ended: Option<i64>,
    failed: bool,
    user: Option<i64>,
    session_name: Option<String>,
    tags: Option<String>,
    place: Option<ItemRef>,
    numbers: Numbers,
}

pub(super) fn read_member(row: &Row<'_>) -> rusqlite::Result<Member> {
    Ok(Member {
        session: row.get(0)?,
        id: row.get(1)?,
        project: row.get(2)?,
        started: row.get(3)?,
        ended: row.get(4)?,
        failed: codes::read_trace_status(row.get(5)?) == Some(TraceStatus::Error),
        user: row.get(6)?,
        session_name: row.get(7)?,
        tags: row.get(8)?,
        place: place(row, 9)?,
        numbers: read_numbers(row, 11)?,
    })
}

/// Something that one trace provides: the value, its start, its id.
type Held<T> = Option<(T, i64, i64)>;

/// What a session should say, trace by trace in the order of starts.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) traces: i64,
    errors: i64,
    latency: i64,
    ended: i64,
    bounds: Option<(i64, i64, i64)>,
    last_end: Option<i64>,
    totals: [i64; totals::COUNT],
    user: Held<i64>,
    trace_name: Held<String>,
    first_user: Held<String>,
    /// An input could not be read, so that nobody knows the first message.
    first_user_unknown: bool,
    /// How many traces carry a tag or belong to a user.
    pub(super) labels: BTreeMap<i64, i64>,
    /// A tag has no text, or the tags cannot be read.
    pub(super) labels_unknown: bool,
}

impl Tally {
    pub(super) fn add(
        &mut self,
        exam: &mut Exam<'_>,
        loader: &mut Loader<'_>,
        session: Option<&Session>,
        member: &Member,
    ) -> Result<()> {
        if let Some(session) = session.filter(|session| session.project != member.project) {
            let what = format!("its session {} is of another project", session.id);
            exam.fault(Area::Sessions, "trace", member.id.to_string(), what);
        }
        self.add_numbers(exam.numbers(member.id, member.numbers), member);
        let held = |value| (value, member.started, member.id);
        self.user = self.user.or(member.user.map(held));
        if let Some(name) = &member.session_name {
            self.trace_name = Some((name.clone(), member.started, member.id));
        }
        self.look_for_message(loader, member);
        self.add_labels(exam, member)
    }

    fn add_numbers(&mut self, numbers: Numbers, member: &Member) {
        self.traces += 1;
        self.errors += i64::from(member.failed);
        if let Some(ended) = member.ended {
            let latency = ended.wrapping_sub(member.started);
            self.latency = self.latency.wrapping_add(latency);
            self.ended += 1;
        }
        self.last_end = self.last_end.max(member.ended);
        let own = (numbers[FIRST], numbers[LAST], member.started);
        self.bounds = Some(self.bounds.map_or(own, |bounds| {
            (
                bounds.0.min(own.0),
                bounds.1.max(own.1),
                bounds.2.min(own.2),
            )
        }));
        for (sum, number) in self.totals.iter_mut().zip(numbers) {
            *sum = sum.wrapping_add(number);
        }
    }

    fn look_for_message(&mut self, loader: &mut Loader<'_>, member: &Member) {
        if self.first_user.is_some() || self.first_user_unknown {
            return;
        }
        let input = loader
            .record(member.place)
            .and_then(|record| loader.json_some(record.input));
        match input {
            Ok(input) => {
                let text = input.as_ref().and_then(first_user_message);
                self.first_user = text.map(|text| (text, member.started, member.id));
            }
            // That is told of where payloads are checked.
            Err(_) => self.first_user_unknown = true,
        }
    }

    fn add_labels(&mut self, exam: &mut Exam<'_>, member: &Member) -> Result<()> {
        let Ok(tags) = read_tags(member.id, member.tags.as_deref()) else {
            self.labels_unknown = true;
            return Ok(());
        };
        for tag in tags {
            match exam.tag(member.project, &tag)? {
                Some(dim) => *self.labels.entry(dim).or_default() += 1,
                None => self.labels_unknown = true,
            }
        }
        if let Some(user) = member.user {
            *self.labels.entry(user).or_default() += 1;
        }
        Ok(())
    }

    /// The values of [`SUMS`].
    pub(super) fn sums(&self, project: i64) -> Vec<Value> {
        let (first_act, last_act, first_start) = self.bounds.unwrap_or_default();
        let user = self.user.as_ref();
        let mut values = vec![
            project.into(),
            self.traces.into(),
            self.errors.into(),
            self.latency.into(),
            self.ended.into(),
            first_act.into(),
            last_act.into(),
            first_start.into(),
            self.last_end.into(),
            user.map(|user| user.0).into(),
            user.map(|user| user.1).into(),
            user.map(|user| user.2).into(),
        ];
        values.extend(self.totals.map(Value::Integer));
        values
    }

    /// The values of [`NAMES`].
    pub(super) fn names(&self, session: &Session) -> Vec<Value> {
        let text = |held: &Held<String>| -> [Value; 3] {
            match held {
                Some((text, started, trace)) => {
                    [text.clone().into(), (*started).into(), (*trace).into()]
                }
                None => [Value::Null, Value::Null, Value::Null],
            }
        };
        let trace_name = text(&self.trace_name);
        let first_user = match self.first_user_unknown {
            true => [4, 5, 6].map(|index| session.names[index].clone()),
            false => text(&self.first_user),
        };
        let given = session.given_name.clone().map(Value::Text);
        let named = [trace_name[0].clone(), first_user[0].clone()];
        let name = given
            .into_iter()
            .chain(named)
            .find(|name| *name != Value::Null);
        [name.unwrap_or(Value::Null)]
            .into_iter()
            .chain(trace_name)
            .chain(first_user)
            .collect()
    }
}
