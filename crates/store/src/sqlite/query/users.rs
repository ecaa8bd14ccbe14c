//! Lists of users.

use pandaprobe_model::filter::{Entity, Filter};
use pandaprobe_model::query::{Page, UserQuery};
use pandaprobe_model::user::UserSummary;
use pandaprobe_model::{Money, ProjectId, Timestamp};
use rusqlite::{Connection, params_from_iter};

use super::filter::Compiler;
use super::sql::{Conditions, limit};
use crate::Result;

/// Users, last seen first.
pub(in crate::sqlite) fn list(
    connection: &Connection,
    project: ProjectId,
    query: &UserQuery,
) -> Result<Page<UserSummary>> {
    let conditions = conditions(connection, project, &query.filter)?;
    let from = format!(
        "FROM user u JOIN dim d ON d.id = u.id WHERE {}",
        conditions.sql()
    );
    let sql = format!(
        "SELECT d.text, u.traces, u.errors, u.sessions, u.tokens, u.cost, u.first_seen, u.last_seen
         {from} ORDER BY u.last_seen DESC, u.id DESC {}",
        limit(query.window)
    );
    let mut select = connection.prepare_cached(&sql)?;
    let items = select.query_map(params_from_iter(conditions.values()), |row| {
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
        .prepare_cached(&format!("SELECT count(*) {from}"))?
        .query_row(params_from_iter(conditions.values()), |row| row.get(0))?;
    Ok(Page {
        items,
        total: total.unsigned_abs(),
    })
}

fn conditions(connection: &Connection, project: ProjectId, filter: &Filter) -> Result<Conditions> {
    let mut all = Conditions::default();
    all.compare("u.project", "=", project.0);
    let condition = Compiler::new(connection, project, &mut all).filter(Entity::User, filter)?;
    all.term(condition);
    Ok(all)
}
