"""`chat.completions.create` of OpenAI."""

from __future__ import annotations

from typing import Any

from pandaprobe.wrappers._api import Answer, Json, Request
from pandaprobe.wrappers._openai_usage import chat_usage
from pandaprobe.wrappers._values import as_dict, as_list, fields, get, parameters, plain

_PARAMETERS = (
    "temperature",
    "top_p",
    "max_tokens",
    "max_completion_tokens",
    "frequency_penalty",
    "presence_penalty",
    "seed",
    "n",
    "response_format",
    "stop",
    "logprobs",
    "top_logprobs",
    "reasoning_effort",
    "stream_options",
    "service_tier",
)

_USUAL_ENDS = frozenset({None, "stop", "tool_calls", "function_call"})


class ChatApi:
    """How a chat completion is read."""

    name = "openai-chat"

    def request(self, arguments: Json) -> Request:
        """The messages as given."""
        messages = arguments.get("messages")
        # An iterator may be read only once, and that is the client's.
        known = isinstance(messages, (list, tuple))
        return Request(
            input={"messages": [_message(message) for message in messages or ()]} if known else None,
            model=arguments.get("model"),
            parameters=parameters(arguments, _PARAMETERS),
        )

    def answer(self, response: Json) -> Answer:
        """The first choice's message, whole."""
        choice = as_dict(next(iter(as_list(response.get("choices"))), None))
        reported, buckets = chat_usage(response.get("usage"))
        end = choice.get("finish_reason")
        return Answer(
            output=_output(choice.get("message")),
            model=response.get("model"),
            token_usage=reported,
            usage=buckets,
            metadata={} if end in _USUAL_ENDS else {"finish_reason": end},
        )

    def collector(self) -> ChatCollector:
        """For ``stream=True``."""
        return ChatCollector()


def _message(message: Any) -> Any:
    return message if isinstance(message, dict) else plain(message)


def _output(message: Any) -> Json | None:
    if not isinstance(message, dict):
        return None
    # What `parse` adds is the content once more.
    message = {key: value for key, value in message.items() if key != "parsed"}
    return {"messages": [{"role": "assistant", **message}]}


class ChatCollector:
    """Puts the chunks of a streamed chat completion together."""

    def __init__(self) -> None:
        self._any = False
        self._model: Any = None
        self._usage: Any = None
        self._end: Any = None
        self._message: Json = {"role": "assistant"}
        self._texts: dict[str, list[str]] = {}
        self._calls: dict[Any, Json] = {}

    @property
    def complete(self) -> bool:
        """Whether the model has said why it ended."""
        return self._end is not None

    def add(self, chunk: Any) -> bool:
        """Takes a chunk; the first one counts as the begin of the output."""
        self._any = True
        self._usage = get(chunk, "usage") or self._usage
        self._model = get(chunk, "model") or self._model
        for choice in get(chunk, "choices") or ():
            if not get(choice, "index"):
                self._end = get(choice, "finish_reason") or self._end
                self._add_delta(get(choice, "delta"))
        return True

    def _add_delta(self, delta: Any) -> None:
        for name, value in fields(delta).items():
            if value is None:
                continue
            if name == "role":
                self._message["role"] = value
            elif isinstance(value, str):
                self._texts.setdefault(name, []).append(value)
            elif name == "tool_calls":
                for call in value:
                    self._add_call(call)
            else:
                merge(self._message, name, plain(value))

    def _add_call(self, call: Any) -> None:
        call = plain(call)
        index = call.pop("index", None)
        entry = self._calls.setdefault(len(self._calls) if index is None else index, {})
        for name, value in call.items():
            merge(entry, name, value)

    def response(self) -> Json | None:
        """The completion so far."""
        if not self._any:
            return None
        texts = {name: "".join(parts) for name, parts in self._texts.items()}
        message = {**self._message, "content": texts.pop("content", None), **texts}
        if self._calls:
            message["tool_calls"] = list(self._calls.values())
        return {
            "model": self._model,
            "usage": plain(self._usage),
            "choices": [{"message": message, "finish_reason": self._end}],
        }


_SENT_ONCE = frozenset({"id", "type", "name"})


def merge(target: Json, name: str, value: Any) -> None:
    """Adds a part of a streamed field to what came before it."""
    before = target.get(name)
    if value is None:
        return
    if before is None:
        target[name] = value
    elif isinstance(before, dict) and isinstance(value, dict):
        for key, part in value.items():
            merge(before, key, part)
    elif isinstance(before, str) and isinstance(value, str) and name not in _SENT_ONCE:
        target[name] = before + value
    elif isinstance(before, list) and isinstance(value, list):
        before.extend(value)
    else:
        target[name] = value
