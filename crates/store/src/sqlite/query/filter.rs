//! From a filter to SQL conditions.
//!
//! Each kind of thing has an alias for its row: `n` and `s` for sessions (their
//! numbers and texts), `t` for traces, `p` for spans, `u` and `d` for users (and
//! their ids). A condition may be null where a value is missing; what is negated
//! counts that as false.

use std::ops::Bound;

use pandaprobe_model::filter::{Entity, Filter, Interval, Kind, Term, Test};
use pandaprobe_model::trace::{SpanKind, SpanStatus, TraceStatus};
use pandaprobe_model::{ProjectId, SpanId, TraceId};
use rusqlite::Connection;
use rusqlite::types::Value;

use super::sql::Conditions;
use crate::Result;
use crate::sqlite::codes;
use crate::sqlite::dims::{self, Kind as Dim};

/// A condition that nothing meets.
const NOTHING: &str = "0";

/// What compiling needs besides the filter.
pub(super) struct Compiler<'a> {
    connection: &'a Connection,
    project: ProjectId,
    /// Takes the values.
    binds: &'a mut Conditions,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        project: ProjectId,
        binds: &'a mut Conditions,
    ) -> Self {
        Self {
            connection,
            project,
            binds,
        }
    }

    /// Returns the condition of a filter over `entity`.
    pub(super) fn filter(&mut self, entity: Entity, filter: &Filter) -> Result<String> {
        Ok(match filter {
            Filter::And(parts) if parts.is_empty() => "1".into(),
            Filter::Or(parts) if parts.is_empty() => NOTHING.into(),
            Filter::And(parts) => self.joined(entity, parts, " AND ")?,
            Filter::Or(parts) => self.joined(entity, parts, " OR ")?,
            Filter::Not(inner) => format!("({} IS NOT TRUE)", self.filter(entity, inner)?),
            Filter::Text(text) => self.text(entity, text),
            Filter::Is(term) => self.term(entity, term)?,
            Filter::Count {
                inside,
                filter,
                count,
            } => self.count(entity, *inside, filter, *count)?,
        })
    }

    fn joined(&mut self, entity: Entity, parts: &[Filter], word: &str) -> Result<String> {
        let parts = parts.iter().map(|part| self.filter(entity, part));
        let parts: Vec<String> = parts.collect::<Result<_>>()?;
        Ok(format!("({})", parts.join(word)))
    }

    /// Free text: a name or an id holds it.
    fn text(&mut self, entity: Entity, text: &str) -> String {
        let place = self.binds.bind(text.to_lowercase());
        let column = |column: &str| format!("contains_folded({column}, {place})");
        let named = |column: &str, kinds: &str| {
            format!(
                "{column} IN (SELECT id FROM dim WHERE project = {} AND kind IN ({kinds}) AND contains_folded(text, {place}))",
                self.project.0
            )
        };
        let name = (Dim::Name as i64).to_string();
        match entity {
            Entity::Session => format!("({} OR {})", column("s.sid"), column("s.name")),
            Entity::Trace => format!(
                "({} OR {} OR {})",
                named("t.name", &name),
                column("uuid_text(t.trace_id)"),
                column("(SELECT sid FROM session WHERE id = t.session)")
            ),
            Entity::Span => format!(
                "({} OR {})",
                named("p.name", &name),
                column("uuid_text(p.span_id)")
            ),
            Entity::User => column("d.text"),
        }
    }

    fn count(
        &mut self,
        entity: Entity,
        inside: Entity,
        filter: &Filter,
        count: Interval<i64>,
    ) -> Result<String> {
        let from = match (entity, inside) {
            (Entity::Session, Entity::Trace) => "trace t WHERE t.session = n.id",
            (Entity::Session, _) => {
                "trace t CROSS JOIN span p ON p.trace = t.id WHERE t.session = n.id"
            }
            (_, _) => "span p WHERE p.trace = t.id",
        };
        let condition = self.filter(inside, filter)?;
        if count == Interval::at_least(1) {
            return Ok(format!("EXISTS (SELECT 1 FROM {from} AND {condition})"));
        }
        let found = format!("(SELECT count(*) FROM {from} AND {condition})");
        Ok(self.whole(&found, count))
    }

    fn term(&mut self, entity: Entity, term: &Term) -> Result<String> {
        let Term { field, key, test } = term;
        if let Test::Whole(range) = test {
            return Ok(self.whole(number(entity, field.name), *range));
        }
        match field.kind {
            Kind::Texts if entity == Entity::Session => {
                let dims = self.dims(label_kind(field.name), test)?;
                Ok(label_condition(&dims))
            }
            Kind::Texts => {
                let dims = self.dims(Dim::Tag, test)?;
                Ok(format!(
                    "t.id IN (SELECT trace FROM trace_label WHERE dim IN ({dims}))"
                ))
            }
            Kind::Word(_) | Kind::Flag => Ok(self.word(entity, field.name, test)),
            Kind::Keyed => self.metadata(entity, key.as_deref().unwrap_or_default(), test),
            Kind::Score => Ok(self.score(entity, key.as_deref().unwrap_or_default(), test)),
            Kind::Text => self.text_field(entity, field.name, test),
            // Only existence is left to ask of numbers.
            Kind::Count | Kind::Money | Kind::Duration | Kind::Time | Kind::Ago => {
                Ok(format!("{} IS NOT NULL", number(entity, field.name)))
            }
        }
    }

    /// The ids of the texts of a kind that pass a test, as the inside of an IN.
    pub(super) fn dims(&mut self, kind: Dim, test: &Test) -> Result<String> {
        if let Test::OneOf(texts) = test {
            let mut ids = Vec::new();
            for text in texts {
                let id = dims::find(self.connection, self.project, kind, text)?;
                ids.extend(id.map(|id| id.to_string()));
            }
            return Ok(ids.join(","));
        }
        let condition = self.text_test("text", test);
        Ok(format!(
            "SELECT id FROM dim WHERE project = {} AND kind = {} AND {condition}",
            self.project.0, kind as i64
        ))
    }

    fn text_field(&mut self, entity: Entity, name: &str, test: &Test) -> Result<String> {
        let dim = match (entity, name) {
            (Entity::Trace, "name") => Some(("t.name", Dim::Name)),
            (Entity::Trace, "user") => Some(("t.user", Dim::User)),
            (Entity::Trace, "environment") => Some(("t.environment", Dim::Environment)),
            (Entity::Trace, "release") => Some(("t.release", Dim::Release)),
            (Entity::Span, "name") => Some(("p.name", Dim::Name)),
            (Entity::Span, "model") => Some(("p.model", Dim::Model)),
            _ => None,
        };
        if let Some((column, kind)) = dim {
            if *test == Test::Exists {
                return Ok(format!("{column} IS NOT NULL"));
            }
            let dims = self.dims(kind, test)?;
            return Ok(format!("{column} IN ({dims})"));
        }
        Ok(match (entity, name) {
            (Entity::Session, "session") => self.text_test("s.sid", test),
            (Entity::Session, _) => self.text_test("s.name", test),
            (Entity::Trace, "session") if *test == Test::Exists => "t.session IS NOT NULL".into(),
            (Entity::Trace, "session") if matches!(test, Test::OneOf(_)) => {
                format!("t.session IN ({})", self.sessions(test)?)
            }
            (Entity::Trace, "session") => {
                let condition = self.text_test("sid", test);
                format!(
                    "t.session IN (SELECT id FROM session WHERE project = {} AND {condition})",
                    self.project.0
                )
            }
            (Entity::Trace, _) => self.id("t.trace_id", test, |text| {
                TraceId::parse(text).ok().map(|id| id.to_bytes().to_vec())
            }),
            (Entity::Span, "trace") => {
                let condition = self.id("i.trace_id", test, |text| {
                    TraceId::parse(text).ok().map(|id| id.to_bytes().to_vec())
                });
                format!("EXISTS (SELECT 1 FROM trace i WHERE i.id = p.trace AND {condition})")
            }
            (Entity::Span, _) => self.id("p.span_id", test, |text| {
                SpanId::parse(text).ok().map(|id| id.to_bytes().to_vec())
            }),
            (Entity::User, _) => self.text_test("d.text", test),
        })
    }

    /// The row ids of sessions by their ids. One of them, written down, lets its
    /// index give the order too.
    fn sessions(&self, test: &Test) -> Result<String> {
        let mut rows = Vec::new();
        if let Test::OneOf(ids) = test {
            for id in ids {
                let row = super::sessions::find(self.connection, self.project, id)?;
                rows.extend(row.map(|row| row.to_string()));
            }
        }
        Ok(rows.join(","))
    }

    /// Ids are compared as ids, whichever way they are written; parts of them in
    /// the form that is shown.
    fn id(&mut self, column: &str, test: &Test, parse: fn(&str) -> Option<Vec<u8>>) -> String {
        match test {
            Test::OneOf(texts) => {
                let ids = texts.iter().filter_map(|text| parse(text));
                let places: Vec<_> = ids.map(|id| self.binds.bind(id)).collect();
                format!("{column} IN ({})", places.join(","))
            }
            test => self.text_test(&format!("uuid_text({column})"), test),
        }
    }

    fn text_test(&mut self, column: &str, test: &Test) -> String {
        let (function, text) = match test {
            Test::Exists | Test::Whole(_) | Test::Real(_) => {
                return format!("{column} IS NOT NULL");
            }
            Test::OneOf(texts) => {
                let places: Vec<_> = texts
                    .iter()
                    .map(|text| self.binds.bind(text.clone()))
                    .collect();
                return format!("{column} IN ({})", places.join(","));
            }
            Test::Contains(text) => ("contains_folded", text),
            Test::StartsWith(text) => ("starts_folded", text),
            Test::EndsWith(text) => ("ends_folded", text),
        };
        let place = self.binds.bind(text.to_lowercase());
        format!("{function}({column}, {place})")
    }

    fn word(&mut self, entity: Entity, name: &str, test: &Test) -> String {
        let Test::OneOf(words) = test else {
            return "1".into();
        };
        let conditions: Vec<String> = words
            .iter()
            .map(|word| word_condition(entity, name, word))
            .collect();
        format!("({})", conditions.join(" OR "))
    }

    fn metadata(&mut self, entity: Entity, key: &str, test: &Test) -> Result<String> {
        if entity == Entity::Session {
            let key = self.binds.bind(key.to_owned());
            return Ok(match test {
                Test::Real(range) => {
                    self.real(&format!("member_number(s.metadata, {key})"), *range)
                }
                test => self.text_test(&format!("member_text(s.metadata, {key})"), test),
            });
        }
        let key = dims::find(self.connection, self.project, Dim::MetadataKey, key)?;
        let Some(key) = key else {
            return Ok(NOTHING.into());
        };
        let condition = match test {
            Test::Exists => "1".to_owned(),
            Test::Real(range) => self.real("text_number(m.value)", *range),
            test => self.text_test("m.value", test),
        };
        let of_key = format!("trace_meta m WHERE m.key = {key} AND {condition}");
        Ok(match test {
            Test::OneOf(_) => format!("t.id IN (SELECT m.trace FROM {of_key})"),
            _ => format!("EXISTS (SELECT 1 FROM {of_key} AND m.trace = t.id)"),
        })
    }

    /// The latest score of a name; of a session, among those of its traces.
    fn score(&mut self, entity: Entity, name: &str, test: &Test) -> String {
        let name = self.binds.bind(name.to_owned());
        let from = match entity {
            Entity::Session => {
                "trace i CROSS JOIN score c ON c.trace = i.id WHERE i.session = n.id"
            }
            _ => "score c WHERE c.trace = t.id",
        };
        let latest = |value: &str| {
            format!(
                "(SELECT {value} FROM {from} AND c.name = {name} ORDER BY c.created DESC, c.id DESC LIMIT 1)"
            )
        };
        let numeric = codes::score_data_type(pandaprobe_model::score::ScoreDataType::Numeric);
        match test {
            Test::Real(range) => {
                let value = latest(&format!(
                    "iif(c.data_type = {numeric}, CAST(c.value AS REAL), NULL)"
                ));
                self.real(&value, *range)
            }
            test => self.text_test(&latest("c.value"), test),
        }
    }

    fn whole(&mut self, value: &str, range: Interval<i64>) -> String {
        self.range(
            value,
            range.low.map(Value::from),
            range.high.map(Value::from),
        )
    }

    fn real(&mut self, value: &str, range: Interval<f64>) -> String {
        self.range(
            value,
            range.low.map(Value::from),
            range.high.map(Value::from),
        )
    }

    fn range(&mut self, value: &str, low: Bound<Value>, high: Bound<Value>) -> String {
        if let (Bound::Included(low), Bound::Included(high)) = (&low, &high)
            && low == high
        {
            let place = self.binds.bind(low.clone());
            return format!("{value} = {place}");
        }
        let mut parts = Vec::new();
        for (bound, with, without) in [(low, ">=", ">"), (high, "<=", "<")] {
            let (operator, bound) = match bound {
                Bound::Included(bound) => (with, bound),
                Bound::Excluded(bound) => (without, bound),
                Bound::Unbounded => continue,
            };
            let place = self.binds.bind(bound);
            parts.push(format!("{value} {operator} {place}"));
        }
        match parts.as_slice() {
            [] => format!("{value} IS NOT NULL"),
            parts => format!("({})", parts.join(" AND ")),
        }
    }
}

/// The texts that a label of sessions is one of.
pub(super) fn label_kind(field: &str) -> Dim {
    match field {
        "tag" => Dim::Tag,
        _ => Dim::User,
    }
}

/// That a session has one of the labels in an IN.
pub(super) fn label_condition(dims: &str) -> String {
    format!("EXISTS (SELECT 1 FROM session_label l WHERE l.session = n.id AND l.dim IN ({dims}))")
}

/// The expression of a numeric field.
fn number(entity: Entity, name: &str) -> &'static str {
    match (entity, name) {
        (Entity::Session, "cost") => "n.cost",
        (Entity::Session, "tokens") => {
            "(n.input + n.cache_read + n.cache_write + n.output + n.reasoning + n.audio_input + n.audio_output)"
        }
        (Entity::Session, "tokens.input") => "n.input",
        (Entity::Session, "tokens.cache_read") => "n.cache_read",
        (Entity::Session, "tokens.cache_write") => "n.cache_write",
        (Entity::Session, "tokens.output") => "n.output",
        (Entity::Session, "tokens.reasoning") => "n.reasoning",
        (Entity::Session, "duration") => "(n.last_act - n.first_act)",
        (Entity::Session, "latency") => "iif(n.ended > 0, n.latency, NULL)",
        (Entity::Session, "traces") => "n.traces",
        (Entity::Session, "spans") => "n.spans",
        (Entity::Session, "errors") => "n.errors",
        (Entity::Session, "span_errors") => "n.span_errors",
        (Entity::Session, "unpriced") => "n.unpriced",
        (Entity::Session, "started") => "n.first_act",
        (Entity::Session, "active" | "last") => "n.last_act",
        (Entity::Trace, "cost") => "t.cost",
        (Entity::Trace, "tokens") => {
            "(t.input + t.cache_read + t.cache_write + t.output + t.reasoning + t.audio_input + t.audio_output)"
        }
        (Entity::Trace, "duration") => "(t.last_act - t.first_act)",
        (Entity::Trace, "latency") => "(t.ended - t.started)",
        (Entity::Trace, "spans") => "t.spans",
        (Entity::Trace, "span_errors") => "t.span_errors",
        (Entity::Trace, "unpriced") => "t.unpriced",
        (Entity::Trace, "started" | "last") => "t.started",
        (Entity::Trace, "ended") => "t.ended",
        (Entity::Span, "cost") => "p.cost",
        (Entity::Span, "tokens") => {
            "(p.input + p.cache_read + p.cache_write + p.output + p.reasoning + p.audio_input + p.audio_output)"
        }
        (Entity::Span, "duration") => "(p.ended - p.started)",
        (Entity::Span, "ttft") => "(p.first_token - p.started)",
        (Entity::Span, "started" | "last") => "p.started",
        (Entity::Span, "ended") => "p.ended",
        (Entity::User, "traces") => "u.traces",
        (Entity::User, "sessions") => "u.sessions",
        (Entity::User, "errors") => "u.errors",
        (Entity::User, "tokens") => "u.tokens",
        (Entity::User, "cost") => "u.cost",
        (Entity::User, "first") => "u.first_seen",
        (Entity::User, "seen" | "last") => "u.last_seen",
        _ => "NULL",
    }
}

fn word_condition(entity: Entity, name: &str, word: &str) -> String {
    let upper = word.to_ascii_uppercase();
    match (entity, name) {
        (Entity::Session, _) if word == "error" => "n.errors > 0".into(),
        (Entity::Session, _) => "n.errors = 0".into(),
        (Entity::Trace, _) => match TraceStatus::parse(&upper) {
            Some(TraceStatus::Completed) => format!(
                "t.status IN ({}, {})",
                codes::trace_status(Some(TraceStatus::Completed)),
                codes::STATUS_NOT_GIVEN
            ),
            Some(status) => format!("t.status = {}", codes::trace_status(Some(status))),
            None => NOTHING.into(),
        },
        (Entity::Span, "kind") => match SpanKind::parse(&upper) {
            // What was never said counts as the default.
            Some(SpanKind::Other) => {
                format!(
                    "coalesce(p.kind, {0}) = {0}",
                    codes::span_kind(SpanKind::Other)
                )
            }
            Some(kind) => format!("p.kind = {}", codes::span_kind(kind)),
            None => NOTHING.into(),
        },
        (Entity::Span, _) => match SpanStatus::parse(&upper) {
            Some(SpanStatus::Unset) => {
                format!(
                    "coalesce(p.status, {0}) = {0}",
                    codes::span_status(SpanStatus::Unset)
                )
            }
            Some(status) => format!("p.status = {}", codes::span_status(status)),
            None => NOTHING.into(),
        },
        (Entity::User, _) => NOTHING.into(),
    }
}
