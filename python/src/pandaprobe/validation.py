"""The message schema that inputs and outputs should have, and what is read out of it.

The schema is ``{"messages": [{"role": str, "content": str | list | None, ...}, ...]}``; further
keys are allowed everywhere. It is a hint: what does not fit is recorded all the same.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing `typing` would take longer than all the rest
if TYPE_CHECKING:
    from typing import Any

_USER_ROLES = frozenset({"user", "human"})
_ASSISTANT_ROLES = frozenset({"assistant", "ai"})


def validate_messages_format(data: Any, label: str = "data") -> None:
    """Checks that `data` is None or fits the message schema.

    Args:
        data: What is to be recorded.
        label: What it is called in the error, for example ``trace input``.

    Raises:
        ValueError: If it does not fit; the text says where.
    """
    if data is None:
        return
    if not isinstance(data, dict):
        raise ValueError(f"{label} must be a dict with a 'messages' list, not {type(data).__name__}")
    if "messages" not in data:
        raise ValueError(f"{label} has no key 'messages'")
    messages = data["messages"]
    if not isinstance(messages, list):
        raise ValueError(f"{label}: 'messages' must be a list, not {type(messages).__name__}")
    for index, message in enumerate(messages):
        _validate_message(message, f"{label}: messages[{index}]")


def _validate_message(message: Any, place: str) -> None:
    if not isinstance(message, dict):
        raise ValueError(f"{place} must be a dict, not {type(message).__name__}")
    role = message.get("role")
    if not isinstance(role, str):
        raise ValueError(f"{place} must have a 'role' of type str")
    content = message.get("content")
    if content is not None and not isinstance(content, (str, list)):
        raise ValueError(f"{place}: 'content' must be a str, a list or None, not {type(content).__name__}")


def warn_if_invalid_messages(data: Any, label: str = "data") -> None:
    """As `validate_messages_format`, but only logs a warning."""
    try:
        validate_messages_format(data, label)
    except ValueError as error:
        import logging

        logging.getLogger("pandaprobe").warning("%s; recorded as given", error)


def extract_last_user_message(data: Any) -> Any:
    """Returns ``{"messages": [the last message of the user]}``; `data` itself if it has none."""
    return _only_last(data, _USER_ROLES)


def extract_last_assistant_message(data: Any) -> Any:
    """Returns ``{"messages": [the last message of the assistant]}``; `data` itself if it has none."""
    return _only_last(data, _ASSISTANT_ROLES)


def _only_last(data: Any, roles: frozenset[str]) -> Any:
    messages = data.get("messages") if isinstance(data, dict) else None
    if not isinstance(messages, list):
        return data
    for message in reversed(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if isinstance(role, str) and role in roles:
            return {"messages": [message]}
    return data
