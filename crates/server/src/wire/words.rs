//! Values that are one of a few words: how the API spells them, in one place
//! for bodies, queries, answers and the specification.

use std::borrow::Cow;

use pandaprobe_model::analytics::Granularity;
use pandaprobe_model::project::Access;
use pandaprobe_model::query::{Order, SessionSort, TraceSort};
use pandaprobe_model::score::{ScoreDataType, ScoreSource, ScoreStatus};
use pandaprobe_model::trace::{SpanKind, SpanStatus, TraceStatus};
use serde::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A domain type that the API spells as one of a few words.
pub(crate) trait Words: Copy + PartialEq + Send + Sync + 'static {
    /// The name of the schema in the specification.
    const SCHEMA: &'static str;
    /// Every word with its value.
    const WORDS: &'static [(&'static str, Self)];

    /// Reads a word; case matters.
    fn from_word(word: &str) -> Option<Self> {
        let found = Self::WORDS.iter().find(|(known, _)| *known == word);
        found.map(|(_, value)| *value)
    }

    /// Returns the word for a value.
    fn word(self) -> &'static str {
        let found = Self::WORDS.iter().find(|(_, value)| *value == self);
        found.map_or("", |(word, _)| word)
    }

    /// Says which words there are: `Input should be 'A', 'B' or 'C'`.
    fn expected() -> String {
        let mut text = String::from("Input should be ");
        for (index, (word, _)) in Self::WORDS.iter().enumerate() {
            let separator = match Self::WORDS.len() - index {
                _ if index == 0 => "",
                1 => " or ",
                _ => ", ",
            };
            text.push_str(&format!("{separator}'{word}'"));
        }
        text
    }
}

macro_rules! words {
    ($type:ident, $schema:literal, { $($word:literal => $variant:ident),+ $(,)? }) => {
        impl Words for $type {
            const SCHEMA: &'static str = $schema;
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];
        }
    };
}

words!(TraceStatus, "TraceStatus", {
    "PENDING" => Pending,
    "RUNNING" => Running,
    "COMPLETED" => Completed,
    "ERROR" => Error,
});

words!(SpanKind, "SpanKind", {
    "AGENT" => Agent,
    "TOOL" => Tool,
    "LLM" => Llm,
    "RETRIEVER" => Retriever,
    "CHAIN" => Chain,
    "EMBEDDING" => Embedding,
    "OTHER" => Other,
});

words!(SpanStatus, "SpanStatusCode", {
    "UNSET" => Unset,
    "OK" => Ok,
    "ERROR" => Error,
});

words!(TraceSort, "TraceSort", {
    "started_at" => StartedAt,
    "ended_at" => EndedAt,
    "name" => Name,
    "latency" => Latency,
    "status" => Status,
    "tokens" => Tokens,
    "cost" => Cost,
    "span_count" => SpanCount,
});

words!(SessionSort, "SessionSort", {
    "recent" => Recent,
    "trace_count" => TraceCount,
    "latency" => Latency,
    "cost" => Cost,
    "tokens" => Tokens,
    "duration" => Duration,
    "span_count" => SpanCount,
    "errors" => Errors,
    "session_id" => SessionId,
    "name" => Name,
    "user" => User,
    "first" => First,
});

words!(Order, "SortOrder", {
    "asc" => Asc,
    "desc" => Desc,
});

words!(Granularity, "Granularity", {
    "hour" => Hour,
    "day" => Day,
    "week" => Week,
});

words!(ScoreDataType, "ScoreDataType", {
    "NUMERIC" => Numeric,
    "BOOLEAN" => Boolean,
    "CATEGORICAL" => Categorical,
});

words!(ScoreSource, "ScoreSource", {
    "AUTOMATED" => Automated,
    "ANNOTATION" => Annotation,
    "PROGRAMMATIC" => Programmatic,
});

words!(ScoreStatus, "ScoreStatus", {
    "SUCCESS" => Success,
    "FAILED" => Failed,
    "PENDING" => Pending,
});

words!(Access, "ApiKeyAccess", {
    "full" => Full,
    "read" => Read,
});

/// When a key to be made stops working.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expiration {
    /// It does not.
    Never,
    /// In 90 days.
    NinetyDays,
}

words!(Expiration, "ApiKeyExpiration", {
    "never" => Never,
    "90d" => NinetyDays,
});

/// How a challenge is made of a verifier (RFC 7636).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChallengeMethod {
    /// By SHA-256.
    S256,
}

words!(ChallengeMethod, "CodeChallengeMethod", {
    "S256" => S256,
});

/// What the analytics of traces can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum TraceMetric {
    /// Counts, errors and latencies.
    #[default]
    Volume,
    /// The same.
    Errors,
    /// The same.
    Latency,
    /// Cost and tokens.
    Cost,
    /// The same.
    Tokens,
    /// The models that were called most.
    Models,
}

words!(TraceMetric, "TraceMetric", {
    "volume" => Volume,
    "errors" => Errors,
    "latency" => Latency,
    "cost" => Cost,
    "tokens" => Tokens,
    "models" => Models,
});

/// A value that is written as its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word<T>(pub(crate) T);

impl<T: Words> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.word())
    }
}

impl<T: Words> PartialSchema for Word<T> {
    fn schema() -> RefOr<Schema> {
        let words = T::WORDS.iter().map(|(word, _)| *word);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(words))
            .into()
    }
}

impl<T: Words> ToSchema for Word<T> {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed(T::SCHEMA)
    }
}

// Aliases, since the schema macros would otherwise build names from the generics.
pub(crate) type TraceStatusWord = Word<TraceStatus>;
pub(crate) type SpanKindWord = Word<SpanKind>;
pub(crate) type SpanStatusWord = Word<SpanStatus>;
pub(crate) type TraceSortWord = Word<TraceSort>;
pub(crate) type SessionSortWord = Word<SessionSort>;
pub(crate) type OrderWord = Word<Order>;
pub(crate) type GranularityWord = Word<Granularity>;
pub(crate) type TraceMetricWord = Word<TraceMetric>;
pub(crate) type ScoreDataTypeWord = Word<ScoreDataType>;
pub(crate) type ScoreSourceWord = Word<ScoreSource>;
pub(crate) type ScoreStatusWord = Word<ScoreStatus>;
pub(crate) type AccessWord = Word<Access>;
pub(crate) type ExpirationWord = Word<Expiration>;
pub(crate) type ChallengeMethodWord = Word<ChallengeMethod>;

#[cfg(test)]
mod tests {
    use super::*;

    fn agrees<T: Words + std::fmt::Debug>(all: &[T], as_str: fn(T) -> &'static str) {
        let words: Vec<_> = all.iter().map(|value| (as_str(*value), *value)).collect();
        assert_eq!(words, T::WORDS);
    }

    #[test]
    fn the_words_are_those_of_the_domain() {
        agrees(TraceStatus::ALL, TraceStatus::as_str);
        agrees(SpanKind::ALL, SpanKind::as_str);
        agrees(SpanStatus::ALL, SpanStatus::as_str);
        agrees(ScoreDataType::ALL, ScoreDataType::as_str);
        agrees(ScoreSource::ALL, ScoreSource::as_str);
        agrees(ScoreStatus::ALL, ScoreStatus::as_str);
        agrees(Access::ALL, Access::as_str);
    }

    #[test]
    fn tells_what_was_expected() {
        assert_eq!(
            TraceStatus::expected(),
            "Input should be 'PENDING', 'RUNNING', 'COMPLETED' or 'ERROR'"
        );
        assert_eq!(Order::expected(), "Input should be 'asc' or 'desc'");
        assert_eq!(TraceStatus::from_word("completed"), None);
        assert_eq!(SpanKind::from_word("LLM"), Some(SpanKind::Llm));
    }
}
