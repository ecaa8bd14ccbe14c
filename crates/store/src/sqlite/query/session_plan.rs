//! How a list of sessions is found. SQLite's planner does not know how many
//! rows a condition leaves, so which table drives a query is decided here, from
//! kept counters and capped counts.

use pandaprobe_model::ProjectId;
use pandaprobe_model::query::{SessionQuery, SessionSort, Window};
use rusqlite::{Connection, params_from_iter};

use super::sql::{Conditions, direction, limit};
use super::traces::tag_list;
use crate::Result;
use crate::sqlite::dims::{self, Kind};

/// A label carried by fewer sessions than this drives the query even if there
/// is an index in the wanted order; a commoner one is tested along that order.
const RARE_LABEL: i64 = 4000;

/// A project with more than this share (1 in n) of all sessions is scanned in
/// table order instead of by an index, which would jump from page to page.
const DOMINANT_SHARE: i64 = 8;

/// A query in the making.
#[derive(Debug)]
pub(super) struct Plan {
    from: &'static str,
    conditions: Conditions,
    order: String,
    /// The whole count, if it is known without counting.
    known_total: Option<i64>,
}

/// What the rows are found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Driver {
    /// Few sessions carry a label: fetch those and sort them.
    Label,
    /// A text must be looked for in all ids and names.
    Text,
    /// An index of numbers, in the wanted order or for a wanted range.
    NumberIndex,
    /// An index of ids or names in the wanted order.
    TextIndex,
    /// The narrow table of numbers from end to end.
    Scan,
}

impl Driver {
    fn from(self) -> &'static str {
        match self {
            Self::Label | Self::NumberIndex => "session_num n JOIN session s ON s.id = n.id",
            Self::Text | Self::TextIndex => "session s CROSS JOIN session_num n ON n.id = s.id",
            Self::Scan => "session_num n NOT INDEXED JOIN session s ON s.id = n.id",
        }
    }

    /// The column that holds the project. The plus keeps SQLite from choosing
    /// its index.
    fn project_column(self) -> &'static str {
        match self {
            Self::Label | Self::Scan => "+n.project",
            Self::NumberIndex => "n.project",
            Self::Text | Self::TextIndex => "s.project",
        }
    }
}

impl Plan {
    /// Plans a query; `None` if nothing can match.
    pub(super) fn new(
        connection: &Connection,
        project: ProjectId,
        query: &SessionQuery,
    ) -> Result<Option<Self>> {
        let Some(labels) = labels(connection, project, query)? else {
            return Ok(None);
        };
        let total = kept_total(connection, project)?;
        let driver = driver(connection, query, &labels, total)?;
        let mut conditions = Conditions::default();
        conditions.compare(driver.project_column(), "=", project.0);
        for label in &labels {
            conditions.term(label_term(driver, label));
        }
        add_numbers(&mut conditions, query);
        if let Some(text) = &query.text {
            let place = conditions.bind(text.to_lowercase());
            conditions.term(format!(
                "(contains_folded(s.sid, {place}) OR contains_folded(s.name, {place}))"
            ));
        }
        Ok(Some(Self {
            from: driver.from(),
            conditions,
            order: order_by(query, driver),
            known_total: is_unfiltered(query).then_some(total),
        }))
    }

    /// The row ids of a part of the list, in order.
    pub(super) fn ids(&self, connection: &Connection, window: Window) -> Result<Vec<i64>> {
        let sql = format!(
            "SELECT n.id FROM {} WHERE {} ORDER BY {} {}",
            self.from,
            self.conditions.sql(),
            self.order,
            limit(window)
        );
        let mut select = connection.prepare_cached(&sql)?;
        let ids = select.query_map(params_from_iter(self.conditions.values()), |row| row.get(0))?;
        Ok(ids.collect::<rusqlite::Result<_>>()?)
    }

    /// How many sessions match in all.
    pub(super) fn total(&self, connection: &Connection) -> Result<u64> {
        let count = match self.known_total {
            Some(total) => total,
            None => {
                let sql = format!(
                    "SELECT count(*) FROM {} WHERE {}",
                    self.from,
                    self.conditions.sql()
                );
                connection
                    .prepare_cached(&sql)?
                    .query_row(params_from_iter(self.conditions.values()), |row| row.get(0))?
            }
        };
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

/// The dimension ids that a session must have one of, per condition; `None` if
/// one of the conditions names nothing that exists.
fn labels(
    connection: &Connection,
    project: ProjectId,
    query: &SessionQuery,
) -> Result<Option<Vec<String>>> {
    let mut labels = Vec::new();
    if let Some(user) = &query.user_id {
        let Some(user) = dims::find(connection, project, Kind::User, user)? else {
            return Ok(None);
        };
        labels.push(user.to_string());
    }
    if !query.tags.is_empty() {
        let Some(tags) = tag_list(connection, project, &query.tags)? else {
            return Ok(None);
        };
        labels.push(tags);
    }
    Ok(Some(labels))
}

fn label_term(driver: Driver, dims: &str) -> String {
    if driver == Driver::Label {
        format!("n.id IN (SELECT session FROM session_label WHERE dim IN ({dims}))")
    } else {
        format!(
            "EXISTS (SELECT 1 FROM session_label l WHERE l.session = n.id AND l.dim IN ({dims}))"
        )
    }
}

fn add_numbers(conditions: &mut Conditions, query: &SessionQuery) {
    match query.has_error {
        Some(true) => conditions.term("n.errors > 0".into()),
        Some(false) => conditions.term("n.errors = 0".into()),
        None => {}
    }
    if let Some(after) = query.started_after {
        conditions.compare("n.last_act", ">=", after.0);
    }
    if let Some(before) = query.started_before {
        conditions.compare("n.first_act", "<", before.0);
    }
}

fn driver(
    connection: &Connection,
    query: &SessionQuery,
    labels: &[String],
    total: i64,
) -> Result<Driver> {
    let ordered = matches!(query.sort, SessionSort::Recent | SessionSort::First);
    for label in labels {
        if !ordered || is_rare(connection, label)? {
            return Ok(Driver::Label);
        }
    }
    let ranged = query.started_after.is_some() || query.started_before.is_some();
    Ok(if query.text.is_some() {
        Driver::Text
    } else if ordered || ranged || query.has_error == Some(true) {
        Driver::NumberIndex
    } else if matches!(query.sort, SessionSort::SessionId | SessionSort::Name) {
        Driver::TextIndex
    } else if is_dominant(connection, total)? {
        Driver::Scan
    } else {
        Driver::NumberIndex
    })
}

fn is_rare(connection: &Connection, dims: &str) -> Result<bool> {
    let sql = format!(
        "SELECT count(*) FROM (SELECT 1 FROM session_label WHERE dim IN ({dims}) LIMIT {RARE_LABEL})"
    );
    let count: i64 = connection.prepare(&sql)?.query_row([], |row| row.get(0))?;
    Ok(count < RARE_LABEL)
}

fn is_dominant(connection: &Connection, sessions: i64) -> Result<bool> {
    let all: i64 = connection
        .prepare_cached("SELECT coalesce(max(id), 0) FROM session_num")?
        .query_row([], |row| row.get(0))?;
    Ok(sessions.saturating_mul(DOMINANT_SHARE) >= all)
}

fn kept_total(connection: &Connection, project: ProjectId) -> Result<i64> {
    Ok(connection
        .prepare_cached("SELECT sessions FROM project WHERE id = ?1")?
        .query_row([project.0], |row| row.get(0))?)
}

fn is_unfiltered(query: &SessionQuery) -> bool {
    let SessionQuery {
        user_id,
        has_error,
        started_after,
        started_before,
        tags,
        text,
        sort: _,
        order: _,
        window: _,
    } = query;
    user_id.is_none()
        && has_error.is_none()
        && started_after.is_none()
        && started_before.is_none()
        && tags.is_empty()
        && text.is_none()
}

fn order_by(query: &SessionQuery, driver: Driver) -> String {
    let key = match query.sort {
        SessionSort::Recent => "n.last_act",
        SessionSort::First => "n.first_act",
        SessionSort::SessionId => "s.sid",
        SessionSort::Name => "s.name",
        SessionSort::User => "(SELECT text FROM dim WHERE id = n.user)",
        SessionSort::TraceCount => "n.traces",
        SessionSort::SpanCount => "n.spans",
        SessionSort::Tokens => {
            "(n.input + n.cache_read + n.cache_write + n.output + n.reasoning + n.audio_input + n.audio_output)"
        }
        SessionSort::Cost => "n.cost",
        SessionSort::Duration => "(n.last_act - n.first_act)",
        SessionSort::Latency => "n.latency",
        SessionSort::Errors => "n.errors",
    };
    // Sessions without a name or user are of no interest when sorting by it.
    let missing_last = matches!(query.sort, SessionSort::Name | SessionSort::User);
    let direction = direction(query.order, missing_last);
    // As with the project: rows that a label drives are sorted, not walked.
    let plus = if driver == Driver::Label { "+" } else { "" };
    match query.sort {
        SessionSort::Recent => format!("{plus}n.last_act {direction}, n.id {direction}"),
        SessionSort::Errors => {
            format!("n.errors {direction}, n.span_errors {direction}, n.last_act DESC, n.id DESC")
        }
        _ => format!("{plus}{key} {direction}, n.last_act DESC, n.id DESC"),
    }
}
