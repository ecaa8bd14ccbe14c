"""Which tools to call, and with what."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from llm_stand_in import language
from llm_stand_in.conversation import Conversation, Json, Tool, ToolCall

_TEXT_NAMES = frozenset({"query", "question", "q", "text", "input", "prompt", "message", "search", "request"})
_PLACE_NAMES = frozenset({"city", "location", "place", "destination", "country", "town"})
_EXPRESSION = re.compile(r"[\d(][\d\s.+*/()%^-]*[+*/%^-][\d\s.+*/()%^-]*[\d)]")
_CODE = re.compile(r"\b[A-Za-z]{1,5}-?\d{2,}\b|\b\d{3,}\b")


def calls(conversation: Conversation) -> list[ToolCall]:
    """The calls that the question needs; none if it was answered by tools already."""
    chosen = _chosen(conversation)
    found = [(tool, arguments) for tool in chosen for arguments in _argument_sets(tool, conversation)]
    limit = len(found) if conversation.parallel else 1
    return [_call(conversation, at, tool, arguments) for at, (tool, arguments) in enumerate(found[:limit])]


def _chosen(conversation: Conversation) -> list[Tool]:
    choice = conversation.tool_choice
    if choice == "none" or not conversation.tools:
        return []
    if any(message.role == "tool" for message in conversation.since_user()):
        return []
    if isinstance(choice, dict):
        named = as_name(choice)
        return [tool for tool in conversation.tools if tool.name == named]
    question = conversation.last("user")
    scored = [(fit(tool, question), tool) for tool in conversation.tools]
    best = max(score for score, _ in scored)
    if choice == "required" and best == 0:
        return [scored[0][1]]
    # Others are called too if they fit nearly as well.
    return [tool for score, tool in scored if score > 0 and score >= best / 2]


def as_name(choice: Json) -> Any:
    """The tool that a `tool_choice` names, in either API's form."""
    function = choice.get("function")
    return function.get("name") if isinstance(function, dict) else choice.get("name")


def fit(tool: Tool, question: str) -> int:
    """How well a tool suits a question; 0 if not at all."""
    asked = set(language.words(question))
    name = set(language.words(tool.name.replace("_", " ")))
    about = set(language.words(f"{tool.description} {' '.join(_properties(tool.schema))}"))
    score = 3 * len(asked & name) + len(asked & about)
    if "expression" in _properties(tool.schema) and _EXPRESSION.search(question):
        score += 3
    return score if score >= 2 else 0


def _properties(schema: Json) -> Json:
    properties = schema.get("properties")
    return properties if isinstance(properties, dict) else {}


def _argument_sets(tool: Tool, conversation: Conversation) -> list[Json]:
    """The arguments of a tool; several sets if the question names several places."""
    question = conversation.last("user")
    arguments = filled(tool.schema, question, conversation)
    places = [name for name in _properties(tool.schema) if name in _PLACE_NAMES]
    named = language.names(question)
    if len(places) != 1 or len(named) < 2:
        return [arguments]
    return [{**arguments, places[0]: name} for name in named]


def filled(schema: Json, question: str, conversation: Conversation | None = None) -> Json:
    """An object that fits a JSON schema, with what the question says."""
    required = schema.get("required")
    wanted = required if isinstance(required, list) else list(_properties(schema))
    numbers = language.numbers(question)
    history = "" if conversation is None else "\n".join(m.text for m in reversed(conversation.messages))
    filled_in: Json = {}
    for name, part in _properties(schema).items():
        mentioned = isinstance(part, dict) and any(str(o) in question for o in part.get("enum") or ())
        if name in wanted or mentioned:
            filled_in[name] = _value(name, part if isinstance(part, dict) else {}, question, numbers, history)
    return filled_in


def _value(name: str, schema: Json, question: str, numbers: list[float], history: str) -> Any:
    for options in ("anyOf", "oneOf"):
        if isinstance(schema.get(options), list) and schema[options]:
            return _value(name, schema[options][0], question, numbers, history)
    if schema.get("enum"):
        return next((o for o in schema["enum"] if str(o).lower() in question.lower()), schema["enum"][0])
    kind = schema.get("type")
    if kind in ("integer", "number"):
        number = numbers.pop(0) if numbers else float(schema.get("default") or schema.get("minimum") or 1)
        return int(number) if kind == "integer" else number
    if kind == "boolean":
        return not re.search(rf"\b(no|not|never|without)\b.*{re.escape(name)}", question, re.IGNORECASE)
    if kind == "array":
        items = schema.get("items") if isinstance(schema.get("items"), dict) else {}
        if items.get("type") == "string" and "enum" not in items:
            return language.names(question) or language.words(question)[:3]
        return [_value(name, items, question, numbers, history)]
    if kind == "object":
        return filled(schema, question)
    return _text_value(name, question, history)


def _text_value(name: str, question: str, history: str) -> str:
    last = name.lower().split("_")[-1]
    if last in ("expression", "formula"):
        found = _EXPRESSION.search(question)
        return found[0].strip() if found else question
    if last in _TEXT_NAMES:
        return question.strip()
    if last in ("id", "number", "code", "order", "reference"):
        code = _CODE.search(question) or _CODE.search(history)
        if code:
            return code[0]
    named = language.names(question) or (language.names(history) if last in _PLACE_NAMES else [])
    return named[0] if named else language.topic(question)


def _call(conversation: Conversation, at: int, tool: Tool, arguments: Json) -> ToolCall:
    text = json.dumps(arguments, ensure_ascii=False)
    seed = f"{at}\0{tool.name}\0{text}\0{len(conversation.messages)}"
    identity = hashlib.sha256(seed.encode(errors="replace")).hexdigest()[:24]
    return ToolCall(f"call_{identity}", tool.name, text)
