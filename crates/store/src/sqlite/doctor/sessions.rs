//! Sessions counted anew from their traces, in the order of sessions.

use rusqlite::Row;
use rusqlite::types::Value;

use super::exam::{Exam, values};
use super::marks::NUMBERS;
use super::ordered::{Ordered, least};
use super::tally::{NAMES, SUMS, Tally, read_member};
use super::{Area, Result};
use crate::sqlite::dims::Kind;
use crate::sqlite::payload::Loader;

/// A row of `session` and, if it is there, of `session_num`.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: i64,
    pub(super) project: i64,
    pub(super) given_name: Option<String>,
    /// The values of [`NAMES`].
    pub(super) names: Vec<Value>,
    /// The values of [`SUMS`]; `None` if the row is missing.
    sums: Option<Vec<Value>>,
}

/// A row of `session_label`.
#[derive(Debug)]
struct Label {
    session: i64,
    dim: i64,
    traces: i64,
    own: bool,
}

/// Checks sessions with their numbers, names and labels.
pub(super) fn check(exam: &mut Exam<'_>) -> Result<()> {
    let reader = exam.reader;
    let sql = format!(
        "SELECT s.id, s.project, s.given_name, n.id, {}, {}
         FROM session s LEFT JOIN session_num n ON n.id = s.id ORDER BY s.id",
        NAMES.select("s."),
        SUMS.select("n.")
    );
    let mut sessions = reader.prepare(&sql)?;
    let mut sessions = Ordered::new(sessions.query_map([], read_session)?)?;
    let sql = format!(
        "SELECT session, id, project, started, ended, status, user, session_name, tags, block, item, {}
         FROM trace INDEXED BY trace_by_session WHERE session IS NOT NULL ORDER BY session, started, trace_id",
        NUMBERS.select("")
    );
    let mut members = reader.prepare(&sql)?;
    let mut members = Ordered::new(members.query_map([], read_member)?)?;
    let mut labels = reader
        .prepare("SELECT session, dim, traces, own FROM session_label ORDER BY session, dim")?;
    let mut labels = Ordered::new(labels.query_map([], read_label)?)?;
    let last: i64 = reader.query_row("SELECT coalesce(max(id), 0) FROM session", [], |row| {
        row.get(0)
    })?;
    let mut loader = Loader::new(reader);

    let mut looked = 0_u32;
    while let Some(id) = least([
        sessions.peek().map(|session| session.id),
        members.peek().map(|member| member.session),
        labels.peek().map(|label| label.session),
    ]) {
        looked = looked.wrapping_add(1);
        if looked % 256 == 1 {
            exam.looking(Area::Sessions, id, last);
        }
        let session = sessions.next_if(|session| session.id == id)?;
        let mut tally = Tally::default();
        while let Some(member) = members.next_if(|member| member.session == id)? {
            tally.add(exam, &mut loader, session.as_ref(), &member)?;
        }
        let labels = labels.take_while(|label| label.session == id)?;
        exam.count(Area::SessionLabels, labels.len() as u64);
        match session {
            Some(session) => check_session(exam, &session, &tally, &labels)?,
            None => strays(exam, id, tally.traces, labels.len())?,
        }
    }
    check_lonely_sums(exam)
}

fn read_session(row: &Row<'_>) -> rusqlite::Result<Session> {
    let (names, sums) = (NAMES.columns.len(), SUMS.columns.len());
    let has_sums = row.get::<_, Option<i64>>(3)?.is_some();
    Ok(Session {
        id: row.get(0)?,
        project: row.get(1)?,
        given_name: row.get(2)?,
        names: values(row, 4, names)?,
        sums: match has_sums {
            true => Some(values(row, 4 + names, sums)?),
            false => None,
        },
    })
}

fn read_label(row: &Row<'_>) -> rusqlite::Result<Label> {
    Ok(Label {
        session: row.get(0)?,
        dim: row.get(1)?,
        traces: row.get(2)?,
        own: row.get::<_, i64>(3)? != 0,
    })
}

fn check_session(
    exam: &mut Exam<'_>,
    session: &Session,
    tally: &Tally,
    labels: &[Label],
) -> Result<()> {
    exam.count(Area::Sessions, 1);
    if tally.traces == 0 && !owns_messages(exam, session.id)? {
        return remove(exam, session, labels.len());
    }
    let counted = exam.projects.entry(session.project).or_default();
    counted.sessions += 1;
    if tally.traces == 0 {
        let what = "it has messages, but no trace";
        exam.fault(Area::Sessions, "session", session.id.to_string(), what);
        return Ok(());
    }
    let sums = tally.sums(session.project);
    let kept = session.sums.as_deref();
    exam.compare(Area::Sessions, SUMS, session.id, kept, &sums)?;
    let names = tally.names(session);
    let kept = Some(session.names.as_slice());
    exam.compare(Area::Sessions, NAMES, session.id, kept, &names)?;
    for label in labels {
        let kinds = [Kind::Tag, Kind::User];
        if let Some(what) = exam.text_fault(label.dim, session.project, &kinds)? {
            let row = format!("{}/{}", session.id, label.dim);
            exam.fault(Area::SessionLabels, "session_label", row, what);
        }
    }
    if tally.labels_unknown {
        return Ok(());
    }
    check_labels(exam, session.id, tally, labels)
}

fn check_labels(exam: &mut Exam<'_>, session: i64, tally: &Tally, labels: &[Label]) -> Result<()> {
    let row = |dim: i64| ("session_label", format!("{session}/{dim}"));
    let mut missing = tally.labels.clone();
    for label in labels {
        let traces = missing.remove(&label.dim).unwrap_or_default();
        if traces == 0 && !label.own {
            exam.heal(
                Area::SessionLabels,
                row(label.dim),
                "neither the session nor a trace of it has that tag or user",
                "DELETE FROM session_label WHERE session = ?1 AND dim = ?2",
                (session, label.dim),
            )?;
        } else if traces != label.traces {
            exam.heal(
                Area::SessionLabels,
                row(label.dim),
                format!("traces is {}, should be {traces}", label.traces),
                "UPDATE session_label SET traces = ?3 WHERE session = ?1 AND dim = ?2",
                (session, label.dim, traces),
            )?;
        }
    }
    for (dim, traces) in missing {
        exam.heal(
            Area::SessionLabels,
            row(dim),
            format!("the row is missing: {traces} traces have that tag or user"),
            "INSERT INTO session_label(session, dim, traces) VALUES (?1, ?2, ?3)",
            (session, dim, traces),
        )?;
    }
    Ok(())
}

fn owns_messages(exam: &Exam<'_>, session: i64) -> Result<bool> {
    let mut select = exam
        .reader
        .prepare_cached("SELECT 1 FROM message WHERE owner = ?1")?;
    Ok(select.exists([session])?)
}

/// A session ends with its last trace.
fn remove(exam: &mut Exam<'_>, session: &Session, labels: usize) -> Result<()> {
    let row = |table| (table, session.id.to_string());
    exam.heal(
        Area::Sessions,
        row("session"),
        "it has no trace",
        "DELETE FROM session WHERE id = ?1",
        [session.id],
    )?;
    if session.sums.is_some() {
        exam.heal(
            Area::Sessions,
            row("session_num"),
            "its session has no trace",
            "DELETE FROM session_num WHERE id = ?1",
            [session.id],
        )?;
    }
    if labels > 0 {
        stray_labels(exam, session.id, labels)?;
    }
    Ok(())
}

/// What belongs to a session that is not there.
fn strays(exam: &mut Exam<'_>, session: i64, traces: i64, labels: usize) -> Result<()> {
    if traces > 0 {
        let what = format!("{traces} traces are of this session, which is not there");
        exam.fault(Area::Sessions, "session", session.to_string(), what);
    }
    if labels > 0 {
        stray_labels(exam, session, labels)?;
    }
    Ok(())
}

fn stray_labels(exam: &mut Exam<'_>, session: i64, labels: usize) -> Result<()> {
    exam.heal(
        Area::SessionLabels,
        ("session_label", session.to_string()),
        format!("{labels} rows are of a session that is not there"),
        "DELETE FROM session_label WHERE session = ?1",
        [session],
    )
}

/// Numbers without a session.
fn check_lonely_sums(exam: &mut Exam<'_>) -> Result<()> {
    let mut select = exam.reader.prepare(
        "SELECT n.id FROM session_num n LEFT JOIN session s ON s.id = n.id WHERE s.id IS NULL ORDER BY n.id",
    )?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        exam.heal(
            Area::Sessions,
            ("session_num", id.to_string()),
            "its session is not there",
            "DELETE FROM session_num WHERE id = ?1",
            [id],
        )?;
    }
    Ok(())
}
