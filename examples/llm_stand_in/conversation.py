"""A conversation in one shape, whichever way it was sent."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from llm_stand_in import tokens

Json = dict[str, Any]

# What the format of a conversation costs besides its texts.
_TOKENS_PER_MESSAGE = 3

_REASONING_MODELS = re.compile(r"o\d|gpt-5")


class BadRequest(Exception):
    """The request cannot be answered; `parameter` names what is wrong with it."""

    def __init__(self, message: str, parameter: str) -> None:
        super().__init__(message)
        self.parameter = parameter


@dataclass
class ToolCall:
    """A call of a tool that the model asks for."""

    id: str
    name: str
    arguments: str


@dataclass
class Message:
    """One message; `calls` only of the assistant, `call_id` only of a tool."""

    role: str
    text: str = ""
    calls: list[ToolCall] = field(default_factory=list)
    call_id: str | None = None


@dataclass
class Tool:
    """A function that may be called, with the JSON schema of its arguments."""

    name: str
    description: str
    schema: Json


@dataclass
class Conversation:
    """Everything that the answer depends on."""

    model: str
    messages: list[Message]
    tools: list[Tool] = field(default_factory=list)
    tool_choice: Any = "auto"
    parallel: bool = True
    json_schema: Json | None = None
    """Set if the answer must be JSON; empty if any will do."""

    @property
    def is_reasoning(self) -> bool:
        """Whether the model thinks before it answers."""
        return _REASONING_MODELS.match(self.model) is not None

    def last(self, role: str) -> str:
        """Text of the last message of a role; empty if there is none."""
        return next((message.text for message in reversed(self.messages) if message.role == role), "")

    def since_user(self) -> list[Message]:
        """What came after the last message of the user."""
        roles = [message.role for message in self.messages]
        at = len(roles) - 1 - roles[::-1].index("user") if "user" in roles else -1
        return self.messages[at + 1 :]

    def prompt_pieces(self) -> list[str]:
        """The prompt as tokens, tools first."""
        found = [piece for tool in self.tools for piece in _tool_pieces(tool)]
        for message in self.messages:
            found += [f"<{message.role}>", *[""] * (_TOKENS_PER_MESSAGE - 1), *tokens.pieces(message.text)]
            for call in message.calls:
                found += tokens.pieces(call.name + call.arguments)
        return found


def _tool_pieces(tool: Tool) -> list[str]:
    return tokens.pieces(f"{tool.name} {tool.description} {json.dumps(tool.schema, sort_keys=True)}")


def text_of(content: Any) -> str:
    """The text of a message's content: a string, or a list of parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = [part.get("text") or part.get("refusal") or "" for part in content if isinstance(part, dict)]
    return "\n".join(part for part in parts if isinstance(part, str) and part)
