"""What is recorded of an exception: message, type and stack."""

from __future__ import annotations

import pytest

import pandaprobe
from backend import FakeBackend, Json

pytestmark = pytest.mark.usefixtures("client")


def failed_span(backend: FakeBackend, error: BaseException, metadata: Json | None = None) -> Json:
    with pytest.raises(type(error)), pandaprobe.start_trace("t") as trace:
        with trace.span("s", metadata=metadata):
            raise error
    pandaprobe.flush()
    span: Json = backend.trace["spans"][0]
    return span


class CustomError(Exception):
    pass


def test_message_type_and_stack(backend: FakeBackend) -> None:
    def raising() -> None:
        raise CustomError("deep")

    with pytest.raises(CustomError), pandaprobe.start_trace("t") as trace, trace.span("s"):
        raising()
    pandaprobe.flush()
    span = backend.trace["spans"][0]
    assert (span["status"], span["error"]) == ("ERROR", "deep")
    exception = span["metadata"]["exception"]
    assert exception["type"] == f"{__name__}.CustomError"
    lines = exception["stacktrace"].splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].endswith("in test_message_type_and_stack")
    assert lines[2].endswith("in raising")
    assert lines[3] == f"{__name__}.CustomError: deep"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), CustomError(), AssertionError("")])
def test_an_empty_message_is_the_types_name(backend: FakeBackend, error: BaseException) -> None:
    assert failed_span(backend, error)["error"] == type(error).__name__


def test_builtin_types_have_no_module(backend: FakeBackend) -> None:
    span = failed_span(backend, KeyError("x"))
    assert (span["error"], span["metadata"]["exception"]["type"]) == ("'x'", "KeyError")


def test_causes_are_told_first(backend: FakeBackend) -> None:
    with pytest.raises(CustomError), pandaprobe.start_trace("t") as trace, trace.span("s"):
        try:
            raise KeyError("first")
        except KeyError as error:
            raise CustomError("second") from error
    pandaprobe.flush()
    stack = backend.trace["spans"][0]["metadata"]["exception"]["stacktrace"]
    assert stack.index("KeyError: 'first'") < stack.index("direct cause") < stack.index("CustomError: second")


def test_what_the_user_says_stays(backend: FakeBackend) -> None:
    span = failed_span(backend, ValueError("x"), {"exception": "mine", "other": 1})
    assert span["metadata"] == {"exception": "mine", "other": 1}


def test_an_exception_that_cannot_be_printed(backend: FakeBackend) -> None:
    class BrokenError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no")

    span = failed_span(backend, BrokenError())
    assert span["error"] == "BrokenError"
    assert span["metadata"]["exception"]["type"].endswith("BrokenError")


def test_an_endless_chain_and_a_deep_stack_are_bounded(backend: FakeBackend) -> None:
    loop = ValueError("loop")
    loop.__cause__ = CustomError("partner")
    loop.__cause__.__cause__ = loop

    def recurse(depth: int) -> None:
        if depth == 0:
            raise loop
        recurse(depth - 1)

    with pytest.raises(ValueError, match="loop"), pandaprobe.start_trace("t") as trace, trace.span("s"):
        recurse(500)
    pandaprobe.flush()
    stack = backend.trace["spans"][0]["metadata"]["exception"]["stacktrace"]
    assert "frames left out" in stack
    assert len(stack) < 200_000
