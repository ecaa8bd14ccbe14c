"""LangChain's messages and states in the message schema."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from langchain_core.documents import Document
from langchain_core.messages import BaseMessage
from langchain_core.prompt_values import PromptValue

Json = dict[str, Any]

_ROLES = {
    "human": "user",
    "HumanMessageChunk": "user",
    "ai": "assistant",
    "AIMessageChunk": "assistant",
    "model": "assistant",
    "SystemMessageChunk": "system",
    "ToolMessageChunk": "tool",
}
_THINKING_BLOCKS = frozenset({"thinking", "redacted_thinking", "reasoning", "reasoning_content"})
_CALL_BLOCKS = frozenset({"tool_use", "tool_call", "function_call"})

# States nest a few levels; deeper is left to the SDK, which bounds it.
_DEPTH_MAX = 8


def message_dict(message: BaseMessage) -> Json:
    """A message with role and content, and its tool calls in OpenAI's form; without thoughts."""
    calls = getattr(message, "tool_calls", None) or []
    kind = str(getattr(message, "role", None) or message.type)
    out: Json = {"role": _ROLES.get(kind, kind), "content": _content(message.content, bool(calls))}
    if message.name:
        out["name"] = message.name
    if calls:
        out["tool_calls"] = [_call(call) for call in calls]
    if getattr(message, "tool_call_id", None):
        out["tool_call_id"] = message.tool_call_id  # type: ignore[attr-defined]
    if getattr(message, "status", None) == "error":
        out["status"] = "error"
    return out


def _call(call: Any) -> Json:
    arguments = json.dumps(call.get("args"), ensure_ascii=False, default=str)
    function = {"name": call.get("name"), "arguments": arguments}
    return {"id": call.get("id"), "type": "function", "function": function}


def _content(content: Any, has_calls: bool) -> Any:
    if not isinstance(content, list):
        return content
    hidden = _THINKING_BLOCKS | _CALL_BLOCKS if has_calls else _THINKING_BLOCKS
    blocks = [block for block in content if not (isinstance(block, dict) and block.get("type") in hidden)]
    texts = [block if isinstance(block, str) else _block_text(block) for block in blocks]
    known = [text for text in texts if text is not None]
    return " ".join(known) if len(known) == len(texts) else blocks


def _block_text(block: Any) -> str | None:
    if not isinstance(block, dict) or block.get("type") not in ("text", "output_text"):
        return None
    text = block.get("text")
    return text if isinstance(text, str) else None


def thoughts(message: BaseMessage) -> str:
    """What a model thought before it answered, as far as the provider tells."""
    found: list[str] = []
    for block in message.content if isinstance(message.content, list) else []:
        if isinstance(block, dict) and block.get("type") in _THINKING_BLOCKS:
            found += _thought_texts(block)
    extra = message.additional_kwargs
    if not found and isinstance(extra.get("reasoning_content"), str):
        found.append(extra["reasoning_content"])
    if not found and isinstance(extra.get("reasoning"), dict):
        found += _thought_texts(extra["reasoning"])
    return "\n\n".join(text for text in found if text)


def _thought_texts(block: Json) -> list[str]:
    for name in ("thinking", "reasoning", "reasoning_content", "text"):
        if isinstance(block.get(name), str):
            return [block[name]]
    summary = block.get("summary")
    parts = summary if isinstance(summary, list) else []
    return [part["text"] for part in parts if isinstance(part, dict) and isinstance(part.get("text"), str)]


def plain(value: Any, depth: int = 0) -> Any:
    """A state or any other value, with the messages in it as dicts; other objects as they are."""
    if isinstance(value, BaseMessage):
        return message_dict(value)
    if isinstance(value, Document):
        return {"page_content": value.page_content, "metadata": value.metadata}
    if isinstance(value, PromptValue):
        return {"messages": [message_dict(message) for message in value.to_messages()]}
    if depth >= _DEPTH_MAX:
        return value
    if isinstance(value, dict):
        return {
            key: _message_list(item, depth) if key == "messages" else plain(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [plain(item, depth + 1) for item in value]
    return value


def _message_list(value: Any, depth: int) -> Any:
    """Messages in any of the forms that LangChain takes."""
    if isinstance(value, (BaseMessage, str)):
        return [_any_message(value)]
    if not isinstance(value, (list, tuple)):
        return plain(value, depth + 1)
    return [_any_message(item) for item in value]


def _any_message(value: Any) -> Any:
    if isinstance(value, str):
        return {"role": "user", "content": value}
    if isinstance(value, (list, tuple)) and len(value) == 2 and all(isinstance(item, str) for item in value):
        return {"role": _ROLES.get(value[0], value[0]), "content": value[1]}
    if isinstance(value, dict) and isinstance(value.get("role"), str):
        return {**value, "role": _ROLES.get(value["role"], value["role"])}
    return plain(value)


def as_conversation(value: Any, role: str) -> Any:
    """What a trace shows of an input or output: texts and messages in the message schema."""
    if isinstance(value, str):
        return {"messages": [{"role": role, "content": value}]}
    if _is_message(value):
        return {"messages": [value]}
    if isinstance(value, list) and value:
        if all(_is_message(item) for item in value):
            return {"messages": value}
        if all(isinstance(item, str) for item in value):
            return {"messages": [{"role": role, "content": item} for item in value]}
    return value


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("role"), str) and "content" in value


def tool_input(text: str, inputs: Any) -> Any:
    """The arguments of a tool: as given, or what their text says if it is JSON."""
    if isinstance(inputs, dict):
        return plain(inputs)
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text


def first_prompt(messages: Sequence[Sequence[BaseMessage]]) -> Json:
    """The messages of the first of several prompts."""
    return {"messages": [_any_message(message) for message in messages[0]] if messages else []}
