//! The price table that comes with the program. `bundled.csv` is made by
//! `scripts/prices.py` from the package genai-prices, whose licence lies beside
//! it; it says of which day it is.

use pandaprobe_model::price::PriceBook;

const BUNDLED: &str = include_str!("bundled.csv");

/// Returns the bundled prices.
pub fn bundled() -> PriceBook {
    PriceBook::parse(BUNDLED).unwrap_or_else(|error| {
        // A test reads the table, so this cannot be in a build that passed it.
        tracing::error!(%error, "the bundled price table cannot be read; costs stay unpriced");
        PriceBook::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_models_have_a_price() {
        PriceBook::parse(BUNDLED).unwrap();
        let book = bundled();
        assert!(book.len() > 500);
        for model in [
            "gpt-4o",
            "gpt-4o-mini-2024-07-18",
            "gpt-4.1",
            "gpt-5",
            "o3-mini",
            "openai/gpt-4o",
            "claude-3-5-sonnet-20241022",
            "claude-sonnet-4-20250514",
            "claude-sonnet-4-5-20250929",
            "claude-haiku-4-5",
            "gemini-2.5-pro",
            "models/gemini-2.5-flash",
            "mistral-large-latest",
            "deepseek-chat",
            "grok-4",
            "text-embedding-3-small",
        ] {
            assert!(book.find(model).is_some(), "{model}");
        }
    }
}
