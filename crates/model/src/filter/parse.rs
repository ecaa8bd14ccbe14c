//! From tokens to a filter.

use std::ops::Bound;

use super::field::{Entity, Field, Kind};
use super::token::{Compare, Token, TokenKind, tokens};
use super::value::{self, Literal, between, end_of, stretch, text_test};
use super::{Filter, FilterError, Interval, Term, Test};
use crate::Timestamp;

/// How much a filter may ask for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Characters of text.
    pub chars: usize,
    /// Brackets within brackets.
    pub depth: usize,
    /// Tests in all.
    pub terms: usize,
    /// Values in a list.
    pub values: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            chars: 4096,
            depth: 16,
            terms: 64,
            values: 100,
        }
    }
}

/// Parses a filter over `entity`. Relative times count from `now`. An empty text
/// is the filter that everything passes.
///
/// # Errors
/// [`FilterError`] with the place of the first mistake and what was expected.
pub fn parse(
    text: &str,
    entity: Entity,
    now: Timestamp,
    limits: Limits,
) -> Result<Filter, FilterError> {
    let chars = text.chars().count();
    if chars > limits.chars {
        return Err(FilterError {
            at: limits.chars,
            len: chars - limits.chars,
            message: format!("the filter is longer than {} characters", limits.chars),
            nearest: None,
        });
    }
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
        end: chars,
        now,
        limits,
        entity,
        depth: 0,
        terms: 0,
    };
    if parser.tokens.is_empty() {
        return Ok(Filter::all());
    }
    let filter = parser.or()?;
    match parser.peek() {
        None => Ok(filter),
        Some(token) => Err(error(token, "this bracket was never opened")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    /// Characters of the text.
    end: usize,
    now: Timestamp,
    limits: Limits,
    /// What the part being parsed filters.
    entity: Entity,
    depth: usize,
    terms: usize,
}

fn error(token: &Token, message: impl Into<String>) -> FilterError {
    FilterError {
        at: token.at,
        len: token.len,
        message: message.into(),
        nearest: None,
    }
}

fn is_word(token: &Token, word: &str) -> bool {
    matches!(&token.kind, TokenKind::Word(text) if text.eq_ignore_ascii_case(word))
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += usize::from(token.is_some());
        token
    }

    fn take(&mut self, kind: &TokenKind) -> bool {
        let there = self.peek().is_some_and(|token| token.kind == *kind);
        self.at += usize::from(there);
        there
    }

    fn take_word(&mut self, word: &str) -> bool {
        let there = self.peek().is_some_and(|token| is_word(token, word));
        self.at += usize::from(there);
        there
    }

    /// The mistake of ending, or going on, where something else was expected.
    fn expected(&self, what: &str) -> FilterError {
        match self.peek() {
            Some(token) => error(token, format!("expected {what}")),
            None => FilterError {
                at: self.end,
                len: 0,
                message: format!("expected {what}"),
                nearest: None,
            },
        }
    }

    fn or(&mut self) -> Result<Filter, FilterError> {
        let mut parts = vec![self.and()?];
        while self.take_word("or") {
            parts.push(self.and()?);
        }
        Ok(one_or(parts, Filter::Or))
    }

    fn and(&mut self) -> Result<Filter, FilterError> {
        let mut parts = vec![self.not()?];
        loop {
            let joined = self.take_word("and");
            let ends = self
                .peek()
                .is_none_or(|token| token.kind == TokenKind::Close || is_word(token, "or"));
            if ends && !joined {
                return Ok(one_or(parts, Filter::And));
            }
            parts.push(self.not()?);
        }
    }

    fn not(&mut self) -> Result<Filter, FilterError> {
        let negated = self.take(&TokenKind::Minus) || self.take_word("not");
        if !negated {
            return self.term();
        }
        self.deeper(|parser| Ok(Filter::Not(Box::new(parser.not()?))))
    }

    fn deeper<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<T, FilterError>,
    ) -> Result<T, FilterError> {
        self.depth += 1;
        if self.depth > self.limits.depth {
            let what = format!("not more than {} levels of brackets", self.limits.depth);
            return Err(self.expected(&what));
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn term(&mut self) -> Result<Filter, FilterError> {
        self.terms += 1;
        if self.terms > self.limits.terms {
            let what = format!("not more than {} conditions", self.limits.terms);
            return Err(self.expected(&what));
        }
        const WANTED: &str = "a condition, such as cost:>0.5, or a text to look for";
        let Some(token) = self.next() else {
            return Err(self.expected(WANTED));
        };
        match &token.kind {
            TokenKind::Open => self.deeper(|parser| {
                let filter = parser.or()?;
                parser.close()?;
                Ok(filter)
            }),
            TokenKind::Quoted(text) => Ok(Filter::Text(text.clone())),
            TokenKind::Word(word) if !is_word(&token, "or") && !is_word(&token, "and") => {
                self.word(&token, word)
            }
            _ => Err(error(&token, format!("expected {WANTED}"))),
        }
    }

    fn close(&mut self) -> Result<(), FilterError> {
        if self.take(&TokenKind::Close) {
            return Ok(());
        }
        Err(self.expected("a closing bracket"))
    }

    fn word(&mut self, token: &Token, word: &str) -> Result<Filter, FilterError> {
        let next = self.peek();
        let adjoins = |kind: &TokenKind| next.is_some_and(|next| next.kind == *kind && !next.apart);
        let any = word.eq_ignore_ascii_case("any");
        if (any || word.eq_ignore_ascii_case("count")) && adjoins(&TokenKind::Open) {
            return self.inside(any);
        }
        if adjoins(&TokenKind::Colon)
            || next.is_some_and(|next| matches!(next.kind, TokenKind::Compare(_)))
        {
            return self.field(token, word, None);
        }
        let quoted = next
            .filter(|next| word.ends_with('.') && !next.apart)
            .cloned();
        if let Some(Token {
            kind: TokenKind::Quoted(key),
            ..
        }) = quoted
        {
            self.at += 1;
            return self.field(token, word.trim_end_matches('.'), Some(key));
        }
        Ok(Filter::Text(word.to_owned()))
    }

    /// `any(span: …)` and `count(span: …) > 20`, after their first word.
    fn inside(&mut self, any: bool) -> Result<Filter, FilterError> {
        self.take(&TokenKind::Open);
        let known = self.entity.inside();
        let names: Vec<&str> = known.iter().map(|entity| entity.name()).collect();
        let found = self.peek().and_then(|token| {
            known
                .iter()
                .find(|entity| is_word(token, entity.name()))
                .copied()
        });
        let Some(inside) = found else {
            return Err(match names.as_slice() {
                [] => self.expected(&format!(
                    "no any() or count(): {}s hold nothing to look into",
                    self.entity.name()
                )),
                names => self.expected(&names.join(" or ")),
            });
        };
        self.at += 1;
        let outside = std::mem::replace(&mut self.entity, inside);
        let filter = self.deeper(|parser| {
            let empty = !parser.take(&TokenKind::Colon)
                || parser
                    .peek()
                    .is_some_and(|token| token.kind == TokenKind::Close);
            let filter = if empty { Filter::all() } else { parser.or()? };
            parser.close()?;
            Ok(filter)
        })?;
        self.entity = outside;
        let count = if any {
            Interval::at_least(1)
        } else {
            self.count()?
        };
        Ok(Filter::Count {
            inside,
            filter: Box::new(filter),
            count,
        })
    }

    /// What stands behind `count(…)`.
    fn count(&mut self) -> Result<Interval<i64>, FilterError> {
        const WANTED: &str = "a comparison with a number, such as > 20";
        self.take(&TokenKind::Colon);
        let Some(Token {
            kind: TokenKind::Compare(compare),
            ..
        }) = self.peek().cloned()
        else {
            return Err(self.expected(WANTED));
        };
        self.at += 1;
        let (token, literal, _) = self.literal(WANTED)?;
        let (value, _) =
            stretch(Kind::Count, &literal, self.now).map_err(|what| error(&token, what))?;
        match compare {
            Compare::NotEqual => Err(error(&token, "count() takes =, <, <=, > and >=")),
            compare => Ok(compared(Kind::Count, compare, (value, value))),
        }
    }

    fn field(
        &mut self,
        token: &Token,
        word: &str,
        quoted_key: Option<String>,
    ) -> Result<Filter, FilterError> {
        let (field, key) = self.find_field(token, word, quoted_key)?;
        let mut compare = None;
        let colon = self.take(&TokenKind::Colon);
        if let Some(TokenKind::Compare(found)) = self.peek().map(|next| next.kind.clone()) {
            self.at += 1;
            compare = Some(found);
        } else if !colon {
            return Err(self.expected("a value behind a colon"));
        }
        let is = |test| {
            Filter::Is(Term {
                field,
                key: key.clone(),
                test,
            })
        };
        if compare.is_none_or(|compare| compare == Compare::Equal)
            && self.peek().is_some_and(|next| next.kind == TokenKind::Open)
        {
            return self.list(field, &is);
        }
        let wanted = format!("a value for {}", field.name);
        let (token, literal, quoted) = self.literal(&wanted)?;
        let literal = Literal {
            text: &literal,
            quoted,
        };
        self.test(field, compare, literal, &is)
            .map_err(|mistake| mistake.at(&token))
    }

    fn find_field(
        &self,
        token: &Token,
        word: &str,
        quoted_key: Option<String>,
    ) -> Result<(&'static Field, Option<String>), FilterError> {
        let entity = self.entity;
        if quoted_key.is_none()
            && let Some(field) = entity.field(word)
        {
            if field.kind.has_key() {
                let message = format!("{0} needs a key, such as {0}.plan", field.name);
                return Err(error(token, message));
            }
            return Ok((field, None));
        }
        let (name, key) = match (word.split_once('.'), quoted_key) {
            (_, Some(key)) => (word, key),
            (Some((name, key)), None) => (name, key.to_owned()),
            (None, None) => (word, String::new()),
        };
        let keyed = entity.field(name).filter(|field| field.kind.has_key());
        match keyed.filter(|_| !key.is_empty()) {
            Some(field) => Ok((field, Some(key))),
            None => Err(self.unknown_field(token, word)),
        }
    }

    fn unknown_field(&self, token: &Token, word: &str) -> FilterError {
        let fields = self.entity.fields();
        let names = fields
            .iter()
            .flat_map(|field| std::iter::once(&field.name).chain(field.aliases));
        FilterError {
            nearest: nearest(word, names.copied()),
            ..error(
                token,
                format!("{}s have no field {word:?}", self.entity.name()),
            )
        }
    }

    /// A word or a quoted text; and whether it was quoted.
    fn literal(&mut self, wanted: &str) -> Result<(Token, String, bool), FilterError> {
        let mut sign = "";
        let mut first = None;
        if self
            .peek()
            .is_some_and(|token| token.kind == TokenKind::Minus)
        {
            first = self.next();
            sign = "-";
        }
        let Some(token) = self.peek().cloned() else {
            return Err(self.expected(wanted));
        };
        let (text, quoted) = match &token.kind {
            TokenKind::Word(text) => (format!("{sign}{text}"), false),
            TokenKind::Quoted(text) if sign.is_empty() => (text.clone(), true),
            _ => return Err(self.expected(wanted)),
        };
        self.at += 1;
        let whole = match first {
            None => token,
            Some(first) => Token {
                len: token.at + token.len - first.at,
                ..first
            },
        };
        Ok((whole, text, quoted))
    }

    /// `(a, b, c)` or `(a OR b)`: any of these.
    fn list(
        &mut self,
        field: &'static Field,
        is: &dyn Fn(Test) -> Filter,
    ) -> Result<Filter, FilterError> {
        self.at += 1;
        let mut texts = Vec::new();
        let mut others = Vec::new();
        loop {
            if texts.len() + others.len() >= self.limits.values {
                let what = format!("not more than {} values", self.limits.values);
                return Err(self.expected(&what));
            }
            let (token, literal, quoted) = self.literal("a value")?;
            let literal = Literal {
                text: &literal,
                quoted,
            };
            let filter = self
                .test(field, None, literal, is)
                .map_err(|mistake| mistake.at(&token))?;
            match filter {
                Filter::Is(Term {
                    test: Test::OneOf(found),
                    ..
                }) => texts.extend(found),
                other => others.push(other),
            }
            if self.take(&TokenKind::Close) {
                break;
            }
            if !self.take(&TokenKind::Comma) && !self.take_word("or") {
                return Err(self.expected("a comma or a closing bracket"));
            }
        }
        if !texts.is_empty() {
            others.push(is(Test::OneOf(texts)));
        }
        Ok(one_or(others, Filter::Or))
    }

    fn test(
        &self,
        field: &'static Field,
        compare: Option<Compare>,
        literal: Literal<'_>,
        is: &dyn Fn(Test) -> Filter,
    ) -> Result<Filter, Mistake> {
        if compare == Some(Compare::NotEqual) {
            let filter = self.test(field, None, literal, is)?;
            return Ok(Filter::Not(Box::new(filter)));
        }
        let ordered = compare.filter(|compare| *compare != Compare::Equal);
        if ordered.is_some() && !field.kind.is_ordered() {
            return Err(Mistake::new(format!(
                "{} has no order: use a colon or !=",
                field.name
            )));
        }
        if literal.text == "*" && !literal.quoted && ordered.is_none() {
            return Ok(is(Test::Exists));
        }
        let test = match field.kind {
            Kind::Text | Kind::Texts => text_test(literal),
            Kind::Word(words) => word_test(words, literal.text)?,
            Kind::Flag => word_test(&["true", "false"], literal.text)?,
            Kind::Count | Kind::Money | Kind::Duration | Kind::Time => {
                Test::Whole(self.whole(field.kind, ordered, literal.text)?)
            }
            Kind::Ago => {
                let (ago, _) = stretch(field.kind, literal.text, self.now)?;
                Test::Whole(Interval::at_least(self.now.0.saturating_sub(ago)))
            }
            Kind::Keyed => match ordered {
                None => text_test(literal),
                Some(compare) => Test::Real(real(compare, literal.text)?),
            },
            Kind::Score => score_test(ordered, literal)?,
        };
        Ok(is(test))
    }

    fn whole(
        &self,
        kind: Kind,
        compare: Option<Compare>,
        text: &str,
    ) -> Result<Interval<i64>, Mistake> {
        let part = |text: &str| stretch(kind, text, self.now).map_err(Mistake::new);
        match (compare, text.split_once("..")) {
            (None, Some((low, high))) if !(low.is_empty() && high.is_empty()) => {
                let side = |text: &str| (!text.is_empty()).then(|| part(text)).transpose();
                Ok(between(kind, side(low)?, side(high)?))
            }
            (compare, _) => Ok(compared(
                kind,
                compare.unwrap_or(Compare::Equal),
                part(text)?,
            )),
        }
    }
}

/// A mistake whose place the caller knows.
struct Mistake {
    message: String,
    nearest: Option<String>,
}

impl Mistake {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            nearest: None,
        }
    }

    fn at(self, token: &Token) -> FilterError {
        FilterError {
            nearest: self.nearest,
            ..error(token, self.message)
        }
    }
}

impl From<String> for Mistake {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}

fn one_or(mut parts: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            join(parts)
        }
    }
}

/// The numbers that compare so with a stretch.
fn compared(kind: Kind, compare: Compare, (start, end): (i64, i64)) -> Interval<i64> {
    let (low, high) = match compare {
        Compare::Less => (Bound::Unbounded, Bound::Excluded(start)),
        Compare::AtMost => (Bound::Unbounded, end_of(kind, start, end)),
        Compare::AtLeast => (Bound::Included(start), Bound::Unbounded),
        Compare::More if end > start => (Bound::Included(end), Bound::Unbounded),
        Compare::More => (Bound::Excluded(start), Bound::Unbounded),
        Compare::Equal | Compare::NotEqual => (Bound::Included(start), end_of(kind, start, end)),
    };
    Interval { low, high }
}

fn real(compare: Compare, text: &str) -> Result<Interval<f64>, Mistake> {
    let value =
        value::number(text).ok_or_else(|| Mistake::new(format!("{text:?} is not a number")))?;
    let (low, high) = match compare {
        Compare::Less => (Bound::Unbounded, Bound::Excluded(value)),
        Compare::AtMost => (Bound::Unbounded, Bound::Included(value)),
        Compare::AtLeast => (Bound::Included(value), Bound::Unbounded),
        Compare::More => (Bound::Excluded(value), Bound::Unbounded),
        Compare::Equal | Compare::NotEqual => (Bound::Included(value), Bound::Included(value)),
    };
    Ok(Interval { low, high })
}

fn score_test(compare: Option<Compare>, literal: Literal<'_>) -> Result<Test, Mistake> {
    if let Some(compare) = compare {
        return real(compare, literal.text).map(Test::Real);
    }
    if let (false, Some((low, high))) = (literal.quoted, literal.text.split_once("..")) {
        let side = |text: &str, compare| {
            if text.is_empty() {
                Ok(None)
            } else {
                real(compare, text).map(Some)
            }
        };
        return Ok(Test::Real(Interval {
            low: side(low, Compare::AtLeast)?.map_or(Bound::Unbounded, |range| range.low),
            high: side(high, Compare::AtMost)?.map_or(Bound::Unbounded, |range| range.high),
        }));
    }
    match value::number(literal.text).filter(|_| !literal.quoted) {
        Some(number) => Ok(Test::Real(Interval::exactly(number))),
        None => Ok(text_test(literal)),
    }
}

fn word_test(words: &'static [&'static str], text: &str) -> Result<Test, Mistake> {
    let found = words.iter().find(|word| word.eq_ignore_ascii_case(text));
    match found {
        Some(word) => Ok(Test::OneOf(vec![(*word).to_owned()])),
        None => Err(Mistake {
            nearest: nearest(text, words.iter().copied()),
            ..Mistake::new(format!("expected one of {}", words.join(", ")))
        }),
    }
}

/// The name that a misspelt one was probably meant to be.
fn nearest<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let text = text.to_ascii_lowercase();
    names
        .map(|name| (strsim::jaro_winkler(&text, name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.to_owned())
}
