"""What a wrapper must know about one method of a provider."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

Json = dict[str, Any]


@dataclass
class Request:
    """What is sent to the model, read from the arguments of the call."""

    input: Json | None
    model: str | None
    parameters: Json


@dataclass
class ToolUse:
    """A tool that the provider ran, or that the model asks for."""

    name: str
    input: Any
    output: Any = None


@dataclass
class Answer:
    """What the model gave back."""

    output: Json | None = None
    model: str | None = None
    token_usage: Json = field(default_factory=dict)
    """As the provider counts: ``prompt_tokens``, ``completion_tokens`` and more."""
    usage: Json = field(default_factory=dict)
    """The same in disjoint buckets."""
    metadata: Json = field(default_factory=dict)
    tools: list[ToolUse] = field(default_factory=list)
    error: str | None = None
    """Set if the provider answered that it failed."""


class Collector(Protocol):
    """Puts the chunks of a stream together."""

    @property
    def complete(self) -> bool:
        """Whether the answer is whole, even if the stream is not read to its end."""

    def add(self, chunk: Any) -> bool:
        """Takes a chunk; True if the model's output has begun."""

    def response(self) -> Json | None:
        """The response as it would be without streaming, so far; None if nothing came."""


class Api(Protocol):
    """One method of a provider's client."""

    name: str
    """Of the span, and of the trace of a call outside of any."""

    def request(self, arguments: Json) -> Request:
        """Reads the arguments of a call, without those that were not given."""

    def answer(self, response: Json) -> Answer:
        """Reads a response."""

    def collector(self) -> Collector:
        """For a call that streams."""
