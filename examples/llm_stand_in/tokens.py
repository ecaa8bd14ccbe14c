"""Tokens: pieces of about four characters, and the cache of prompts seen before."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable

_PIECE = re.compile(r" ?\w{1,6}|[^\w\s]|\s+")

# As OpenAI does it: at least so many tokens, in such steps.
CACHE_MIN = 1024
CACHE_STEP = 128
_CACHE_ENTRIES_MAX = 200_000


def pieces(text: str) -> list[str]:
    """Splits a text into tokens; joined they are the text again."""
    return _PIECE.findall(text)


def count(text: str) -> int:
    """Number of tokens of a text."""
    return len(pieces(text))


class PromptCache:
    """Knows the beginnings of prompts that this process has seen."""

    def __init__(self) -> None:
        self._seen: dict[bytes, None] = {}
        self._lock = threading.Lock()

    def cached_tokens(self, model: str, prompt: Iterable[str]) -> int:
        """How many tokens of the prompt were there before; remembers it for the next time."""
        marks: list[tuple[int, bytes]] = []
        digest = hashlib.blake2b(model.encode(), digest_size=16)
        for number, piece in enumerate(prompt, 1):
            digest.update(piece.encode(errors="replace") + b"\0")
            if number >= CACHE_MIN and number % CACHE_STEP == 0:
                marks.append((number, digest.digest()))
        with self._lock:
            known = max((number for number, mark in marks if mark in self._seen), default=0)
            self._seen.update(dict.fromkeys(mark for _, mark in marks))
            while len(self._seen) > _CACHE_ENTRIES_MAX:
                self._seen.pop(next(iter(self._seen)))
        return known
