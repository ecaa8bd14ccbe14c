//! Rows that stand for a relation only: each must have both of its ends.

use rusqlite::Connection;

use super::exam::Exam;
use super::{Area, Result};
use crate::sqlite::apply::{read_tags, searchable};

/// Checks labels of traces, scores and texts.
pub(super) fn check(exam: &mut Exam<'_>) -> Result<()> {
    let kept = count(exam.reader, "trace_label")?;
    exam.looking(Area::Labels, 0, kept);
    // Every tag was looked up; if there are more rows, some have no tag.
    if kept != exam.tags_found {
        check_labels(exam)?;
    }
    check_scores(exam)?;
    check_pieces(exam)?;
    check_texts(exam)
}

/// What the index holds of a session cannot be read back; that it holds
/// something, and nothing of others, can be seen.
fn check_pieces(exam: &mut Exam<'_>) -> Result<()> {
    let kept = count(exam.reader, "session_text")?;
    exam.looking(Area::Pieces, 0, kept);
    exam.count(Area::Pieces, kept.unsigned_abs());
    let mut select = exam.reader.prepare(
        // A session without numbers is a fault of its own.
        "SELECT s.id, s.sid, s.name FROM session s JOIN session_num n ON n.id = s.id
         WHERE s.id NOT IN (SELECT rowid FROM session_text) ORDER BY s.id",
    )?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (id, sid): (i64, String) = (row.get(0)?, row.get(1)?);
        let name: Option<String> = row.get(2)?;
        exam.heal(
            Area::Pieces,
            ("session_text", id.to_string()),
            "the session cannot be found by parts of its name",
            "INSERT INTO session_text(rowid, text) VALUES (?1, ?2)",
            (id, searchable(&sid, name.as_deref())),
        )?;
    }
    let mut select = exam.reader.prepare(
        "SELECT rowid FROM session_text WHERE rowid NOT IN (SELECT id FROM session) ORDER BY rowid",
    )?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        exam.heal(
            Area::Pieces,
            ("session_text", id.to_string()),
            "there is no such session",
            "DELETE FROM session_text WHERE rowid = ?1",
            [id],
        )?;
    }
    Ok(())
}

fn count(reader: &Connection, table: &str) -> Result<i64> {
    let sql = format!("SELECT count(*) FROM {table}");
    Ok(reader.query_row(&sql, [], |row| row.get(0))?)
}

fn check_labels(exam: &mut Exam<'_>) -> Result<()> {
    let mut select = exam.reader.prepare(
        "SELECT l.dim, l.trace, t.tags, d.text, t.project = d.project AND d.kind = 5
         FROM trace_label l LEFT JOIN trace t ON t.id = l.trace LEFT JOIN dim d ON d.id = l.dim
         ORDER BY l.dim, l.trace",
    )?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (dim, trace): (i64, i64) = (row.get(0)?, row.get(1)?);
        let (tags, text): (Option<String>, Option<String>) = (row.get(2)?, row.get(3)?);
        let fits: Option<bool> = row.get(4)?;
        // Tags that cannot be read are a fault of their own.
        let Ok(tags) = read_tags(trace, tags.as_deref()) else {
            continue;
        };
        let has = fits == Some(true) && text.is_some_and(|text| tags.contains(&text));
        if !has {
            exam.heal(
                Area::Labels,
                ("trace_label", format!("{dim}/{trace}")),
                "the trace does not have that tag",
                "DELETE FROM trace_label WHERE dim = ?1 AND trace = ?2",
                (dim, trace),
            )?;
        }
    }
    Ok(())
}

fn check_scores(exam: &mut Exam<'_>) -> Result<()> {
    let rows = count(exam.reader, "score")?;
    exam.count(Area::Scores, rows.unsigned_abs());
    let mut select = exam.reader.prepare(
        "SELECT s.id, s.trace, t.id IS NULL FROM score s LEFT JOIN trace t ON t.id = s.trace
         WHERE t.id IS NULL OR t.project <> s.project ORDER BY s.id",
    )?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (id, trace): (i64, i64) = (row.get(0)?, row.get(1)?);
        let what = match row.get(2)? {
            true => format!("its trace {trace} is not there"),
            false => format!("its trace {trace} is of another project"),
        };
        exam.fault(Area::Scores, "score", id.to_string(), what);
    }
    Ok(())
}

fn check_texts(exam: &mut Exam<'_>) -> Result<()> {
    let rows = count(exam.reader, "dim")?;
    exam.count(Area::Texts, rows.unsigned_abs());
    let mut select = exam.reader.prepare(
        "SELECT d.id, d.project, p.id IS NULL, d.kind FROM dim d LEFT JOIN project p ON p.id = d.project
         WHERE p.id IS NULL OR d.kind NOT BETWEEN 1 AND 7 ORDER BY d.id",
    )?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (id, project, kind): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(3)?);
        let what = match row.get(2)? {
            true => format!("its project {project} is not there"),
            false => format!("its kind {kind} is none"),
        };
        exam.fault(Area::Texts, "dim", id.to_string(), what);
    }
    Ok(())
}
