//! Users counted anew from their traces, and the counters of projects.

use pandaprobe_model::trace::TraceStatus;
use rusqlite::Row;
use rusqlite::types::Value;

use super::exam::{Exam, values};
use super::marks::{NUMBERS, Numbers};
use super::ordered::{Ordered, least};
use super::rollup::Rollup;
use super::traces::read_numbers;
use super::{Area, Result};
use crate::sqlite::codes;
use crate::sqlite::dims::Kind;

const USERS: Rollup = Rollup {
    table: "user",
    columns: &[
        "project",
        "traces",
        "errors",
        "sessions",
        "spans",
        "tokens",
        "cost",
        "first_seen",
        "last_seen",
    ],
};

const PROJECTS: Rollup = Rollup {
    table: "project",
    columns: &["traces", "sessions", "spans"],
};

/// A trace of a user.
#[derive(Debug)]
struct Member {
    user: i64,
    id: i64,
    project: i64,
    failed: bool,
    started: i64,
    numbers: Numbers,
}

/// What a user's row should say.
#[derive(Debug, Default)]
struct Tally {
    project: i64,
    traces: i64,
    errors: i64,
    spans: i64,
    tokens: i64,
    cost: i64,
    seen: Option<(i64, i64)>,
}

/// Checks users and projects.
pub(super) fn check(exam: &mut Exam<'_>) -> Result<()> {
    let reader = exam.reader;
    let sql = format!("SELECT id, {} FROM user ORDER BY id", USERS.select(""));
    let mut users = reader.prepare(&sql)?;
    let read_user = |row: &Row<'_>| Ok((row.get(0)?, values(row, 1, USERS.columns.len())?));
    let mut users = Ordered::new(users.query_map([], read_user)?)?;
    let sql = format!(
        "SELECT user, id, project, status, started, {} FROM trace INDEXED BY trace_by_user
         WHERE user IS NOT NULL ORDER BY user",
        NUMBERS.select("")
    );
    let mut members = reader.prepare(&sql)?;
    let mut members = Ordered::new(members.query_map([], read_member)?)?;
    let mut sessions = reader.prepare(
        "SELECT user, count(*) FROM (SELECT DISTINCT user, session FROM trace
            WHERE user IS NOT NULL AND session IS NOT NULL)
         GROUP BY user ORDER BY user",
    )?;
    let mut sessions = Ordered::new(sessions.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?)?;

    exam.looking(Area::Users, 0, 0);
    while let Some(id) = least([
        users.peek().map(|(id, _): &(i64, Vec<Value>)| *id),
        members.peek().map(|member| member.user),
    ]) {
        let kept = users.next_if(|(user, _)| *user == id)?;
        exam.count(Area::Users, u64::from(kept.is_some()));
        let mut tally = Tally::default();
        while let Some(member) = members.next_if(|member| member.user == id)? {
            tally.add(exam.numbers(member.id, member.numbers), &member);
        }
        let sessions = sessions.next_if(|(user, _): &(i64, i64)| *user == id)?;
        if tally.traces == 0 {
            exam.heal(
                Area::Users,
                ("user", id.to_string()),
                "the user has no trace",
                "DELETE FROM user WHERE id = ?1",
                [id],
            )?;
            continue;
        }
        if let Some(what) = exam.text_fault(id, tally.project, &[Kind::User])? {
            exam.fault(Area::Users, "user", id.to_string(), what);
        }
        let counted = tally.values(sessions.map_or(0, |(_, count)| count));
        let kept = kept.as_ref().map(|(_, values)| values.as_slice());
        exam.compare(Area::Users, USERS, id, kept, &counted)?;
    }
    check_projects(exam)
}

fn read_member(row: &Row<'_>) -> rusqlite::Result<Member> {
    Ok(Member {
        user: row.get(0)?,
        id: row.get(1)?,
        project: row.get(2)?,
        failed: codes::read_trace_status(row.get(3)?) == Some(TraceStatus::Error),
        started: row.get(4)?,
        numbers: read_numbers(row, 5)?,
    })
}

impl Tally {
    fn add(&mut self, numbers: Numbers, member: &Member) {
        // Spans, errors, prompt, completion, the seven buckets of tokens, cost.
        let [spans, _, _, _, buckets @ .., cost, _, _, _, _] = numbers;
        self.project = member.project;
        self.traces += 1;
        self.errors += i64::from(member.failed);
        self.spans = self.spans.wrapping_add(spans);
        self.cost = self.cost.wrapping_add(cost);
        for tokens in buckets {
            self.tokens = self.tokens.wrapping_add(tokens);
        }
        let (first, last) = self.seen.unwrap_or((member.started, member.started));
        self.seen = Some((first.min(member.started), last.max(member.started)));
    }

    /// The values of [`USERS`].
    fn values(&self, sessions: i64) -> Vec<Value> {
        let (first, last) = self.seen.unwrap_or_default();
        let values = [
            self.project,
            self.traces,
            self.errors,
            sessions,
            self.spans,
            self.tokens,
            self.cost,
            first,
            last,
        ];
        values.map(Value::Integer).to_vec()
    }
}

fn check_projects(exam: &mut Exam<'_>) -> Result<()> {
    let mut missing = std::mem::take(&mut exam.projects);
    let sql = format!(
        "SELECT p.id, o.id IS NULL, {} FROM project p LEFT JOIN organisation o ON o.id = p.org ORDER BY p.id",
        PROJECTS.select("p.")
    );
    let mut select = exam.reader.prepare(&sql)?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        exam.count(Area::Projects, 1);
        let id: i64 = row.get(0)?;
        if row.get(1)? {
            let what = "its organisation is not there";
            exam.fault(Area::Projects, "project", id.to_string(), what);
        }
        let kept = values(row, 2, PROJECTS.columns.len())?;
        let counted = missing.remove(&id).unwrap_or_default();
        let counted = [counted.traces, counted.sessions, counted.spans].map(Value::Integer);
        exam.compare(Area::Projects, PROJECTS, id, Some(&kept), &counted)?;
    }
    for (id, counted) in missing {
        let what = format!(
            "{} traces and {} sessions are of this project, which is not there",
            counted.traces, counted.sessions
        );
        exam.fault(Area::Projects, "project", id.to_string(), what);
    }
    Ok(())
}
