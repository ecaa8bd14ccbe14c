"""`responses.create` of OpenAI."""

from __future__ import annotations

from typing import Any

from pandaprobe.wrappers._api import Answer, Json, Request, ToolUse
from pandaprobe.wrappers._openai_usage import response_usage
from pandaprobe.wrappers._values import as_dict, as_list, get, parameters, plain

_PARAMETERS = ("max_output_tokens", "temperature", "top_p", "reasoning", "truncation", "service_tier")

# The role that an item without one speaks in.
_ITEM_ROLES = {"function_call_output": "tool", "custom_tool_call_output": "tool"}

_OUTPUT_BEGINS = frozenset(
    {"response.output_text.delta", "response.refusal.delta", "response.function_call_arguments.delta"}
)
_LAST_EVENTS = frozenset({"response.completed", "response.incomplete", "response.failed"})


class ResponsesApi:
    """How a response is read."""

    name = "openai-response"

    def request(self, arguments: Json) -> Request:
        """Instructions as the system's message, then the input."""
        messages: list[Any] = []
        instructions, given = arguments.get("instructions"), arguments.get("input")
        if instructions is not None:
            messages.append({"role": "system", "content": instructions})
        if isinstance(given, str):
            messages.append({"role": "user", "content": given})
        elif isinstance(given, (list, tuple)):
            messages.extend(_input_message(item) for item in given)
        return Request(
            input={"messages": messages} if messages else None,
            model=arguments.get("model"),
            parameters=parameters(arguments, _PARAMETERS),
        )

    def answer(self, response: Json) -> Answer:
        """The messages among the items; what the model thought and asked for apart from them."""
        items = [as_dict(item) for item in as_list(response.get("output"))]
        reported, buckets = response_usage(response.get("usage"))
        thoughts = [
            str(part.get("text"))
            for item in items
            if item.get("type") == "reasoning"
            for part in as_list(item.get("summary"))
            if isinstance(part, dict) and part.get("text")
        ]
        metadata: Json = {"reasoning_summary": "\n\n".join(thoughts)} if thoughts else {}
        if response.get("incomplete_details"):
            metadata["incomplete_details"] = response["incomplete_details"]
        return Answer(
            output={"messages": _output_messages(items)},
            model=response.get("model"),
            token_usage=reported,
            usage=buckets,
            metadata=metadata,
            tools=[tool for item in items if (tool := _tool_use(item))],
            error=_error(response),
        )

    def collector(self) -> ResponsesCollector:
        """For ``stream=True``."""
        return ResponsesCollector()


def _input_message(item: Any) -> Any:
    """An item of the input; those that are no message get the role that they speak in."""
    item = item if isinstance(item, dict) else plain(item)
    if not isinstance(item, dict) or "role" in item:
        return item
    return {"role": _ITEM_ROLES.get(str(item.get("type")), "assistant"), **item}


def _output_messages(items: list[Json]) -> list[Json]:
    messages = [_without_parsed(item) for item in items if item.get("type") == "message"]
    calls = [
        {
            "id": item.get("call_id"),
            "type": "function",
            "function": {"name": item.get("name"), "arguments": item.get("arguments")},
        }
        for item in items
        if item.get("type") == "function_call"
    ]
    if messages or not calls:
        return messages
    return [{"role": "assistant", "content": None, "tool_calls": calls}]


def _without_parsed(item: Json) -> Json:
    """What `parse` adds is the text once more."""
    parts = [
        {key: value for key, value in part.items() if key != "parsed"} if isinstance(part, dict) else part
        for part in as_list(item.get("content"))
    ]
    return {"role": "assistant", **item, "content": parts}


def _tool_use(item: Json) -> ToolUse | None:
    kind = str(item.get("type"))
    if kind == "function_call":
        return ToolUse(f"function_call:{item.get('name')}", item.get("arguments"))
    if not kind.endswith("_call"):
        return None
    name = kind.removesuffix("_call")
    if item.get("name"):
        name = f"{name}:{item['name']}"
    return ToolUse(name, item, {"status": item.get("status")})


def _error(response: Json) -> str | None:
    if response.get("status") != "failed":
        return None
    error = as_dict(response.get("error"))
    return str(error.get("message") or error.get("code") or "the response failed")


class ResponsesCollector:
    """Puts the events of a streamed response together."""

    def __init__(self) -> None:
        self._last: Any = None
        self._begun: Any = None
        self._items: dict[Any, Any] = {}
        self._texts: dict[Any, list[str]] = {}

    @property
    def complete(self) -> bool:
        """Whether the whole response came."""
        return self._last is not None

    def add(self, chunk: Any) -> bool:
        """Takes an event; the first text or argument is the begin of the output."""
        kind = get(chunk, "type")
        if kind in _OUTPUT_BEGINS:
            if kind == "response.output_text.delta":
                self._texts.setdefault(get(chunk, "output_index"), []).append(get(chunk, "delta") or "")
            return True
        if kind in _LAST_EVENTS:
            self._last = get(chunk, "response")
        elif kind == "response.output_item.done":
            self._items[get(chunk, "output_index")] = get(chunk, "item")
        elif kind == "response.created":
            self._begun = get(chunk, "response")
        elif kind == "error":
            self._last = {"status": "failed", "error": {"message": get(chunk, "message")}}
        return False

    def response(self) -> Json | None:
        """The response so far."""
        begun = as_dict(plain(self._begun))
        last = as_dict(plain(self._last))
        if last.get("output"):
            return last
        if not begun and not last and not self._items and not self._texts:
            return None
        items = {
            index: {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "".join(parts)}],
            }
            for index, parts in self._texts.items()
        }
        items.update({index: plain(item) for index, item in self._items.items()})
        ordered = [items[index] for index in sorted(items, key=lambda index: index or 0)]
        return {"model": begun.get("model"), **last, "output": ordered}
