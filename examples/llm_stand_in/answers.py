"""The answer to a conversation: grounded in what it says, the same every time."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field

from llm_stand_in import language, tokens, tools
from llm_stand_in.conversation import Conversation, Message, ToolCall

_GREETING = re.compile(r"^\s*(hi|hello|hey|good (morning|afternoon|evening))\b", re.IGNORECASE)
_THANKS = re.compile(r"\b(thanks|thank you|cheers|great, that)\b", re.IGNORECASE)
_INTRODUCTION = re.compile(r"\b(?:my name is|i am called|call me|i'm|i am)\s+([A-Z]\w+)", re.IGNORECASE)
_ASKS_NAME = re.compile(r"\b(what(?:'s| is) my name|who am i|remember my name)\b", re.IGNORECASE)
_ASKS_EARLIER = re.compile(
    r"\b(first|earlier|before|previous(?:ly)?)\b.*\b(ask|say|said|question)", re.IGNORECASE
)
_CONTEXT = re.compile(
    r"\b(?:context|documents?|passages?|sources?)\b[^\n:]*:\s*\n?(.+)", re.IGNORECASE | re.DOTALL
)

_REFERS_BACK = re.compile(r"\b(it|its|that|there|they|their|this)\b", re.IGNORECASE)

_FACTS = {
    ("capital", "france"): "The capital of France is Paris.",
    ("capital", "germany"): "The capital of Germany is Berlin.",
    ("capital", "japan"): "The capital of Japan is Tokyo.",
    ("capital", "italy"): "The capital of Italy is Rome.",
    ("capital", "spain"): "The capital of Spain is Madrid.",
    (
        "population",
        "paris",
    ): "About 2.1 million people live in the city of Paris, and about 11 million in its metropolitan area.",
    (
        "population",
        "tokyo",
    ): "About 14 million people live in Tokyo, and about 37 million in its metropolitan area.",
    ("eiffel", "tower"): "The Eiffel Tower in Paris was finished in 1889 and is 330 metres tall.",
    (
        "session",
        "trace",
    ): "A session is one agent lifecycle, such as a conversation; its traces are the requests in it.",
    ("speed", "light"): "Light travels at 299,792,458 metres per second in a vacuum.",
}
_FACT_WORDS = {tuple(language.stem(word) for word in key): fact for key, fact in _FACTS.items()}

_OPENINGS = (
    "On {topic}, three things matter most.",
    "Here is a brief overview of {topic}.",
    "Good question about {topic}.",
    "Let me sum up {topic} for you.",
)
_POINTS = (
    "First, be clear about the goal, since everything else follows from it",
    "Start small, measure what happens, and build on what works",
    "Keep an eye on cost and quality from the beginning",
    "Most difficulties come from the steps in between rather than from the result",
    "Write down what was decided, so that the next step can rely on it",
    "Compare two or three alternatives before settling on one",
    "Ask someone who has done it before, which usually saves the most time",
)


@dataclass
class Answer:
    """A text or tool calls, and the thoughts before it."""

    text: str = ""
    calls: list[ToolCall] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    """Paragraphs; only of models that think."""
    was_cut: bool = False

    @property
    def thought_tokens(self) -> int:
        """What the thoughts cost; models think more than they tell."""
        return 4 * sum(tokens.count(thought) for thought in self.thoughts)

    @property
    def tokens(self) -> int:
        """All tokens of the answer, thoughts included."""
        called = sum(tokens.count(call.name + call.arguments) + 4 for call in self.calls)
        return tokens.count(self.text) + called + self.thought_tokens


def answer(conversation: Conversation, variant: int = 0, token_limit: int | None = None) -> Answer:
    """Answers a conversation; other variants say it in other words."""
    found = Answer(calls=tools.calls(conversation))
    if not found.calls:
        found.text = (
            _json_text(conversation) if conversation.json_schema is not None else _text(conversation, variant)
        )
    if conversation.is_reasoning:
        found.thoughts = _thoughts(conversation, found)
    if token_limit is not None:
        _cut(found, token_limit)
    return found


def _cut(found: Answer, token_limit: int) -> None:
    left = max(0, token_limit - found.thought_tokens)
    parts = tokens.pieces(found.text)
    if len(parts) > left:
        found.text = "".join(parts[:left])
        found.was_cut = True


def _text(conversation: Conversation, variant: int) -> str:
    question = conversation.last("user")
    results = [message for message in conversation.since_user() if message.role == "tool"]
    for text in (
        _from_tools(conversation, results),
        _from_context(conversation, question),
        _small_talk(conversation, question),
        _fact(conversation, question),
    ):
        if text:
            return text
    return _overview(conversation, question, variant)


def _from_tools(conversation: Conversation, results: list[Message]) -> str:
    if not results:
        return ""
    names = {call.id: call.name for message in conversation.messages for call in message.calls}
    told = []
    for result in results:
        name = names.get(result.call_id or "", "the tool").replace("_", " ")
        text = language.readable(result.text).rstrip(".")
        if re.match(r"\W*(error|failed|exception)\b", text, re.IGNORECASE):
            told.append(f"I could not use {name}: {text}.")
        else:
            told.append(f"According to {name}: {text}.")
    return " ".join(told)


def _from_context(conversation: Conversation, question: str) -> str:
    system = _CONTEXT.search(conversation.last("system"))
    inline = _CONTEXT.search(question)
    asked = question[: inline.start()] + _after_question(inline[1]) if inline else question
    context = inline[1] if inline else system[1] if system else ""
    if not context:
        return ""
    context = re.sub(r"\bquestion\s*:.*", "", context, flags=re.IGNORECASE | re.DOTALL)
    found = language.best_sentences(asked, context, 2)
    if not found:
        return "The documents do not say anything about that."
    return "According to the documents, " + " ".join(re.sub(r"^\[?\d+[\].)]\s*", "", part) for part in found)


def _after_question(text: str) -> str:
    found = re.search(r"\bquestion\s*:(.*)", text, re.IGNORECASE | re.DOTALL)
    return found[1] if found else ""


def _small_talk(conversation: Conversation, question: str) -> str:
    asked = [message.text for message in conversation.messages if message.role == "user"]
    name = next((found[1] for text in reversed(asked) if (found := _INTRODUCTION.search(text))), None)
    name = name if name is not None and name[:1].isupper() else None
    if _ASKS_NAME.search(question):
        return f"Your name is {name}." if name else "You have not told me your name yet."
    if _ASKS_EARLIER.search(question) and len(asked) > 1:
        return f"Your first question was: “{asked[0].strip()}”"
    if _THANKS.search(question):
        return "You are welcome! Is there anything else you would like to know?"
    if _INTRODUCTION.search(question) and name:
        return f"Nice to meet you, {name}! How can I help you today?"
    if _GREETING.match(question) and len(question.split()) < 6:
        return "Hello! How can I help you today?"
    return ""


def _fact(conversation: Conversation, question: str) -> str:
    asked = set(language.words(question))
    known = set(asked)
    if _REFERS_BACK.search(question):
        for message in conversation.messages[-3:-1]:
            known.update(language.words(message.text))
    facts = (fact for key, fact in _FACT_WORDS.items() if key[0] in asked and known.issuperset(key))
    return next(facts, "")


def _overview(conversation: Conversation, question: str, variant: int) -> str:
    topic = language.topic(question)
    digest = hashlib.sha256(f"{variant}\0{question}".encode(errors="replace")).digest()
    opening = _OPENINGS[digest[0] % len(_OPENINGS)].format(topic=topic)
    at = digest[1] % len(_POINTS)
    points = [_POINTS[(at + step) % len(_POINTS)] for step in range(3)]
    earlier = [
        message.text for message in conversation.messages[:-1] if message.role == "user" and message.text
    ]
    link = f" This builds on what you asked about {language.topic(earlier[-1])}." if earlier else ""
    return f"{opening} {'. '.join(points)}.{link}"


def _json_text(conversation: Conversation) -> str:
    question = conversation.last("user")
    if not conversation.json_schema:
        return json.dumps({"answer": _text(conversation, 0)}, ensure_ascii=False)
    return json.dumps(tools.filled(conversation.json_schema, question), ensure_ascii=False)


def _thoughts(conversation: Conversation, found: Answer) -> list[str]:
    topic = language.topic(conversation.last("user"))
    plan = (
        f"Calling {' and '.join(sorted({call.name for call in found.calls}))} gives what is missing."
        if found.calls
        else "What I know is enough to answer directly and briefly."
    )
    return [f"The user wants to know about {topic}.", plan]
