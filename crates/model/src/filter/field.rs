//! What can be filtered by.

/// A kind of thing that lists show and filters select.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Entity {
    /// Sessions.
    Session,
    /// Traces.
    Trace,
    /// Spans.
    Span,
    /// Users.
    User,
}

/// How a field's values are written and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text; equality is exact, parts are found case folded.
    Text,
    /// A set of texts, of which one must match.
    Texts,
    /// One of a few words, any case.
    Word(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A count.
    Count,
    /// US dollars.
    Money,
    /// A length of time with a unit: `500ms`, `30s`, `1.5m`, `2h`, `7d`.
    Duration,
    /// A date, a time, or how long ago: `2026-01-31`, `2026-01-31T12:00:00Z`, `-7d`.
    Time,
    /// How long ago at the most: `7d`.
    Ago,
    /// Texts under a key: `metadata.plan`. Numbers compare as numbers.
    Keyed,
    /// Numbers or words under a key: `score.correctness`.
    Score,
}

impl Kind {
    /// The name in `GET /filter-schema`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Texts => "texts",
            Self::Word(_) => "word",
            Self::Flag => "boolean",
            Self::Count => "integer",
            Self::Money => "money",
            Self::Duration => "duration",
            Self::Time => "time",
            Self::Ago => "ago",
            Self::Keyed => "metadata",
            Self::Score => "score",
        }
    }

    /// Whether values have an order.
    pub fn is_ordered(self) -> bool {
        match self {
            Self::Text | Self::Texts | Self::Word(_) | Self::Flag | Self::Ago => false,
            Self::Count | Self::Money | Self::Duration | Self::Time | Self::Keyed | Self::Score => {
                true
            }
        }
    }

    /// Whether it is a field only together with a key.
    pub fn has_key(self) -> bool {
        matches!(self, Self::Keyed | Self::Score)
    }
}

/// Something that can be filtered by.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// How it is written.
    pub name: &'static str,
    /// Other ways to write it.
    pub aliases: &'static [&'static str],
    /// Its values.
    pub kind: Kind,
    /// What it is, for people.
    pub about: &'static str,
}

const fn field(
    name: &'static str,
    aliases: &'static [&'static str],
    kind: Kind,
    about: &'static str,
) -> Field {
    Field {
        name,
        aliases,
        kind,
        about,
    }
}

const TRACE_STATUS: Kind = Kind::Word(&["pending", "running", "completed", "error"]);
const SPAN_STATUS: Kind = Kind::Word(&["unset", "ok", "error"]);
const SPAN_KIND: Kind = Kind::Word(&[
    "agent",
    "tool",
    "llm",
    "retriever",
    "chain",
    "embedding",
    "other",
]);
const SESSION_STATUS: Kind = Kind::Word(&["ok", "error"]);

const TOKENS: &str = "Tokens in all buckets, each counted once";
const METADATA: Field = field(
    "metadata",
    &["meta"],
    Kind::Keyed,
    "A value of the metadata, by its key",
);
const SCORE: Field = field(
    "score",
    &[],
    Kind::Score,
    "The latest score of a name: a number, or a word",
);

const SESSION: &[Field] = &[
    field(
        "session",
        &["id", "session_id"],
        Kind::Text,
        "The session's id",
    ),
    field("name", &[], Kind::Text, "The session's name"),
    field("user", &["user_id"], Kind::Texts, "Users of its traces"),
    field(
        "tag",
        &["tags"],
        Kind::Texts,
        "Its tags and those of its traces",
    ),
    field(
        "status",
        &[],
        SESSION_STATUS,
        "`error` if any of its traces failed",
    ),
    field("cost", &[], Kind::Money, "Cost in US dollars"),
    field("tokens", &[], Kind::Count, TOKENS),
    field(
        "tokens.input",
        &[],
        Kind::Count,
        "Input tokens beside the cache",
    ),
    field(
        "tokens.cache_read",
        &[],
        Kind::Count,
        "Input tokens read from a cache",
    ),
    field(
        "tokens.cache_write",
        &[],
        Kind::Count,
        "Input tokens written to a cache",
    ),
    field(
        "tokens.output",
        &[],
        Kind::Count,
        "Output tokens beside reasoning",
    ),
    field(
        "tokens.reasoning",
        &[],
        Kind::Count,
        "Output tokens spent on reasoning",
    ),
    field(
        "duration",
        &[],
        Kind::Duration,
        "Wall clock, first start to last end",
    ),
    field(
        "latency",
        &[],
        Kind::Duration,
        "Sum of its traces' latencies",
    ),
    field("traces", &["trace_count"], Kind::Count, "How many traces"),
    field("spans", &["span_count"], Kind::Count, "How many spans"),
    field(
        "errors",
        &["error_count"],
        Kind::Count,
        "How many traces failed",
    ),
    field("span_errors", &[], Kind::Count, "How many spans failed"),
    field(
        "unpriced",
        &[],
        Kind::Count,
        "How many spans have tokens and no price",
    ),
    field("started", &["first"], Kind::Time, "First activity"),
    field("active", &["ended"], Kind::Time, "Last activity"),
    field("last", &[], Kind::Ago, "Active within this time"),
    METADATA,
    SCORE,
];

const TRACE: &[Field] = &[
    field("trace", &["id", "trace_id"], Kind::Text, "The trace's id"),
    field("name", &[], Kind::Text, "The trace's name"),
    field("status", &[], TRACE_STATUS, "How far it has come"),
    field("session", &["session_id"], Kind::Text, "Its session's id"),
    field("user", &["user_id"], Kind::Text, "Its user"),
    field("tag", &["tags"], Kind::Texts, "Its tags"),
    field("environment", &["env"], Kind::Text, "Where it ran"),
    field("release", &[], Kind::Text, "The version that ran"),
    field("cost", &[], Kind::Money, "Cost in US dollars"),
    field("tokens", &[], Kind::Count, TOKENS),
    field(
        "duration",
        &[],
        Kind::Duration,
        "Wall clock, first start to last end",
    ),
    field("latency", &[], Kind::Duration, "Its end less its start"),
    field("spans", &["span_count"], Kind::Count, "How many spans"),
    field(
        "span_errors",
        &["errors"],
        Kind::Count,
        "How many spans failed",
    ),
    field(
        "unpriced",
        &[],
        Kind::Count,
        "How many spans have tokens and no price",
    ),
    field("started", &[], Kind::Time, "Start"),
    field("ended", &[], Kind::Time, "End"),
    field("last", &[], Kind::Ago, "Started within this time"),
    METADATA,
    SCORE,
];

const SPAN: &[Field] = &[
    field("span", &["id", "span_id"], Kind::Text, "The span's id"),
    field("trace", &["trace_id"], Kind::Text, "Its trace's id"),
    field("name", &[], Kind::Text, "The span's name"),
    field("kind", &["type"], SPAN_KIND, "What it does"),
    field("status", &[], SPAN_STATUS, "Its outcome"),
    field("model", &[], Kind::Text, "The model it called"),
    field("cost", &[], Kind::Money, "Cost in US dollars"),
    field("tokens", &[], Kind::Count, "Its tokens in all buckets"),
    field(
        "duration",
        &["latency"],
        Kind::Duration,
        "Its end less its start",
    ),
    field("ttft", &[], Kind::Duration, "Time to the first token"),
    field("started", &[], Kind::Time, "Start"),
    field("ended", &[], Kind::Time, "End"),
    field("last", &[], Kind::Ago, "Started within this time"),
];

const USER: &[Field] = &[
    field("user", &["id", "user_id"], Kind::Text, "The user's id"),
    field("traces", &["trace_count"], Kind::Count, "How many traces"),
    field(
        "sessions",
        &["session_count"],
        Kind::Count,
        "How many sessions",
    ),
    field(
        "errors",
        &["error_count"],
        Kind::Count,
        "How many traces failed",
    ),
    field("tokens", &[], Kind::Count, TOKENS),
    field("cost", &[], Kind::Money, "Cost in US dollars"),
    field("first", &[], Kind::Time, "Start of the first trace"),
    field("seen", &[], Kind::Time, "Start of the last trace"),
    field("last", &[], Kind::Ago, "Seen within this time"),
];

impl Entity {
    /// Everything that it can be filtered by.
    pub fn fields(self) -> &'static [Field] {
        match self {
            Self::Session => SESSION,
            Self::Trace => TRACE,
            Self::Span => SPAN,
            Self::User => USER,
        }
    }

    /// What its filters may look into.
    pub fn inside(self) -> &'static [Entity] {
        match self {
            Self::Session => &[Self::Trace, Self::Span],
            Self::Trace => &[Self::Span],
            Self::Span | Self::User => &[],
        }
    }

    /// The word for one of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Trace => "trace",
            Self::Span => "span",
            Self::User => "user",
        }
    }

    /// Finds a field by its name or an alias, any case.
    pub(super) fn field(self, name: &str) -> Option<&'static Field> {
        let is = |known: &str| known.eq_ignore_ascii_case(name);
        let fields = self.fields().iter();
        fields
            .into_iter()
            .find(|field| is(field.name) || field.aliases.iter().any(|alias| is(alias)))
    }
}
