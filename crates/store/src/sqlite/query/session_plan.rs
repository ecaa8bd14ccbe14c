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
    rows: Source,
    order: String,
    count: Count,
}

/// How the size of the whole list is found.
#[derive(Debug)]
enum Count {
    /// A kept counter says it.
    Known(i64),
    /// Few rows match, or finding them is the work: the rows are counted while
    /// they are read.
    WithRows,
    /// By a query of its own.
    Apart(Source),
}

/// A FROM clause with conditions.
#[derive(Debug)]
struct Source {
    from: &'static str,
    conditions: Conditions,
}

/// What the rows are found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Driver {
    /// Few sessions carry a label: fetch those and sort them.
    Label,
    /// A text must be looked for in all ids and names, in table order or, in a
    /// small project, by an index.
    Text { dominant: bool },
    /// An index of numbers, in the wanted order or for a wanted range.
    NumberIndex,
    /// An index of ids or names in the wanted order.
    TextIndex,
    /// The narrow table of numbers from end to end.
    Scan,
}

impl Driver {
    /// The tables; `texts` says whether ids or names are needed.
    fn from(self, texts: bool) -> &'static str {
        match (self, texts) {
            (Self::Label | Self::NumberIndex, false) => "session_num n",
            (Self::Label | Self::NumberIndex, true) => {
                "session_num n JOIN session s ON s.id = n.id"
            }
            (Self::Scan, false) => "session_num n NOT INDEXED",
            (Self::Scan, true) => "session_num n NOT INDEXED JOIN session s ON s.id = n.id",
            (Self::Text { dominant: true }, _) => {
                "session s NOT INDEXED CROSS JOIN session_num n ON n.id = s.id"
            }
            (Self::Text { .. } | Self::TextIndex, _) => {
                "session s CROSS JOIN session_num n ON n.id = s.id"
            }
        }
    }

    /// The column that holds the project. The plus keeps SQLite from choosing
    /// its index.
    fn project_column(self) -> &'static str {
        match self {
            Self::Label | Self::Scan => "+n.project",
            Self::NumberIndex => "n.project",
            Self::Text { .. } | Self::TextIndex => "s.project",
        }
    }
}

impl Source {
    fn new(
        driver: Driver,
        texts: bool,
        project: ProjectId,
        query: &SessionQuery,
        labels: &[String],
    ) -> Self {
        let mut conditions = Conditions::default();
        conditions.compare(driver.project_column(), "=", project.0);
        for label in labels {
            conditions.term(label_term(driver, label));
        }
        add_numbers(&mut conditions, query);
        if let Some(text) = &query.text {
            let place = conditions.bind(text.to_lowercase());
            conditions.term(format!(
                "(contains_folded(s.sid, {place}) OR contains_folded(s.name, {place}))"
            ));
        }
        Self {
            from: driver.from(texts),
            conditions,
        }
    }

    fn values(&self) -> impl rusqlite::Params {
        params_from_iter(self.conditions.values())
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
        let dominant = is_dominant(connection, total)?;
        let driver = driver(connection, query, &labels, dominant)?;
        let by_text = matches!(query.sort, SessionSort::SessionId | SessionSort::Name);
        let texts = by_text || query.text.is_some();
        let count = match driver {
            _ if is_unfiltered(query) => Count::Known(total),
            Driver::Label | Driver::Text { .. } => Count::WithRows,
            Driver::TextIndex if dominant => {
                Count::Apart(Source::new(Driver::Scan, false, project, query, &labels))
            }
            Driver::TextIndex => Count::Apart(Source::new(
                Driver::NumberIndex,
                false,
                project,
                query,
                &labels,
            )),
            _ => Count::Apart(Source::new(driver, false, project, query, &labels)),
        };
        Ok(Some(Self {
            rows: Source::new(driver, texts, project, query, &labels),
            order: order_by(query, driver),
            count,
        }))
    }

    /// Returns the row ids of a part of the list, in order, and the size of the
    /// whole.
    pub(super) fn run(&self, connection: &Connection, window: Window) -> Result<(Vec<i64>, u64)> {
        let (ids, count) = match &self.count {
            Count::Known(total) => (self.ids(connection, &limit(window))?, *total),
            Count::Apart(source) => {
                let sql = format!(
                    "SELECT count(*) FROM {} WHERE {}",
                    source.from,
                    source.conditions.sql()
                );
                let count = connection
                    .prepare_cached(&sql)?
                    .query_row(source.values(), |row| row.get(0))?;
                (self.ids(connection, &limit(window))?, count)
            }
            Count::WithRows => {
                let ids = self.ids(connection, "")?;
                let count = ids.len() as i64;
                let offset = usize::try_from(window.offset).unwrap_or(usize::MAX);
                (
                    ids.into_iter()
                        .skip(offset)
                        .take(window.limit as usize)
                        .collect(),
                    count,
                )
            }
        };
        Ok((ids, u64::try_from(count).unwrap_or(0)))
    }

    fn ids(&self, connection: &Connection, limit: &str) -> Result<Vec<i64>> {
        let Source { from, conditions } = &self.rows;
        let sql = format!(
            "SELECT n.id FROM {from} WHERE {} ORDER BY {} {limit}",
            conditions.sql(),
            self.order
        );
        let mut select = connection.prepare_cached(&sql)?;
        let ids = select.query_map(self.rows.values(), |row| row.get(0))?;
        Ok(ids.collect::<rusqlite::Result<_>>()?)
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
    dominant: bool,
) -> Result<Driver> {
    let ordered = matches!(query.sort, SessionSort::Recent | SessionSort::First);
    for label in labels {
        if !ordered || is_rare(connection, label)? {
            return Ok(Driver::Label);
        }
    }
    let ranged = query.started_after.is_some() || query.started_before.is_some();
    Ok(if query.text.is_some() {
        Driver::Text { dominant }
    } else if ordered || ranged || query.has_error == Some(true) {
        Driver::NumberIndex
    } else if matches!(query.sort, SessionSort::SessionId | SessionSort::Name) {
        Driver::TextIndex
    } else if dominant {
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
