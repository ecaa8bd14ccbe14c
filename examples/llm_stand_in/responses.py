"""`/v1/responses`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from llm_stand_in import tokens
from llm_stand_in.answers import Answer, answer
from llm_stand_in.chat import CREATED, fingerprint, read_tool, resolved
from llm_stand_in.conversation import BadRequest, Conversation, Json, Message, ToolCall, text_of

_STORED_MAX = 1000


class ResponseStore:
    """What earlier responses said, for `previous_response_id`."""

    def __init__(self) -> None:
        self._messages: dict[str, list[Message]] = {}
        self._lock = threading.Lock()

    def put(self, identity: str, messages: list[Message]) -> None:
        """Keeps the conversation that a response ended with."""
        with self._lock:
            self._messages[identity] = messages
            if len(self._messages) > _STORED_MAX:
                self._messages.pop(next(iter(self._messages)))

    def get(self, identity: str) -> list[Message]:
        """The conversation up to a response."""
        with self._lock:
            messages = self._messages.get(identity)
        if messages is None:
            raise BadRequest(f"Previous response with id '{identity}' not found.", "previous_response_id")
        return list(messages)


class Responses:
    """Answers one request, whole or in events."""

    def __init__(self, body: Json, cache: tokens.PromptCache, store: ResponseStore) -> None:
        self._body = body
        self._identity = fingerprint(body)
        earlier = store.get(str(body["previous_response_id"])) if body.get("previous_response_id") else []
        conversation = _conversation(body, earlier)
        self._conversation = conversation
        self._answer = answer(conversation, 0, body.get("max_output_tokens"))
        said = Message("assistant", self._answer.text, self._answer.calls)
        store.put(f"resp_{self._identity}", [*conversation.messages, said])
        prompt = conversation.prompt_pieces()
        self._usage = {
            "input_tokens": len(prompt),
            "input_tokens_details": {
                "cached_tokens": cache.cached_tokens(conversation.model, prompt),
                "cache_write_tokens": 0,
            },
            "output_tokens": self._answer.tokens,
            "output_tokens_details": {"reasoning_tokens": self._answer.thought_tokens},
            "total_tokens": len(prompt) + self._answer.tokens,
        }

    def response(self) -> Json:
        """The whole response."""
        cut = self._answer.was_cut
        return {
            **self._head("incomplete" if cut else "completed"),
            "output": list(self._items()),
            "usage": self._usage,
            "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        }

    def _head(self, status: str) -> Json:
        body = self._body
        return {
            "id": f"resp_{self._identity}",
            "object": "response",
            "created_at": CREATED,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "instructions": body.get("instructions"),
            "max_output_tokens": body.get("max_output_tokens"),
            "metadata": body.get("metadata") or {},
            "model": self._conversation.model,
            "output": [],
            "parallel_tool_calls": self._conversation.parallel,
            "previous_response_id": body.get("previous_response_id"),
            "reasoning": body.get("reasoning") or {"effort": None, "summary": None},
            "store": True,
            "temperature": body.get("temperature", 1.0),
            "text": body.get("text") or {"format": {"type": "text"}},
            "tool_choice": self._conversation.tool_choice,
            "tools": body.get("tools") or [],
            "top_p": body.get("top_p", 1.0),
            "truncation": body.get("truncation") or "disabled",
            "usage": None,
        }

    def _items(self) -> Iterator[Json]:
        found = self._answer
        if self._conversation.is_reasoning:
            summary = [{"type": "summary_text", "text": text} for text in _told(found, self._body)]
            yield {"id": f"rs_{self._identity}", "type": "reasoning", "summary": summary}
        for index, call in enumerate(found.calls):
            yield {
                "id": f"fc_{self._identity}{index}",
                "type": "function_call",
                "status": "completed",
                "call_id": call.id,
                "name": call.name,
                "arguments": call.arguments,
            }
        if not found.calls:
            part = {"type": "output_text", "text": found.text, "annotations": [], "logprobs": []}
            yield {
                "id": f"msg_{self._identity}",
                "type": "message",
                "status": "incomplete" if found.was_cut else "completed",
                "role": "assistant",
                "content": [part],
            }

    def events(self) -> Iterator[Json]:
        """The response as events; the last one carries all of it."""
        for number, event in enumerate(self._events()):
            yield {**event, "sequence_number": number}

    def _events(self) -> Iterator[Json]:
        yield {"type": "response.created", "response": self._head("in_progress")}
        yield {"type": "response.in_progress", "response": self._head("in_progress")}
        for index, item in enumerate(self._items()):
            yield {"type": "response.output_item.added", "output_index": index, "item": _begun(item)}
            place = {"item_id": item["id"], "output_index": index}
            if item["type"] == "reasoning":
                yield from _summary_events(item, place)
            elif item["type"] == "function_call":
                yield from _call_events(item, place)
            else:
                yield from _text_events(item, place)
            yield {"type": "response.output_item.done", "output_index": index, "item": item}
        final = "response.incomplete" if self._answer.was_cut else "response.completed"
        yield {"type": final, "response": self.response()}


def _told(found: Answer, body: Json) -> list[str]:
    reasoning = body.get("reasoning")
    asked = isinstance(reasoning, dict) and (reasoning.get("summary") or reasoning.get("generate_summary"))
    return found.thoughts if asked else []


def _begun(item: Json) -> Json:
    empty = {"reasoning": {"summary": []}, "function_call": {"arguments": ""}, "message": {"content": []}}
    begun = {**item, **empty[item["type"]]}
    return {**begun, "status": "in_progress"} if "status" in item else begun


def _summary_events(item: Json, place: Json) -> Iterator[Json]:
    for at, part in enumerate(item["summary"]):
        where = {**place, "summary_index": at}
        kind = "response.reasoning_summary"
        yield {"type": f"{kind}_part.added", **where, "part": {"type": "summary_text", "text": ""}}
        for piece in tokens.pieces(part["text"]):
            yield {"type": f"{kind}_text.delta", **where, "delta": piece}
        yield {"type": f"{kind}_text.done", **where, "text": part["text"]}
        yield {"type": f"{kind}_part.done", **where, "part": part}


def _call_events(item: Json, place: Json) -> Iterator[Json]:
    kind = "response.function_call_arguments"
    for piece in tokens.pieces(item["arguments"]):
        yield {"type": f"{kind}.delta", **place, "delta": piece}
    yield {"type": f"{kind}.done", **place, "arguments": item["arguments"], "name": item["name"]}


def _text_events(item: Json, place: Json) -> Iterator[Json]:
    (part,) = item["content"]
    where = {**place, "content_index": 0}
    yield {"type": "response.content_part.added", **where, "part": {**part, "text": ""}}
    for piece in tokens.pieces(part["text"]):
        yield {"type": "response.output_text.delta", **where, "delta": piece, "logprobs": []}
    yield {"type": "response.output_text.done", **where, "text": part["text"], "logprobs": []}
    yield {"type": "response.content_part.done", **where, "part": part}


def _conversation(body: Json, earlier: list[Message]) -> Conversation:
    given = body.get("input")
    if isinstance(given, str):
        said = [Message("user", given)]
    elif isinstance(given, list) and given:
        said = [message for item in given if (message := _read_item(item))]
    else:
        raise BadRequest("'input' must be a text or a list of items.", "input")
    # Instructions hold for one request only.
    earlier = [message for message in earlier if message.role != "system"]
    instructions = [Message("system", body["instructions"])] if body.get("instructions") else []
    return Conversation(
        model=str(body["model"]),
        messages=[*instructions, *earlier, *said],
        tools=[tool for item in body.get("tools") or [] if (tool := read_tool(item))],
        tool_choice=body.get("tool_choice") or "auto",
        parallel=body.get("parallel_tool_calls") is not False,
        json_schema=_json_schema(body.get("text")),
    )


def _read_item(item: Any) -> Message | None:
    if not isinstance(item, dict):
        raise BadRequest("Every item of 'input' must be an object.", "input")
    kind = item.get("type")
    if kind == "function_call":
        call = ToolCall(str(item.get("call_id")), str(item.get("name")), str(item.get("arguments")))
        return Message("assistant", calls=[call])
    if kind == "function_call_output":
        output = item.get("output")
        return Message(
            "tool", output if isinstance(output, str) else text_of(output), call_id=item.get("call_id")
        )
    if kind in (None, "message"):
        role = str(item.get("role", "user"))
        return Message("system" if role == "developer" else role, text_of(item.get("content")))
    return None


def _json_schema(text: Any) -> Json | None:
    wanted = text.get("format") if isinstance(text, dict) else None
    if not isinstance(wanted, dict) or wanted.get("type") in (None, "text"):
        return None
    schema = wanted.get("schema")
    return resolved(schema) if isinstance(schema, dict) else {}
