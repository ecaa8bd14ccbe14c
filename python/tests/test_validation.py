"""The message schema."""

from __future__ import annotations

from typing import Any

import pytest

from pandaprobe.validation import (
    extract_last_assistant_message,
    extract_last_user_message,
    validate_messages_format,
    warn_if_invalid_messages,
)

VALID: list[Any] = [
    None,
    {"messages": []},
    {"messages": [{"role": "user", "content": "Hi"}], "more": 1},
    {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]},
    {"messages": [{"role": "assistant", "content": None, "tool_calls": []}]},
    {"messages": [{"role": "assistant", "tool_calls": []}]},
]
INVALID: list[tuple[Any, str]] = [
    ("Hi", "not str"),
    ({"question": "Hi"}, "no key 'messages'"),
    ({"messages": "Hi"}, "must be a list, not str"),
    ({"messages": ["Hi"]}, r"messages\[0\] must be a dict"),
    ({"messages": [{"role": "user"}, {"content": "Hi"}]}, r"messages\[1\] must have a 'role'"),
    ({"messages": [{"role": 1, "content": "Hi"}]}, "'role' of type str"),
    ({"messages": [{"role": "user", "content": 1}]}, "'content' must be"),
]


@pytest.mark.parametrize("data", VALID)
def test_what_fits(data: Any, caplog: pytest.LogCaptureFixture) -> None:
    validate_messages_format(data, "input")
    warn_if_invalid_messages(data, "input")
    assert caplog.records == []


@pytest.mark.parametrize(("data", "text"), INVALID)
def test_what_does_not_fit(data: Any, text: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ValueError, match=f"^trace input.*{text}"):
        validate_messages_format(data, "trace input")
    warn_if_invalid_messages(data, "trace input")
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("pandaprobe", "WARNING")
    assert record.getMessage().startswith("trace input")


TALK = [
    {"role": "system", "content": "Be brief."},
    {"role": "human", "content": "one"},
    {"role": "ai", "content": "two"},
    {"role": "user", "content": "three"},
    {"role": "assistant", "content": "four"},
    {"role": "tool", "content": "five"},
]


def test_the_last_messages() -> None:
    talk = {"messages": TALK, "more": 1}
    assert extract_last_user_message(talk) == {"messages": [TALK[3]]}
    assert extract_last_assistant_message(talk) == {"messages": [TALK[4]]}
    assert extract_last_user_message({"messages": TALK[:3]}) == {"messages": [TALK[1]]}
    assert extract_last_assistant_message({"messages": TALK[:3]}) == {"messages": [TALK[2]]}


@pytest.mark.parametrize("data", [None, "Hi", {"a": 1}, {"messages": "Hi"}, {"messages": [1, {"role": []}]}])
def test_without_such_a_message_it_stays_whole(data: Any) -> None:
    assert extract_last_user_message(data) is data
    assert extract_last_assistant_message(data) is data
