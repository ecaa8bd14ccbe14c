"""Session and user: explicit > `with` > `set_`, empty means not given."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from typing import Any

import pytest

import pandaprobe
from backend import FakeBackend, Json
from pandaprobe.tracing import session as low_level

pytestmark = pytest.mark.usefixtures("client")


def sent(backend: FakeBackend, **arguments: Any) -> Json:
    """A trace made now, as it arrives."""
    backend.stored.clear()
    with pandaprobe.start_trace("t", **arguments):
        pass
    pandaprobe.flush()
    return {key: value for key, value in backend.trace.items() if key.startswith(("session", "user"))}


def test_none_by_default(backend: FakeBackend) -> None:
    assert sent(backend) == {}


def test_set_session_inside_a_block_holds_after_it(backend: FakeBackend) -> None:
    with pandaprobe.session("a"), pandaprobe.user("ua"):
        pandaprobe.set_session("b")
        pandaprobe.set_user("ub")
        assert sent(backend) == {"session_id": "a", "user_id": "ua"}
    assert sent(backend) == {"session_id": "b", "user_id": "ub"}


def test_blocks_nest_and_restore(backend: FakeBackend) -> None:
    with pandaprobe.session("outer"):
        with pandaprobe.session("inner"):
            assert sent(backend)["session_id"] == "inner"
        assert sent(backend)["session_id"] == "outer"
    assert sent(backend) == {}


@pytest.mark.parametrize("blank", ["", "  ", "\n"])
def test_blank_is_not_given(backend: FakeBackend, blank: str) -> None:
    with pandaprobe.session("s"), pandaprobe.session(blank), pandaprobe.user("u"):
        assert sent(backend, session_id=blank, user_id=blank) == {"session_id": "s", "user_id": "u"}
    pandaprobe.set_session("s")
    pandaprobe.set_session(blank)
    assert sent(backend) == {}


def test_names_and_metadata(backend: FakeBackend) -> None:
    assert sent(backend, session_id="s", session_name="Refund", session_metadata={"plan": "pro"}) == {
        "session_id": "s",
        "session_name": "Refund",
        "session_metadata": {"plan": "pro"},
    }
    with pandaprobe.session("s", name="Refund", metadata={"plan": "pro"}):
        block = {"session_id": "s", "session_name": "Refund", "session_metadata": {"plan": "pro"}}
        assert sent(backend) == block
        assert sent(backend, session_id="s") == block
        assert sent(backend, session_name="Other") == block | {"session_name": "Other"}
        # Another session's name is not this one's.
        assert sent(backend, session_id="other") == {"session_id": "other"}
    pandaprobe.set_session("s", name="Set")
    assert sent(backend) == {"session_id": "s", "session_name": "Set"}


def test_a_name_without_a_session_is_nothing(backend: FakeBackend) -> None:
    assert sent(backend, session_name="Refund", session_metadata={"a": 1}) == {}


def test_tasks_have_sessions_of_their_own(backend: FakeBackend) -> None:
    async def work(name: str) -> None:
        pandaprobe.set_session(name)
        await asyncio.sleep(0)
        async with pandaprobe.start_trace(name):
            await asyncio.sleep(0)

    async def main() -> None:
        await asyncio.gather(*(work(name) for name in "abc"))

    asyncio.run(main())
    pandaprobe.flush()
    assert {trace["name"]: trace["session_id"] for trace in backend.traces} == {"a": "a", "b": "b", "c": "c"}


def test_a_block_may_be_left_in_another_context(backend: FakeBackend) -> None:
    block = pandaprobe.session("s")
    contextvars.copy_context().run(block.__enter__)
    block.__exit__(None, None, None)
    assert sent(backend) == {}


def test_a_block_ends_for_tasks_that_copied_it(backend: FakeBackend) -> None:
    with pandaprobe.session("s"):
        copied = contextvars.copy_context()
    assert copied.run(lambda: sent(backend)) == {}


def test_one_block_can_be_used_twice(backend: FakeBackend) -> None:
    block = pandaprobe.session("s")
    for _ in range(2):
        with block:
            assert sent(backend) == {"session_id": "s"}
    assert sent(backend) == {}


def test_low_level_functions() -> None:
    token = low_level.set_current_session_id("a")
    assert low_level.get_current_session_id() == "a"
    with pandaprobe.session("b"):
        assert low_level.get_current_session_id() == "b"
    low_level.reset_current_session_id(token)
    assert low_level.get_current_session_id() is None
    user_token = low_level.set_current_user_id("u")
    assert low_level.get_current_user_id() == "u"
    low_level.reset_current_user_id(user_token)
    assert low_level.get_current_user_id() is None


def test_long_ids_are_shortened_but_stay_different(backend: FakeBackend) -> None:
    first = sent(backend, session_id="x" * 300 + "1")["session_id"]
    second = sent(backend, session_id="x" * 300 + "2")["session_id"]
    again = sent(backend, session_id="x" * 300 + "1")["session_id"]
    assert len(first) == len(second) == 255
    assert first == again != second
    assert sent(backend, session_id="é" * 255)["session_id"] == "é" * 255


class Hostile:
    def __str__(self) -> str:
        raise RuntimeError("no")


def test_wrong_types_never_raise(backend: FakeBackend, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "pandaprobe")
    assert sent(backend, session_id=42, user_id=b"u") == {"session_id": "42", "user_id": "b'u'"}
    assert sent(backend, session_id=Hostile()) == {}
    assert sent(backend, session_id="a\0b", user_id="\udc80") == {
        "session_id": "a\ufffdb",
        "user_id": "\ufffd",
    }
    pandaprobe.set_session(7)  # type: ignore[arg-type]
    with pandaprobe.user(["list"]):  # type: ignore[arg-type]
        assert sent(backend) == {"session_id": "7", "user_id": "['list']"}
    assert sum("should be a str" in record.message for record in caplog.records) <= 3, "warned of once each"
