"""What the stand-in understands of texts: words, sentences, names, numbers."""

from __future__ import annotations

import json
import re
from typing import Any

_STOP_WORDS = frozenset(
    """
    a about above after all also am an and any are as at be been but by can could did do does for
    from get give had has have he help her him his how i if in into is it its just let like make me
    my need no not of on one or our out please she should show so some tell than that the their them
    then there these they this to too up us use want was we were what when where which who why will
    with would you your
    """.split()  # noqa: SIM905
)
# Capitalised for other reasons than being a name.
_NO_NAMES = frozenset({"I", "It", "The", "A", "An", "And", "Or", "Context", "Question", "Answer", "Please"})

_NAME = re.compile(r"\b[A-Z][\w'-]+(?: [A-Z][\w'-]+)*")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")


def words(text: str) -> list[str]:
    """The words that carry meaning, in lower case and without common endings."""
    return [
        stem(word)
        for word in re.findall(r"[^\W_]+", text.lower())
        if word not in _STOP_WORDS and len(word) > 1
    ]


def stem(word: str) -> str:
    """The word without plural and verb endings."""
    for ending in ("ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def sentences(text: str) -> list[str]:
    """The sentences of a text."""
    return [found for part in _SENTENCE.findall(text) if len(found := part.strip(" -*#\t")) > 1]


def names(text: str) -> list[str]:
    """Words in capitals that do not begin a sentence, in order."""
    begins = {sentence.split()[0] for sentence in sentences(text)}
    found = [name for name in _NAME.findall(text) if name not in _NO_NAMES and name not in begins]
    return list(dict.fromkeys(found))


def numbers(text: str) -> list[float]:
    """The numbers in a text, in order."""
    return [float(number) for number in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w])", text)]


_QUESTION = re.compile(
    r"^(?:(?:and|so|but|then|also|please|explain|describe|is|are|do|does) "
    r"|(?:can|could|would) you |what(?: is|'s| are| about)? |who is |tell me (?:more )?(?:about )?"
    r"|how (?:(?:do|does|can|should|would|to|much|many) )?(?:(?:i|we|you|is|are) )?"
    r"|(?:why|when|where) (?:do|does|is|are) )+",
    re.IGNORECASE,
)


def topic(text: str, limit: int = 8) -> str:
    """What a text is about: its first sentence without the question around it."""
    first = next(iter(sentences(text)), text).strip().rstrip("?!.")
    short = _QUESTION.sub("", first).strip() or first
    kept = short.split()[:limit]
    while len(kept) > 1 and kept[-1].lower() in _STOP_WORDS:
        kept.pop()
    return " ".join(kept) or "that"


def best_sentences(question: str, text: str, limit: int) -> list[str]:
    """The sentences of `text` that share most words with the question, best first."""
    wanted = set(words(question))
    scored = [
        (len(wanted & set(words(sentence))), -at, sentence) for at, sentence in enumerate(sentences(text))
    ]
    return [sentence for score, _, sentence in sorted(scored, reverse=True)[:limit] if score > 0]


def readable(value: Any) -> str:
    """A value, maybe JSON, as a phrase."""
    if isinstance(value, str):
        text = value.strip()
        if text[:1] in ("{", "["):
            try:
                return readable(json.loads(text))
            except ValueError:
                return text
        return text
    if isinstance(value, dict):
        return ", ".join(f"{str(key).replace('_', ' ')} {readable(item)}" for key, item in value.items())
    if isinstance(value, list):
        return "; ".join(readable(item) for item in value)
    return json.dumps(value)
