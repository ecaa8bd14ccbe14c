//! The models the demo's agents call: how they count tokens, what they cost
//! and how fast they answer.

use serde_json::{Map, Value, json};

/// Prices in 10⁻¹² USD a token (so 2.50 USD per million tokens is 2,500,000).
#[derive(Clone, Copy)]
pub(crate) struct Prices {
    input: u64,
    cache_read: u64,
    cache_write: u64,
    output: u64,
    audio_input: u64,
    audio_output: u64,
}

/// How a provider's API reports tokens: which counts contain which.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Cached tokens lie inside prompt, reasoning inside completion.
    OpenAi,
    /// Cached tokens are counted beside prompt.
    Anthropic,
    /// Cached tokens lie inside prompt, reasoning beside completion.
    Gemini,
    /// Prompt, completion and their sum, nothing else.
    Plain,
}

/// One model as the demo's agents use it.
pub(crate) struct Model {
    /// The name sent as the span's `model`.
    pub(crate) name: &'static str,
    pub(crate) dialect: Dialect,
    /// `None` is a model whose caller reports no cost: shown as unpriced.
    prices: Option<Prices>,
    /// Output speed in tokens a second.
    pub(crate) tokens_per_second: u64,
    /// Median time to the first token, in milliseconds.
    pub(crate) first_token_ms: u64,
    pub(crate) caches_prompts: bool,
}

/// Tokens of one call in disjoint buckets.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Usage {
    pub(crate) input: u64,
    pub(crate) cache_read: u64,
    pub(crate) cache_write: u64,
    pub(crate) output: u64,
    pub(crate) reasoning: u64,
    pub(crate) audio_input: u64,
    pub(crate) audio_output: u64,
}

const fn prices(input: u64, cache_read: u64, cache_write: u64, output: u64) -> Option<Prices> {
    Some(Prices {
        input,
        cache_read,
        cache_write,
        output,
        audio_input: 0,
        audio_output: 0,
    })
}

const fn model(
    name: &'static str,
    dialect: Dialect,
    prices: Option<Prices>,
    tokens_per_second: u64,
    first_token_ms: u64,
) -> Model {
    Model {
        name,
        dialect,
        prices,
        tokens_per_second,
        first_token_ms,
        caches_prompts: matches!(prices, Some(p) if p.cache_read > 0),
    }
}

/// General-purpose chat model with vision.
pub(crate) static GPT_4O: Model = model(
    "gpt-4o",
    Dialect::OpenAi,
    prices(2_500_000, 1_250_000, 0, 10_000_000),
    85,
    420,
);
/// Cheap chat model for routing and summaries.
pub(crate) static GPT_4O_MINI: Model = model(
    "gpt-4o-mini",
    Dialect::OpenAi,
    prices(150_000, 75_000, 0, 600_000),
    120,
    310,
);
/// Reasoning model.
pub(crate) static O4_MINI: Model = model(
    "o4-mini",
    Dialect::OpenAi,
    prices(1_100_000, 275_000, 0, 4_400_000),
    130,
    2_600,
);
/// Coding and agent model.
pub(crate) static CLAUDE_SONNET: Model = model(
    "claude-sonnet-4-5",
    Dialect::Anthropic,
    prices(3_000_000, 300_000, 3_750_000, 15_000_000),
    72,
    780,
);
/// Small fast model of the same family.
pub(crate) static CLAUDE_HAIKU: Model = model(
    "claude-haiku-4-5",
    Dialect::Anthropic,
    prices(1_000_000, 100_000, 1_250_000, 5_000_000),
    140,
    390,
);
/// Long-context reasoning model.
pub(crate) static GEMINI_PRO: Model = model(
    "gemini-2.5-pro",
    Dialect::Gemini,
    prices(1_250_000, 310_000, 0, 10_000_000),
    95,
    1_900,
);
/// Cheap long-context model.
pub(crate) static GEMINI_FLASH: Model = model(
    "gemini-2.5-flash",
    Dialect::Gemini,
    prices(300_000, 75_000, 0, 2_500_000),
    170,
    480,
);
/// European general-purpose model.
pub(crate) static MISTRAL_LARGE: Model = model(
    "mistral-large-latest",
    Dialect::Plain,
    prices(2_000_000, 0, 0, 6_000_000),
    60,
    520,
);
/// Self-hosted open model: nobody reports a cost for it.
pub(crate) static LLAMA: Model = model("llama-3.3-70b-instruct", Dialect::Plain, None, 38, 650);
/// Self-hosted code model: unpriced too.
pub(crate) static QWEN_CODER: Model =
    model("qwen2.5-coder-32b-instruct", Dialect::Plain, None, 44, 540);
/// Embedding model.
pub(crate) static EMBEDDING_SMALL: Model = model(
    "text-embedding-3-small",
    Dialect::Plain,
    prices(20_000, 0, 0, 0),
    0,
    90,
);
/// Larger embedding model.
pub(crate) static EMBEDDING_LARGE: Model = model(
    "text-embedding-3-large",
    Dialect::Plain,
    prices(130_000, 0, 0, 0),
    0,
    140,
);
/// Speech in, speech out.
pub(crate) static REALTIME: Model = Model {
    prices: Some(Prices {
        input: 5_000_000,
        cache_read: 2_500_000,
        cache_write: 0,
        output: 20_000_000,
        audio_input: 40_000_000,
        audio_output: 80_000_000,
    }),
    ..model("gpt-4o-realtime-preview", Dialect::OpenAi, None, 60, 350)
};

impl Usage {
    /// Every token of the call.
    pub(crate) fn total(self) -> u64 {
        self.prompt() + self.output + self.reasoning + self.audio_output
    }

    /// Everything that went in, cached or not.
    pub(crate) fn prompt(self) -> u64 {
        self.input + self.cache_read + self.cache_write + self.audio_input
    }

    /// Adds another call's tokens bucket by bucket.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            input: self.input + other.input,
            cache_read: self.cache_read + other.cache_read,
            cache_write: self.cache_write + other.cache_write,
            output: self.output + other.output,
            reasoning: self.reasoning + other.reasoning,
            audio_input: self.audio_input + other.audio_input,
            audio_output: self.audio_output + other.audio_output,
        }
    }

    /// The `usage` object of the wire: the buckets that are not zero.
    pub(crate) fn to_json(self) -> Value {
        let buckets = [
            ("input", self.input),
            ("cache_read", self.cache_read),
            ("cache_write", self.cache_write),
            ("output", self.output),
            ("reasoning", self.reasoning),
            ("audio_input", self.audio_input),
            ("audio_output", self.audio_output),
        ];
        let kept = buckets.into_iter().filter(|(_, tokens)| *tokens > 0);
        Value::Object(kept.map(|(key, n)| (key.to_owned(), json!(n))).collect())
    }

    /// The `token_usage` object as the provider's own client reports it.
    pub(crate) fn to_token_usage(self, dialect: Dialect) -> Value {
        let (prompt, completion) = self.prompt_and_completion(dialect);
        let mut counts = Map::new();
        counts.insert("prompt_tokens".into(), json!(prompt));
        counts.insert("completion_tokens".into(), json!(completion));
        if dialect != Dialect::Anthropic {
            counts.insert("total_tokens".into(), json!(self.total()));
        }
        let cached = self.cache_read;
        for (key, tokens) in [
            ("reasoning_tokens", self.reasoning),
            ("cache_read_tokens", cached),
            ("cache_creation_tokens", self.cache_write),
            ("audio_input_tokens", self.audio_input),
            ("audio_output_tokens", self.audio_output),
        ] {
            if tokens > 0 {
                counts.insert(key.into(), json!(tokens));
            }
        }
        Value::Object(counts)
    }

    fn prompt_and_completion(self, dialect: Dialect) -> (u64, u64) {
        match dialect {
            Dialect::OpenAi | Dialect::Plain => (
                self.prompt(),
                self.output + self.reasoning + self.audio_output,
            ),
            Dialect::Anthropic => (self.input, self.output + self.reasoning),
            Dialect::Gemini => (self.prompt(), self.output),
        }
    }
}

impl Model {
    /// The caller's own reckoning of what the call cost, in USD, or `None`
    /// for an unpriced model.
    pub(crate) fn cost(&self, usage: Usage) -> Option<Value> {
        let price = self.prices?;
        let prompt = usage.input * price.input
            + usage.cache_read * price.cache_read
            + usage.cache_write * price.cache_write
            + usage.audio_input * price.audio_input;
        let completion = (usage.output + usage.reasoning) * price.output
            + usage.audio_output * price.audio_output;
        Some(json!({
            "prompt": dollars(prompt),
            "completion": dollars(completion),
            "total": dollars(prompt + completion),
        }))
    }
}

/// Returns how many tokens a text is, roughly: four Latin letters make one,
/// and so does every Japanese character.
pub(crate) fn count_tokens(text: &str) -> u64 {
    let wide = text.chars().filter(|c| u32::from(*c) > 0x2e80).count() as u64;
    let narrow = text.chars().count() as u64 - wide;
    wide + narrow.div_ceil(4)
}

fn dollars(pico: u64) -> f64 {
    pico as f64 / 1e12
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: Usage = Usage {
        input: 300,
        cache_read: 700,
        cache_write: 0,
        output: 40,
        reasoning: 10,
        audio_input: 0,
        audio_output: 0,
    };

    #[test]
    fn each_dialect_reports_tokens_its_own_way() {
        assert_eq!(
            CALL.to_token_usage(Dialect::OpenAi),
            json!({"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050,
                   "reasoning_tokens": 10, "cache_read_tokens": 700})
        );
        assert_eq!(
            CALL.to_token_usage(Dialect::Anthropic),
            json!({"prompt_tokens": 300, "completion_tokens": 50,
                   "reasoning_tokens": 10, "cache_read_tokens": 700})
        );
        assert_eq!(
            CALL.to_token_usage(Dialect::Gemini),
            json!({"prompt_tokens": 1000, "completion_tokens": 40, "total_tokens": 1050,
                   "reasoning_tokens": 10, "cache_read_tokens": 700})
        );
    }

    #[test]
    fn cost_prices_every_bucket() {
        let cost = GPT_4O.cost(CALL).unwrap();
        // 300 × 2.50 + 700 × 1.25 + 50 × 10.00 USD per million.
        assert_eq!(cost["total"], json!(0.002125));
        assert_eq!(cost["prompt"], json!(0.001625));
        assert!(LLAMA.cost(CALL).is_none());
    }

    #[test]
    fn japanese_needs_more_tokens_than_english() {
        assert_eq!(count_tokens("予約をお願いします"), 9);
        assert_eq!(count_tokens("twelve chars"), 3);
    }
}
