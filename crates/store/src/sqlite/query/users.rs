//! Lists of users.

use pandaprobe_model::query::{Page, Window};
use pandaprobe_model::user::UserSummary;
use pandaprobe_model::{Money, ProjectId, Timestamp};
use rusqlite::Connection;

use super::sql::limit;
use crate::Result;

/// Users, last seen first.
pub(in crate::sqlite) fn list(
    connection: &Connection,
    project: ProjectId,
    window: Window,
) -> Result<Page<UserSummary>> {
    let sql = format!(
        "SELECT d.text, u.traces, u.errors, u.sessions, u.tokens, u.cost, u.first_seen, u.last_seen
         FROM user u JOIN dim d ON d.id = u.id WHERE u.project = ?1 ORDER BY u.last_seen DESC, u.id DESC {}",
        limit(window)
    );
    let mut select = connection.prepare_cached(&sql)?;
    let items = select.query_map([project.0], |row| {
        Ok(UserSummary {
            user_id: row.get(0)?,
            trace_count: row.get(1)?,
            error_count: row.get(2)?,
            session_count: row.get(3)?,
            tokens: row.get(4)?,
            cost: Money(row.get(5)?),
            first_seen: Timestamp(row.get(6)?),
            last_seen: Timestamp(row.get(7)?),
        })
    })?;
    let items = items.collect::<rusqlite::Result<_>>()?;
    let total: i64 = connection
        .prepare_cached("SELECT count(*) FROM user WHERE project = ?1")?
        .query_row([project.0], |row| row.get(0))?;
    Ok(Page {
        items,
        total: total.unsigned_abs(),
    })
}
