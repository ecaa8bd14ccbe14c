//! How a list of sessions is found. SQLite's planner does not know how many
//! rows a condition leaves, so which table drives a query is decided here, from
//! kept counters and capped counts.

use pandaprobe_model::ProjectId;
use pandaprobe_model::filter::{Entity, Filter, Kind, Term, Test};
use pandaprobe_model::query::{SessionQuery, SessionSort, Window};
use rusqlite::{Connection, params_from_iter};

use super::filter::{Compiler, label_condition, label_kind};
use super::sql::{Conditions, direction, limit};
use crate::Result;

/// A label carried by fewer sessions than this drives the query even if there
/// is an index in the wanted order; a commoner one is tested along that order.
const RARE_LABEL: i64 = 4000;

/// So many pieces of a text narrow the search enough.
const MOST_PIECES: usize = 24;

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
    /// By the labels' own index: the dimension ids are all there is to match.
    Labels(String),
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
    /// Ids are given: their index finds them.
    Id,
    /// A text of three letters or more: the index of their pieces says where it
    /// may be.
    Pieces,
    /// A shorter text must be looked for in all ids and names, in table order
    /// or, in a small project, by an index.
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
            (Self::Pieces, _) | (Self::Label | Self::NumberIndex, true) => {
                "session_num n JOIN session s ON s.id = n.id"
            }
            (Self::Scan, false) => "session_num n NOT INDEXED",
            (Self::Scan, true) => "session_num n NOT INDEXED JOIN session s ON s.id = n.id",
            (Self::Text { dominant: true }, _) => {
                "session s NOT INDEXED CROSS JOIN session_num n ON n.id = s.id"
            }
            (Self::Id | Self::Text { .. } | Self::TextIndex, _) => {
                "session s CROSS JOIN session_num n ON n.id = s.id"
            }
        }
    }

    /// The column that holds the project. The plus keeps SQLite from choosing
    /// its index.
    fn project_column(self) -> &'static str {
        match self {
            Self::Label | Self::Pieces | Self::Scan => "+n.project",
            Self::NumberIndex => "n.project",
            Self::Id | Self::Text { .. } | Self::TextIndex => "s.project",
        }
    }
}

/// A condition that a session must meet, as SQL with values of its own.
#[derive(Debug)]
struct Part {
    /// The dimension ids of which it must have one, as the inside of an IN.
    label: Option<String>,
    /// A search in `session_text` that finds all that may match.
    search: Option<String>,
    /// What to plan by.
    nature: Nature,
}

/// What a condition is, as far as planning cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nature {
    /// A user or tag.
    Label,
    /// A text to look for in ids and names.
    Text,
    /// Ids as they are.
    Id,
    /// A bound of first or last activity.
    Range,
    /// Some trace failed.
    Failed,
    /// Anything else that is in the narrow table.
    Number,
    /// Anything else.
    Other,
}

impl Nature {
    fn of(part: &Filter) -> Self {
        match part {
            Filter::Text(_) => Self::Text,
            Filter::Is(Term { field, test, .. }) => match (field.kind, test) {
                (Kind::Texts, Test::OneOf(_)) => Self::Label,
                (Kind::Text, Test::OneOf(_)) if field.name == "session" => Self::Id,
                (Kind::Text, _) => Self::Text,
                (Kind::Time | Kind::Ago, Test::Whole(_)) => Self::Range,
                (Kind::Word(_), Test::OneOf(words)) if *words == ["error"] => Self::Failed,
                (Kind::Count | Kind::Money | Kind::Duration | Kind::Word(_), _) => Self::Number,
                _ => Self::Other,
            },
            _ => Self::Other,
        }
    }
}

impl Source {
    fn new(
        connection: &Connection,
        driver: Driver,
        texts: bool,
        project: ProjectId,
        filter: &Filter,
        parts: &[Part],
    ) -> Result<Self> {
        let mut conditions = Conditions::default();
        conditions.compare(driver.project_column(), "=", project.0);
        let mut texts = texts;
        for (part, known) in filter.parts().iter().zip(parts) {
            let condition = match &known.label {
                Some(label) if driver == Driver::Label => {
                    format!("n.id IN (SELECT session FROM session_label WHERE dim IN ({label}))")
                }
                Some(label) => label_condition(label),
                None => {
                    let mut compiler = Compiler::new(connection, project, &mut conditions);
                    compiler.filter(Entity::Session, part)?
                }
            };
            // Only these are not in the narrow table.
            texts |= ["s.sid", "s.name", "s.metadata"]
                .iter()
                .any(|column| condition.contains(column));
            conditions.term(condition);
            if let (Driver::Pieces, Some(search)) = (driver, &known.search) {
                let search = conditions.bind(search.clone());
                conditions.term(format!(
                    "n.id IN (SELECT rowid FROM session_text WHERE session_text MATCH {search})"
                ));
            }
        }
        Ok(Self {
            from: driver.from(texts),
            conditions,
        })
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
        let filter = &query.filter;
        let parts = parts(connection, project, filter)?;
        if parts.iter().any(|part| part.label.as_deref() == Some("")) {
            return Ok(None);
        }
        let total = kept_total(connection, project)?;
        let dominant = is_dominant(connection, total)?;
        let driver = driver(connection, query, &parts, dominant)?;
        let by_text = matches!(query.sort, SessionSort::SessionId | SessionSort::Name);
        let source =
            |driver, texts| Source::new(connection, driver, texts, project, filter, &parts);
        let only_label = match parts.as_slice() {
            [only] => only.label.clone(),
            _ => None,
        };
        let count = match (driver, only_label) {
            _ if filter.is_all() => Count::Known(total),
            (Driver::Label | Driver::Id | Driver::Pieces | Driver::Text { .. }, _) => {
                Count::WithRows
            }
            (_, Some(label)) => Count::Labels(label),
            (Driver::TextIndex, _) if dominant => Count::Apart(source(Driver::Scan, false)?),
            (Driver::TextIndex, _) => Count::Apart(source(Driver::NumberIndex, false)?),
            (driver, _) => Count::Apart(source(driver, false)?),
        };
        Ok(Some(Self {
            rows: source(driver, by_text)?,
            order: order_by(query, driver),
            count,
        }))
    }

    /// Returns the row ids of a part of the list, in order, and the size of the
    /// whole.
    pub(super) fn run(&self, connection: &Connection, window: Window) -> Result<(Vec<i64>, u64)> {
        let (ids, count) = match &self.count {
            Count::Known(total) => (self.ids(connection, &limit(window))?, *total),
            Count::Labels(dims) => {
                let sql = format!(
                    "SELECT count(DISTINCT session) FROM session_label WHERE dim IN ({dims})"
                );
                let count = connection.prepare(&sql)?.query_row([], |row| row.get(0))?;
                (self.ids(connection, &limit(window))?, count)
            }
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

/// What the parts of a filter are, in their order.
fn parts(connection: &Connection, project: ProjectId, filter: &Filter) -> Result<Vec<Part>> {
    let part = |part: &Filter| {
        let nature = Nature::of(part);
        let label = match part {
            Filter::Is(term) if nature == Nature::Label => {
                let mut unused = Conditions::default();
                let mut compiler = Compiler::new(connection, project, &mut unused);
                Some(compiler.dims(label_kind(term.field.name), &term.test)?)
            }
            _ => None,
        };
        Ok(Part {
            label,
            search: needle(part).and_then(search),
            nature,
        })
    };
    filter.parts().iter().map(part).collect()
}

/// The text that must be part of an id or name, lower-cased.
fn needle(part: &Filter) -> Option<String> {
    match part {
        Filter::Text(text) => Some(text.to_lowercase()),
        Filter::Is(Term { field, test, .. }) if field.kind == Kind::Text => match test {
            Test::Contains(text) | Test::StartsWith(text) | Test::EndsWith(text) => {
                Some(text.to_lowercase())
            }
            // Ids have an index of their own.
            Test::OneOf(texts) if field.name != "session" && texts.len() == 1 => {
                texts.first().map(|text| text.to_lowercase())
            }
            _ => None,
        },
        _ => None,
    }
}

/// The search for all three-letter pieces of a text; `None` if it has none.
fn search(needle: String) -> Option<String> {
    let letters: Vec<char> = needle.chars().collect();
    let pieces: Vec<String> = letters
        .windows(3)
        .take(MOST_PIECES)
        .map(|piece| {
            let piece: String = piece.iter().collect();
            format!("\"{}\"", piece.replace('"', "\"\""))
        })
        .collect();
    (!pieces.is_empty()).then(|| pieces.join(" AND "))
}

fn driver(
    connection: &Connection,
    query: &SessionQuery,
    parts: &[Part],
    dominant: bool,
) -> Result<Driver> {
    let ordered = matches!(query.sort, SessionSort::Recent | SessionSort::First);
    for label in parts.iter().filter_map(|part| part.label.as_deref()) {
        if !ordered || is_rare(connection, label)? {
            return Ok(Driver::Label);
        }
    }
    let any = |nature| parts.iter().any(|part| part.nature == nature);
    Ok(if any(Nature::Id) {
        Driver::Id
    } else if parts.iter().any(|part| part.search.is_some()) {
        Driver::Pieces
    } else if any(Nature::Text) {
        Driver::Text { dominant }
    } else if any(Nature::Number) && dominant {
        // Nobody knows how many rows it leaves; walking an index to find few
        // would jump from page to page.
        Driver::Scan
    } else if ordered || any(Nature::Range) || any(Nature::Failed) {
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
    let plus = match driver {
        Driver::Label | Driver::Id | Driver::Pieces => "+",
        _ => "",
    };
    match query.sort {
        SessionSort::Recent => format!("{plus}n.last_act {direction}, n.id {direction}"),
        SessionSort::Errors => {
            format!("n.errors {direction}, n.span_errors {direction}, n.last_act DESC, n.id DESC")
        }
        _ => format!("{plus}{key} {direction}, n.last_act DESC, n.id DESC"),
    }
}
