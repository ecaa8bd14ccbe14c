"""`/v1/embeddings`: hashed bags of words, so that texts with common words are near."""

from __future__ import annotations

import base64
import hashlib
import math
import struct
from typing import Any

from llm_stand_in import language, tokens
from llm_stand_in.conversation import BadRequest, Json

_DIMENSIONS = {"text-embedding-3-large": 3072}
_DIMENSIONS_DEFAULT = 1536
_DIMENSIONS_MAX = 4096


def respond(body: Json) -> Json:
    """Answers a request."""
    model = str(body.get("model", ""))
    dimensions = body.get("dimensions") or _DIMENSIONS.get(model, _DIMENSIONS_DEFAULT)
    if not isinstance(dimensions, int) or not 1 <= dimensions <= _DIMENSIONS_MAX:
        raise BadRequest(f"'dimensions' must be from 1 to {_DIMENSIONS_MAX}.", "dimensions")
    texts = _texts(body.get("input"))
    encode = _base64 if body.get("encoding_format") == "base64" else list
    used = sum(tokens.count(text) for text in texts)
    return {
        "object": "list",
        "model": model,
        "data": [
            {"object": "embedding", "index": index, "embedding": encode(vector(text, dimensions))}
            for index, text in enumerate(texts)
        ],
        "usage": {"prompt_tokens": used, "total_tokens": used},
    }


def _texts(given: Any) -> list[str]:
    if isinstance(given, str):
        return [given]
    if isinstance(given, list) and given:
        if all(isinstance(item, str) for item in given):
            return given
        if all(isinstance(item, int) for item in given):
            return [" ".join(f"t{item}" for item in given)]
        if all(isinstance(item, list) for item in given):
            return [" ".join(f"t{number}" for number in item) for item in given]
    raise BadRequest("'input' must be a text, or a list of texts or of tokens.", "input")


def vector(text: str, dimensions: int) -> list[float]:
    """A vector of length one."""
    values = [0.0] * dimensions
    for word in language.words(text) or ["<empty>"]:
        digest = hashlib.blake2b(word.encode(errors="replace"), digest_size=24).digest()
        # Several places per word keep different words apart.
        for at in range(0, 24, 6):
            place = int.from_bytes(digest[at : at + 4], "little") % dimensions
            values[place] += 1.0 if digest[at + 4] & 1 else -1.0
    length = math.sqrt(sum(value * value for value in values)) or 1.0
    return [value / length for value in values]


def _base64(values: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()
