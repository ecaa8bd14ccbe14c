#!/usr/bin/env python3
"""Makes the bundled price table from the PyPI package `genai-prices`.

    python3 -m venv /tmp/prices && /tmp/prices/bin/pip install genai-prices
    /tmp/prices/bin/python scripts/prices.py > crates/engine/src/prices/bundled.csv

Prices are USD for a million tokens, at the providers' base tier. Where several
providers have a model of one name, the first of `PROVIDERS` decides.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from importlib.metadata import version

from genai_prices import data, types

PROVIDERS = [
    "openai",
    "anthropic",
    "google",
    "mistral",
    "cohere",
    "deepseek",
    "x-ai",
    "meta",
    "moonshotai",
    "zai",
    "minimax",
    "voyageai",
    "perplexity",
    "groq",
    "aws",
]
COLUMNS = [
    "input_mtok",
    "cache_read_mtok",
    "cache_write_mtok",
    "output_mtok",
    None,  # reasoning tokens cost what output tokens cost
    "input_audio_mtok",
    "output_audio_mtok",
]
TODAY = datetime.date.today()


def names(model: types.ModelInfo) -> Iterator[str]:
    """Yields the names a model goes by, as far as they are fixed texts."""
    yield model.id
    waiting = [model.match]
    while waiting:
        clause = waiting.pop()
        if isinstance(clause, types.ClauseOr):
            waiting.extend(clause.or_)
        elif isinstance(clause, types.ClauseEquals):
            yield clause.equals


def current(prices: types.ModelPrice | list[types.ConditionalPrice]) -> types.ModelPrice:
    """Picks the prices that hold today."""
    if isinstance(prices, types.ModelPrice):
        return prices
    found = prices[0].prices
    for price in prices:
        begins = price.constraint
        holds = begins is None or (
            isinstance(begins, types.StartDateConstraint) and begins.start_date <= TODAY
        )
        if holds:
            found = price.prices
    return found


def text(price: Decimal | types.TieredPrices | None) -> str:
    """Writes a price; of tiers the first."""
    if price is None:
        return ""
    base = price.base if isinstance(price, types.TieredPrices) else price
    return format(Decimal(base).normalize(), "f")


def row(price: types.ModelPrice) -> list[str] | None:
    """Writes the prices of a model; `None` if it has none by the token."""
    cells = [text(getattr(price, column, None)) if column else "" for column in COLUMNS]
    if not cells[0]:
        return None
    cells[3] = cells[3] or "0"
    return cells


def main() -> None:
    """Prints the table."""
    providers = {provider.id: provider for provider in data.providers}
    table: dict[str, list[str]] = {}
    for provider in PROVIDERS:
        for model in providers[provider].models:
            cells = row(current(model.prices))
            if cells is None:
                continue
            for name in names(model):
                if "," not in name:
                    table.setdefault(name.lower(), cells)
    print(f"# From genai-prices {version('genai-prices')} (MIT, Pydantic Services Inc.), {TODAY}.")
    print("# USD for a million tokens. Made by scripts/prices.py; do not edit.")
    print("model,input,cache_read,cache_write,output,reasoning,audio_input,audio_output")
    for name in sorted(table):
        print(",".join([name, *table[name]]))


if __name__ == "__main__":
    main()
