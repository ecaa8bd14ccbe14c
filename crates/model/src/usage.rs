//! Token usage: what callers send, turned into disjoint buckets.

use std::ops::{Add, AddAssign, Sub};

use crate::json::{self, RawJson};

/// Token counts in buckets that do not overlap, so that their sum is the total.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Usage {
    /// Input tokens that were neither read from nor written to a cache.
    pub input: i64,
    /// Input tokens read from the provider's prompt cache.
    pub cache_read: i64,
    /// Input tokens written to the provider's prompt cache.
    pub cache_write: i64,
    /// Output tokens that are neither reasoning nor audio.
    pub output: i64,
    /// Output tokens spent on reasoning.
    pub reasoning: i64,
    /// Audio tokens of the input.
    pub audio_input: i64,
    /// Audio tokens of the output.
    pub audio_output: i64,
}

impl Usage {
    /// The number of buckets.
    pub const BUCKETS: usize = 7;

    /// The names of the buckets, in the order of [`Usage::to_array`].
    pub const NAMES: [&'static str; Self::BUCKETS] = [
        "input",
        "cache_read",
        "cache_write",
        "output",
        "reasoning",
        "audio_input",
        "audio_output",
    ];

    /// Returns the buckets in a fixed order.
    pub fn to_array(self) -> [i64; Self::BUCKETS] {
        let Self {
            input,
            cache_read,
            cache_write,
            output,
            reasoning,
            audio_input,
            audio_output,
        } = self;
        [
            input,
            cache_read,
            cache_write,
            output,
            reasoning,
            audio_input,
            audio_output,
        ]
    }

    /// The inverse of [`Usage::to_array`].
    pub fn from_array(buckets: [i64; Self::BUCKETS]) -> Self {
        let [
            input,
            cache_read,
            cache_write,
            output,
            reasoning,
            audio_input,
            audio_output,
        ] = buckets;
        Self {
            input,
            cache_read,
            cache_write,
            output,
            reasoning,
            audio_input,
            audio_output,
        }
    }

    /// Returns the sum of all buckets.
    pub fn total(self) -> i64 {
        self.to_array().iter().sum()
    }
}

/// What one span says about tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpanUsage {
    /// `prompt_tokens` as sent; the contract's totals are made of it.
    pub prompt: i64,
    /// `completion_tokens` as sent.
    pub completion: i64,
    /// The same tokens in disjoint buckets.
    pub buckets: Usage,
}

impl SpanUsage {
    /// Whether there is any token at all.
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }
}

impl Add for SpanUsage {
    type Output = Self;
    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl AddAssign for SpanUsage {
    fn add_assign(&mut self, other: Self) {
        self.prompt += other.prompt;
        self.completion += other.completion;
        let mut mine = self.buckets.to_array();
        for (bucket, more) in mine.iter_mut().zip(other.buckets.to_array()) {
            *bucket += more;
        }
        self.buckets = Usage::from_array(mine);
    }
}

impl Sub for SpanUsage {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        let negated = Self {
            prompt: -other.prompt,
            completion: -other.completion,
            buckets: Usage::from_array(other.buckets.to_array().map(|n| -n)),
        };
        self + negated
    }
}

/// The outcome of reading the usage fields of one span.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReadUsage {
    /// The tokens; `None` if no known key holds a usable value.
    pub usage: Option<SpanUsage>,
    /// How many values of known keys are no whole number from 0 to
    /// [`TOKEN_LIMIT`]; they stay in the payload and are not summed.
    pub unusable: u32,
}

/// The largest token count that one value may add to totals.
pub const TOKEN_LIMIT: i64 = 1_000_000_000_000;

/// Reads PandaProbe's `token_usage` (prompt, completion, reasoning and cache
/// counts whose overlap depends on the provider) and our `usage` (disjoint
/// buckets, which win).
///
/// In `token_usage` reasoning lies outside of completion only if
/// total = prompt + completion + reasoning; cache lies outside of prompt only
/// for Anthropic and Bedrock models, or when there is more cache than prompt.
pub fn read(
    token_usage: Option<&RawJson>,
    usage: Option<&RawJson>,
    model: Option<&str>,
) -> ReadUsage {
    let mut unusable = 0;
    let sent = token_usage
        .map(|json| Sent::read(json, &mut unusable))
        .unwrap_or_default();
    let explicit = usage.and_then(|json| read_buckets(json, &mut unusable));
    let usage = match (explicit, sent.any) {
        (Some(buckets), true) => Some(SpanUsage {
            prompt: sent.prompt,
            completion: sent.completion,
            buckets,
        }),
        (Some(buckets), false) => Some(from_buckets(buckets)),
        (None, true) => Some(sent.disjoint(model)),
        (None, false) => None,
    };
    ReadUsage { usage, unusable }
}

fn from_buckets(buckets: Usage) -> SpanUsage {
    let Usage {
        input,
        cache_read,
        cache_write,
        output,
        reasoning,
        audio_input,
        audio_output,
    } = buckets;
    SpanUsage {
        prompt: input + cache_read + cache_write + audio_input,
        completion: output + reasoning + audio_output,
        buckets,
    }
}

fn read_buckets(json: &RawJson, unusable: &mut u32) -> Option<Usage> {
    let mut buckets = [0; Usage::BUCKETS];
    let mut any = false;
    for (key, value) in json::members(json.as_bytes())? {
        let Some(at) = Usage::NAMES
            .iter()
            .position(|name| name.as_bytes() == key.0)
        else {
            continue;
        };
        if let Some(count) = token_count(value.get(), unusable) {
            buckets[at] = count;
            any = true;
        }
    }
    any.then(|| Usage::from_array(buckets))
}

/// The known keys of `token_usage`.
#[derive(Debug, Default)]
struct Sent {
    prompt: i64,
    completion: i64,
    total: Option<i64>,
    reasoning: i64,
    cache_read: i64,
    cache_write: i64,
    audio: i64,
    any: bool,
}

impl Sent {
    fn read(json: &RawJson, unusable: &mut u32) -> Self {
        let mut sent = Self::default();
        for (key, value) in json::members(json.as_bytes()).unwrap_or_default() {
            let field = match key.0.as_slice() {
                b"prompt_tokens" => &mut sent.prompt,
                b"completion_tokens" => &mut sent.completion,
                b"total_tokens" => sent.total.insert(0),
                b"reasoning_tokens" => &mut sent.reasoning,
                b"cache_read_tokens" => &mut sent.cache_read,
                b"cache_creation_tokens" | b"cache_write_tokens" => &mut sent.cache_write,
                b"audio_tokens" => &mut sent.audio,
                _ => continue,
            };
            if let Some(count) = token_count(value.get(), unusable) {
                *field = count;
                sent.any |= key.0 != b"total_tokens";
            }
        }
        sent
    }

    fn disjoint(&self, model: Option<&str>) -> SpanUsage {
        let cache = self.cache_read + self.cache_write;
        let cache_outside = cache > self.prompt || model.is_some_and(counts_cache_apart);
        let reasoning_outside = self.total == Some(self.prompt + self.completion + self.reasoning);
        let reasoning = if reasoning_outside {
            self.reasoning
        } else {
            self.reasoning.min(self.completion)
        };
        let text = if reasoning_outside {
            self.completion
        } else {
            self.completion - reasoning
        };
        let audio_output = self.audio.min(text);
        SpanUsage {
            prompt: self.prompt,
            completion: self.completion,
            buckets: Usage {
                input: if cache_outside {
                    self.prompt
                } else {
                    self.prompt - cache
                },
                cache_read: self.cache_read,
                cache_write: self.cache_write,
                output: text - audio_output,
                reasoning,
                audio_input: 0,
                audio_output,
            },
        }
    }
}

/// Whether the model's provider reports cached tokens beside, not inside, the
/// prompt tokens: Anthropic, and everything on Amazon Bedrock.
fn counts_cache_apart(model: &str) -> bool {
    const BEDROCK_VENDORS: [&str; 10] = [
        "anthropic.",
        "amazon.",
        "meta.",
        "mistral.",
        "cohere.",
        "ai21.",
        "deepseek.",
        "stability.",
        "qwen.",
        "openai.",
    ];
    let model = model.to_ascii_lowercase();
    let local = model
        .split_once('.')
        .filter(|(region, _)| ["us", "eu", "apac", "global", "us-gov", "jp", "au"].contains(region))
        .map_or(model.as_str(), |(_, rest)| rest);
    model.contains("claude")
        || model.contains("anthropic")
        || model.contains("bedrock")
        || BEDROCK_VENDORS
            .iter()
            .any(|vendor| local.starts_with(vendor))
}

/// Reads a JSON number that is whole (`10` and `10.0` are) and within limits;
/// `null` means not given, all else is counted as unusable.
fn token_count(text: &str, unusable: &mut u32) -> Option<i64> {
    if text == "null" {
        return None;
    }
    let whole = text.parse::<i64>().ok().or_else(|| {
        let float = text
            .parse::<f64>()
            .ok()
            .filter(|_| !text.starts_with('"'))?;
        (float.fract() == 0.0 && float.abs() <= TOKEN_LIMIT as f64).then_some(float as i64)
    });
    let count = whole.filter(|count| (0..=TOKEN_LIMIT).contains(count));
    *unusable += u32::from(count.is_none());
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(token_usage: &str, model: &str, want: [i64; 9]) {
        let got = read(RawJson::parse(token_usage).as_ref(), None, Some(model))
            .usage
            .unwrap();
        let [prompt, completion, buckets @ ..] = want;
        let want = SpanUsage {
            prompt,
            completion,
            buckets: Usage::from_array(buckets),
        };
        assert_eq!(got, want, "{token_usage} of {model}");
    }

    #[test]
    fn overlap_depends_on_the_provider() {
        let openai = r#"{"prompt_tokens":150,"completion_tokens":80,"reasoning_tokens":12,"cache_read_tokens":64}"#;
        check(openai, "gpt-5.4", [150, 80, 86, 64, 0, 68, 12, 0, 0]);
        let anthropic = r#"{"prompt_tokens":150,"completion_tokens":80,"cache_read_tokens":64,"cache_creation_tokens":10}"#;
        check(
            anthropic,
            "claude-sonnet-4-5",
            [150, 80, 150, 64, 10, 80, 0, 0, 0],
        );
        check(
            anthropic,
            "us.amazon.nova-pro-v1:0",
            [150, 80, 150, 64, 10, 80, 0, 0, 0],
        );
        check(anthropic, "some-model", [150, 80, 76, 64, 10, 80, 0, 0, 0]);
    }

    #[test]
    fn more_cache_than_prompt_lies_outside() {
        check(
            r#"{"prompt_tokens":3,"completion_tokens":1,"cache_read_tokens":50}"#,
            "x",
            [3, 1, 3, 50, 0, 1, 0, 0, 0],
        );
    }

    #[test]
    fn the_total_tells_where_reasoning_lies() {
        let outside =
            r#"{"prompt_tokens":10,"completion_tokens":5,"reasoning_tokens":20,"total_tokens":35}"#;
        check(outside, "gemini", [10, 5, 10, 0, 0, 5, 20, 0, 0]);
        let inside = r#"{"prompt_tokens":10,"completion_tokens":25,"reasoning_tokens":20,"total_tokens":35}"#;
        check(inside, "gpt", [10, 25, 10, 0, 0, 5, 20, 0, 0]);
    }

    #[test]
    fn audio_is_part_of_the_output() {
        check(
            r#"{"prompt_tokens":1,"completion_tokens":9,"audio_tokens":4}"#,
            "x",
            [1, 9, 1, 0, 0, 5, 0, 0, 4],
        );
    }

    #[test]
    fn unusable_values_are_counted_not_summed() {
        let json = RawJson::parse(
            r#"{"prompt_tokens":"n/a","completion_tokens":10.0,"reasoning_tokens":-1,"cache_read_tokens":1.5,"total_tokens":1e30,"other":"x"}"#,
        );
        let got = read(json.as_ref(), None, None);
        assert_eq!(got.unusable, 4);
        assert_eq!(got.usage.map(|u| (u.prompt, u.completion)), Some((0, 10)));
        assert_eq!(
            read(RawJson::parse("[1]").as_ref(), None, None),
            ReadUsage::default()
        );
    }

    #[test]
    fn our_buckets_need_no_guessing() {
        let usage = RawJson::parse(r#"{"input":5,"cache_read":100,"output":7,"audio_output":1}"#);
        let got = read(None, usage.as_ref(), Some("claude")).usage.unwrap();
        assert_eq!(
            (got.prompt, got.completion, got.buckets.total()),
            (105, 8, 113)
        );
    }
}
