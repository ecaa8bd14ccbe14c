"""`/v1/chat/completions`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from llm_stand_in import tokens
from llm_stand_in.answers import Answer, answer
from llm_stand_in.conversation import BadRequest, Conversation, Json, Message, Tool, ToolCall, text_of

# The same request gets the same answer, so its time is always the same too.
CREATED = 1_767_225_600

_CHOICES_MAX = 8


class Chat:
    """Answers one request, whole or in chunks."""

    def __init__(self, body: Json, cache: tokens.PromptCache) -> None:
        self._body = body
        self._conversation = _conversation(body)
        choices = body.get("n") or 1
        if not isinstance(choices, int) or not 1 <= choices <= _CHOICES_MAX:
            raise BadRequest(f"'n' must be from 1 to {_CHOICES_MAX}.", "n")
        limit = body.get("max_completion_tokens") or body.get("max_tokens")
        self._answers = [answer(self._conversation, variant, limit) for variant in range(choices)]
        self._usage = self._count(cache)

    def _count(self, cache: tokens.PromptCache) -> Json:
        prompt = self._conversation.prompt_pieces()
        completion = sum(found.tokens for found in self._answers)
        return {
            "prompt_tokens": len(prompt),
            "completion_tokens": completion,
            "total_tokens": len(prompt) + completion,
            "prompt_tokens_details": {
                "cached_tokens": cache.cached_tokens(self._conversation.model, prompt),
                "audio_tokens": 0,
            },
            "completion_tokens_details": {
                "reasoning_tokens": sum(found.thought_tokens for found in self._answers),
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }

    def _head(self, kind: str) -> Json:
        return {
            "id": f"chatcmpl-{fingerprint(self._body)}",
            "object": kind,
            "created": CREATED,
            "model": self._conversation.model,
            "service_tier": "default",
            "system_fingerprint": "fp_stand_in",
        }

    def response(self) -> Json:
        """The whole completion."""
        choices = [
            {
                "index": index,
                "message": _message(found),
                "logprobs": None,
                "finish_reason": _finish_reason(found),
            }
            for index, found in enumerate(self._answers)
        ]
        return {**self._head("chat.completion"), "choices": choices, "usage": self._usage}

    def chunks(self) -> Iterator[Json]:
        """The completion in chunks; the last has the usage if that was asked for."""
        options = self._body.get("stream_options")
        with_usage = isinstance(options, dict) and options.get("include_usage") is True
        head = self._head("chat.completion.chunk")
        if with_usage:
            head["usage"] = None
        for index, found in enumerate(self._answers):
            for delta, reason in _deltas(found):
                choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": reason}
                yield {**head, "choices": [choice]}
        if with_usage:
            yield {**head, "choices": [], "usage": self._usage}


def fingerprint(body: Json) -> str:
    """An id that the same request gets again, streamed or not."""
    same = {key: value for key, value in body.items() if key not in ("stream", "stream_options")}
    return hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()[:29]


def _message(found: Answer) -> Json:
    message: Json = {"role": "assistant", "content": found.text or None, "refusal": None, "annotations": []}
    if found.calls:
        message["tool_calls"] = [_call(call) for call in found.calls]
    else:
        message["content"] = found.text
    return message


def _call(call: ToolCall) -> Json:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _finish_reason(found: Answer) -> str:
    if found.calls:
        return "tool_calls"
    return "length" if found.was_cut else "stop"


def _deltas(found: Answer) -> Iterator[tuple[Json, str | None]]:
    yield {"role": "assistant", "content": None if found.calls else "", "refusal": None}, None
    for piece in tokens.pieces(found.text):
        yield {"content": piece}, None
    for index, call in enumerate(found.calls):
        function = {"name": call.name, "arguments": ""}
        yield (
            {"tool_calls": [{"index": index, "id": call.id, "type": "function", "function": function}]},
            None,
        )
        for piece in tokens.pieces(call.arguments):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}, None
    yield {}, _finish_reason(found)


def _conversation(body: Json) -> Conversation:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequest("'messages' must be a list with at least one message.", "messages")
    return Conversation(
        model=str(body["model"]),
        messages=[_read_message(message, index) for index, message in enumerate(messages)],
        tools=[tool for item in body.get("tools") or [] if (tool := read_tool(item.get("function")))],
        tool_choice=body.get("tool_choice", "auto"),
        parallel=body.get("parallel_tool_calls") is not False,
        json_schema=_json_schema(body.get("response_format")),
    )


def _read_message(message: Any, index: int) -> Message:
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise BadRequest(f"Invalid value: 'messages[{index}]' must have a 'role'.", f"messages[{index}].role")
    role = {"developer": "system", "function": "tool"}.get(message["role"], message["role"])
    calls = []
    for call in message.get("tool_calls") or []:
        function = call.get("function") or {}
        calls.append(ToolCall(str(call.get("id")), str(function.get("name")), str(function.get("arguments"))))
    return Message(role, text_of(message.get("content")), calls, message.get("tool_call_id"))


def read_tool(function: Any) -> Tool | None:
    """A function's definition; None if it is none."""
    if not isinstance(function, dict) or not function.get("name"):
        return None
    schema = function.get("parameters")
    return Tool(
        str(function["name"]),
        str(function.get("description") or ""),
        schema if isinstance(schema, dict) else {},
    )


def _json_schema(wanted: Any) -> Json | None:
    if not isinstance(wanted, dict) or wanted.get("type") in (None, "text"):
        return None
    described = wanted.get("json_schema")
    schema = described.get("schema") if isinstance(described, dict) else None
    return resolved(schema) if isinstance(schema, dict) else {}


def resolved(schema: Json, definitions: Json | None = None, depth: int = 0) -> Json:
    """The schema with its references (`$ref`) replaced by what they stand for."""
    definitions = definitions if definitions is not None else schema.get("$defs") or {}
    reference = schema.get("$ref")
    if isinstance(reference, str):
        return (
            resolved(definitions.get(reference.split("/")[-1], {}), definitions, depth + 1)
            if depth < 20
            else {}
        )
    out: Json = {}
    for key, value in schema.items():
        if key == "$defs":
            continue
        if isinstance(value, dict):
            out[key] = resolved(value, definitions, depth + 1)
        elif isinstance(value, list):
            out[key] = [resolved(v, definitions, depth + 1) if isinstance(v, dict) else v for v in value]
        else:
            out[key] = value
    return out
