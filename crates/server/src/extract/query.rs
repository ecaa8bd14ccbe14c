//! Query strings. A parameter struct reads itself out of [`Pairs`], which
//! notes everything that is wrong; unknown parameters are passed over.

use std::ops::RangeInclusive;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use pandaprobe_model::Timestamp;
use pandaprobe_model::filter::{self, Entity, Filter, Limits};
use pandaprobe_model::query::Window;
use utoipa::IntoParams;

use crate::errors::{ApiError, FieldError};
use crate::wire::decode::{NOT_A_UUID, REQUIRED};
use crate::wire::words::Words;

/// A struct of query parameters.
pub(crate) trait QueryParams: Sized {
    /// Reads itself; what is wrong is noted and then any value will do.
    fn read(query: &mut Pairs) -> Self;
}

/// The query string, read as `P`; 422 if anything in it is wrong.
#[derive(Debug)]
pub(crate) struct Query<P>(pub(crate) P);

impl<P: QueryParams, S: Sync> FromRequestParts<S> for Query<P> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut pairs = Pairs::parse(parts.uri.query().unwrap_or_default());
        let params = P::read(&mut pairs);
        match pairs.errors {
            errors if errors.is_empty() => Ok(Self(params)),
            errors => Err(ApiError::invalid(errors)),
        }
    }
}

/// Which part of a list.
#[derive(Debug, Clone, Copy, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParams {
    /// At most this many.
    #[param(required = false, minimum = 1, maximum = 200, default = 50)]
    limit: u32,
    /// After leaving out this many.
    #[param(required = false, minimum = 0, default = 0)]
    offset: u64,
}

impl QueryParams for PageParams {
    fn read(query: &mut Pairs) -> Self {
        let Window { limit, offset } = query.window(200, 50);
        Self { limit, offset }
    }
}

impl From<PageParams> for Window {
    fn from(PageParams { limit, offset }: PageParams) -> Self {
        Self { limit, offset }
    }
}

/// The decoded pairs of a query string. Of a repeated name the last counts,
/// but for lists.
#[derive(Debug)]
pub(crate) struct Pairs {
    pairs: Vec<(String, String)>,
    errors: Vec<FieldError>,
}

impl Pairs {
    fn parse(query: &str) -> Self {
        Self {
            pairs: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            errors: Vec::new(),
        }
    }

    fn last(&self, name: &str) -> Option<&str> {
        let mut found = self.pairs.iter().rev().filter(|(key, _)| key == name);
        found.next().map(|(_, value)| value.as_str())
    }

    fn wrong(&mut self, name: &str, message: impl Into<std::borrow::Cow<'static, str>>) {
        let field = format!("query -> {name}");
        self.errors.push(FieldError::new(field, message));
    }

    /// A text, as it is.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.last(name).map(str::to_owned)
    }

    /// A text that must be there.
    pub(crate) fn required_text(&mut self, name: &str) -> String {
        self.text(name).unwrap_or_else(|| {
            self.wrong(name, REQUIRED);
            String::new()
        })
    }

    /// A text to search for; an empty one selects everything.
    pub(crate) fn search(&self, name: &str) -> Option<String> {
        self.text(name).filter(|text| !text.is_empty())
    }

    /// Every value of a repeated parameter.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let found = self.pairs.iter().filter(|(key, _)| key == name);
        found.map(|(_, value)| value.clone()).collect()
    }

    /// One of a few words.
    pub(crate) fn word<T: Words>(&mut self, name: &str) -> Option<T> {
        let word = self.last(name)?;
        let value = T::from_word(word);
        if value.is_none() {
            self.wrong(name, T::expected());
        }
        value
    }

    /// A boolean in any of the forms that pydantic takes.
    pub(crate) fn boolean(&mut self, name: &str) -> Option<bool> {
        match self.last(name)?.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" | "t" | "y" => Some(true),
            "false" | "0" | "no" | "off" | "f" | "n" => Some(false),
            _ => {
                self.wrong(
                    name,
                    "Input should be a valid boolean, unable to interpret input",
                );
                None
            }
        }
    }

    /// A time. The `+` of an offset that was not encoded arrives as a space;
    /// it is plain what was meant.
    pub(crate) fn time(&mut self, name: &str) -> Option<Timestamp> {
        let text = self.last(name)?;
        let parsed = Timestamp::parse(text).or_else(|error| match text.rsplit_once(' ') {
            Some((time, offset)) => {
                Timestamp::parse(&format!("{time}+{offset}")).map_err(|_| error)
            }
            None => Err(error),
        });
        match parsed {
            Ok(time) => Some(time),
            Err(error) => {
                self.wrong(name, error.to_string());
                None
            }
        }
    }

    /// A time that must be there.
    pub(crate) fn required_time(&mut self, name: &str) -> Timestamp {
        if self.last(name).is_none() {
            self.wrong(name, REQUIRED);
        }
        self.time(name).unwrap_or(Timestamp::MIN)
    }

    /// A filter; without one everything passes. Relative times count from now.
    pub(crate) fn filter(&mut self, entity: Entity) -> Filter {
        let text = self.last("filter").unwrap_or_default();
        match filter::parse(text, entity, Timestamp::now(), Limits::default()) {
            Ok(filter) => filter,
            Err(error) => {
                let error = FieldError::filter("query -> filter", error);
                self.errors.push(error);
                Filter::all()
            }
        }
    }

    /// An id.
    pub(crate) fn id<T, E>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let parsed = parse(self.last(name)?).ok();
        if parsed.is_none() {
            self.wrong(name, NOT_A_UUID);
        }
        parsed
    }

    /// `limit` (1 up to `most`) and `offset`.
    pub(crate) fn window(&mut self, most: u32, default: u32) -> Window {
        let limit = self.integer("limit", 1..=u64::from(most), u64::from(default));
        let offset = self.integer("offset", 0..=i64::MAX.unsigned_abs(), 0);
        Window {
            limit: u32::try_from(limit).unwrap_or(most),
            offset,
        }
    }

    fn integer(&mut self, name: &str, range: RangeInclusive<u64>, default: u64) -> u64 {
        let Some(text) = self.last(name) else {
            return default;
        };
        match integer(text) {
            None => self.wrong(
                name,
                "Input should be a valid integer, unable to parse string as an integer",
            ),
            Some(value) if value < i128::from(*range.start()) => {
                let message = format!("Input should be greater than or equal to {}", range.start());
                self.wrong(name, message);
            }
            Some(value) if value > i128::from(*range.end()) => {
                let message = format!("Input should be less than or equal to {}", range.end());
                self.wrong(name, message);
            }
            Some(value) => return u64::try_from(value).unwrap_or(default),
        }
        default
    }
}

/// Reads an integer; `10.0` is one too. What exceeds 128 bits counts as the
/// largest.
fn integer(text: &str) -> Option<i128> {
    let text = text.trim();
    let whole = match text.split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|b| b == b'0') => whole,
        Some(_) => return None,
        None => text,
    };
    let digits = whole.strip_prefix(['+', '-']).unwrap_or(whole);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let most = if whole.starts_with('-') {
        i128::MIN
    } else {
        i128::MAX
    };
    Some(whole.parse().unwrap_or(most))
}

#[cfg(test)]
mod tests {
    use pandaprobe_model::query::Order;

    use super::*;

    fn window(query: &str) -> Result<(u32, u64), String> {
        let mut pairs = Pairs::parse(query);
        let Window { limit, offset } = pairs.window(200, 50);
        match pairs.errors.as_slice() {
            [] => Ok((limit, offset)),
            [error, ..] => Err(format!("{}: {}", error.field, error.message)),
        }
    }

    #[test]
    fn windows() {
        assert_eq!(window(""), Ok((50, 0)));
        assert_eq!(window("limit=200&offset=10.0"), Ok((200, 10)));
        assert_eq!(window("limit=0&limit=7"), Ok((7, 0)));
        for (query, error) in [
            (
                "limit=0",
                "query -> limit: Input should be greater than or equal to 1",
            ),
            (
                "limit=201",
                "query -> limit: Input should be less than or equal to 200",
            ),
            (
                "limit=x",
                "query -> limit: Input should be a valid integer, unable to parse string as an integer",
            ),
            (
                "limit=",
                "query -> limit: Input should be a valid integer, unable to parse string as an integer",
            ),
            (
                "limit=1.5",
                "query -> limit: Input should be a valid integer, unable to parse string as an integer",
            ),
            (
                "offset=-1",
                "query -> offset: Input should be greater than or equal to 0",
            ),
            (
                "offset=99999999999999999999999999999999999999999999",
                "query -> offset: Input should be less than or equal to 9223372036854775807",
            ),
        ] {
            assert_eq!(window(query), Err(error.to_owned()), "{query}");
        }
    }

    #[test]
    fn every_mistake_is_noted() {
        let mut pairs = Pairs::parse("a=maybe&b=sideways&c=yesterday");
        assert_eq!(pairs.boolean("a"), None);
        assert_eq!(pairs.word::<Order>("b"), None);
        assert_eq!(pairs.time("c"), None);
        assert_eq!(pairs.required_text("d"), "");
        let fields: Vec<_> = pairs.errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(
            fields,
            ["query -> a", "query -> b", "query -> c", "query -> d"]
        );
        assert_eq!(pairs.errors[1].message, "Input should be 'asc' or 'desc'");
    }

    #[test]
    fn an_offset_survives_a_missing_encoding() {
        for query in [
            "t=2026-01-02T05:04:05%2B02:00",
            "t=2026-01-02T05:04:05+02:00",
            "t=2026-01-02+05:04:05+02:00",
            "t=2026-01-02+03:04:05",
            "t=2026-01-02T03:04:05Z",
        ] {
            let time = Pairs::parse(query).time("t").unwrap();
            assert_eq!(time.to_string(), "2026-01-02T03:04:05+00:00", "{query}");
        }
    }

    #[test]
    fn lists_repeat_and_booleans_are_lax() {
        let mut pairs = Pairs::parse("tags=a&tags=b%20c&x=On&y=0&q=");
        assert_eq!(pairs.texts("tags"), ["a", "b c"]);
        assert_eq!(pairs.boolean("x"), Some(true));
        assert_eq!(pairs.boolean("y"), Some(false));
        assert_eq!(pairs.boolean("z"), None);
        assert_eq!(pairs.search("q"), None);
        assert!(pairs.errors.is_empty());
    }
}
