"""Values: always something sensible, never an exception, taken at the call."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import json
import logging
import math
import pathlib
import threading
import types
import uuid
from typing import Any, NamedTuple

import pydantic
import pytest

import pandaprobe
from backend import FakeBackend

pytestmark = pytest.mark.usefixtures("client")


def recorded(backend: FakeBackend, value: object) -> Any:
    """A value as it arrives."""
    backend.stored.clear()
    with pandaprobe.start_trace("t") as trace, trace.span("s") as span:
        span.set_output({"value": value})
    pandaprobe.flush()
    return backend.trace["spans"][0]["output"]["value"]


@dataclasses.dataclass
class Point:
    x: int
    y: Any


class Colour(enum.Enum):
    RED = "red"
    MIXED = (1, 2)


class Level(enum.IntEnum):
    HIGH = 3


class Word(str, enum.Enum):
    LLM = "LLM"


class Model(pydantic.BaseModel):
    name: str
    at: datetime.datetime
    inner: Model | None = None


class Pair(NamedTuple):
    left: int
    right: str


class Opaque:
    def __repr__(self) -> str:
        return "<Opaque>"


class TextDict(collections.UserDict[str, int]):
    pass


UTC = datetime.timezone.utc
MOMENT = datetime.datetime(2025, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
ISO = "2025-01-02T03:04:05.678901+00:00"
ID = uuid.UUID("11111111-1111-4111-8111-111111111111")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (0, 0),
        (-1, -1),
        (2**63 - 1, 2**63 - 1),
        (-(2**63), -(2**63)),
        (2**70, 2**70),
        (-(10**4000), -(10**4000)),
        (0.1, 0.1),
        (1e300, 1e300),
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        ("héllo — 日本語 🐼 \0 \u2028 \"\\\n", "héllo — 日本語 🐼 \0 \u2028 \"\\\n"),
        ("lone \ud800 and \udc00", "lone \ud800 and \udc00"),
        ({"\udfff": 1}, {"\udfff": 1}),
        ((1, 2), [1, 2]),
        ({1: "int", None: "none", False: "false", (1, 2): "tuple"},
         {"1": "int", "None": "none", "False": "false", "(1, 2)": "tuple"}),
        ([{"a": [1, {"b": None}]}], [{"a": [1, {"b": None}]}]),
        (Point(1, Point(2, None)), {"x": 1, "y": {"x": 2, "y": None}}),
        (Colour.RED, "red"),
        (Colour.MIXED, [1, 2]),
        (Level.HIGH, 3),
        (Word.LLM, "LLM"),
        (Model(name="m", at=MOMENT, inner=Model(name="n", at=MOMENT)),
         {"name": "m", "at": ISO, "inner": {"name": "n", "at": ISO, "inner": None}}),
        (MOMENT, ISO),
        (datetime.date(2025, 1, 2), "2025-01-02"),
        (datetime.time(3, 4), "03:04:00"),
        (datetime.timedelta(seconds=90.5), 90.5),
        (ID, str(ID)),
        (decimal.Decimal("1.50"), "1.50"),
        (pathlib.PurePosixPath("/a/b"), "/a/b"),
        (pathlib.Path("a"), "a"),
        (b"text", "text"),
        (b"\x00\xff", "data:application/octet-stream;base64,AP8="),
        (bytearray(b"text"), "text"),
        (memoryview(b"text"), "text"),
        ({3}, [3]),
        (frozenset({"a"}), ["a"]),
        (collections.deque([1, 2]), [1, 2]),
        (collections.OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (types.MappingProxyType({"a": 1}), {"a": 1}),
        (TextDict(a=1), {"a": 1}),
        (Pair(1, "b"), [1, "b"]),
        (Opaque(), "<Opaque>"),
        (int, "<class 'int'>"),
        (ValueError("boom"), "ValueError('boom')"),
        (..., "Ellipsis"),
        (range(3), "range(0, 3)"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_json_forms(backend: FakeBackend, value: object, expected: object) -> None:
    assert recorded(backend, value) == expected


def test_negative_zero_keeps_its_sign(backend: FakeBackend) -> None:
    assert math.copysign(1, recorded(backend, -0.0)) == -1


def test_integers_beyond_pythons_digit_limit_stay_exact(backend: FakeBackend) -> None:
    huge = 7**20_000
    assert int(recorded(backend, huge), 16) == huge


class Hostile:
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __repr__(self) -> str:
        raise self.error

    __str__ = __repr__


def test_values_that_cannot_be_printed(backend: FakeBackend) -> None:
    marker = "<Hostile that cannot be printed>"
    hostile = Hostile(RuntimeError("no"))
    assert recorded(backend, [1, hostile, 2]) == [1, marker, 2]
    assert recorded(backend, {hostile: 1}) == {marker: 1}
    assert recorded(backend, Hostile(RecursionError())) == marker


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_what_is_meant_for_the_host_goes_on(interrupt: type[BaseException]) -> None:
    with pandaprobe.start_trace("t") as trace, pytest.raises(interrupt):
        trace.span("s").set_output(Hostile(interrupt()))


def test_cycles_and_repeated_values(backend: FakeBackend) -> None:
    cycle: list[Any] = [1]
    cycle.append({"self": cycle})
    assert recorded(backend, cycle) == [1, {"self": "<cycle>"}]
    shared = {"a": 1}
    assert recorded(backend, [shared, shared]) == [shared, shared]
    point = Point(1, None)
    point.y = point
    assert recorded(backend, point) == {"x": 1, "y": "<cycle>"}


def test_deep_nesting_is_cut_and_stays_readable(backend: FakeBackend) -> None:
    deep: Any = "bottom"
    for _ in range(5000):
        deep = [deep]
    value = recorded(backend, deep)
    depth = 0
    while isinstance(value, list):
        value, depth = value[0], depth + 1
    assert value == "<nested too deeply>"
    assert 90 < depth < 110


def test_large_values_are_cut(backend: FakeBackend, caplog: pytest.LogCaptureFixture) -> None:
    text = recorded(backend, "x" * (33 << 20))
    assert text.endswith("bytes left out>")
    assert len(text) < 33 << 20
    many = recorded(backend, [0] * 1_100_000)
    assert len(many) <= 1_000_001
    assert many[-1] == "<too large>"

    class Endless:
        def __repr__(self) -> str:
            return "x" * 1_000_000

    assert len(recorded(backend, Endless())) < 30_000


def test_models_that_fail_to_dump_are_printed(backend: FakeBackend) -> None:
    class Broken(pydantic.BaseModel):
        a: int = 1

        def model_dump(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
            raise RuntimeError("no")

    assert recorded(backend, [Broken()]) == ["Broken(a=1)"]

    @dataclasses.dataclass
    class Missing:
        a: int

    missing = Missing(1)
    del missing.a
    assert isinstance(recorded(backend, missing), str)


def test_objects_that_answer_to_every_name_are_printed(backend: FakeBackend) -> None:
    from unittest.mock import MagicMock

    assert "MagicMock" in recorded(backend, MagicMock())


def test_a_value_that_records_itself_while_it_is_recorded(backend: FakeBackend) -> None:
    with pandaprobe.start_trace("t") as trace, trace.span("s") as span:

        class Nosy:
            def __repr__(self) -> str:
                span.set_input("from repr")
                with trace.span("from-repr"):
                    return "nosy"

        span.set_output([Nosy(), "end"])
    pandaprobe.flush()
    inner, outer = backend.trace["spans"]
    assert (inner["name"], outer["input"], outer["output"]) == ("from-repr", "from repr", ["nosy", "end"])


def test_a_dict_changed_by_a_value_in_it(backend: FakeBackend) -> None:
    target: dict[str, Any] = {}

    class Grows:
        def __repr__(self) -> str:
            target.update({f"new-{at}": at for at in range(100)})
            return "grows"

    target.update(a=Grows(), b=2)
    assert recorded(backend, target) == {"a": "grows", "b": 2}


def test_a_dict_changed_by_another_thread(backend: FakeBackend) -> None:
    target: dict[int, Any] = {at: Opaque() for at in range(200)}
    stop = threading.Event()

    def churn() -> None:
        at = 200
        while not stop.is_set():
            target[at] = at
            target.pop(at - 100, None)
            at += 1

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(20):
            assert isinstance(recorded(backend, target), dict)
    finally:
        stop.set()
        thread.join()


def test_metadata_and_names_of_every_type(backend: FakeBackend) -> None:
    with pandaprobe.start_trace(
        Opaque(),  # type: ignore[arg-type]
        tags={"set"},
        metadata={1: Opaque(), "nan": math.nan},  # type: ignore[dict-item]
    ) as trace:
        trace.set_metadata([1, 2])  # type: ignore[arg-type]
        trace.set_metadata(types.MappingProxyType({"proxy": 1}))
        with trace.span(
            "",
            metadata={
                "k": {
                    1,
                }
            },
        ) as span:
            span.set_model(5)  # type: ignore[arg-type]
            span.set_model_parameters([1])  # type: ignore[arg-type]
            span.set_error(KeyError("k"))  # type: ignore[arg-type]
        with trace.span("n" * 600, model="m" * 300):
            pass
    pandaprobe.flush()
    sent = backend.trace
    assert sent["name"] == "<Opaque>"
    assert sent["tags"] == ["set"]
    assert sent["metadata"] == {"1": "<Opaque>", "nan": "NaN", "value": [1, 2], "proxy": 1}
    first, second = sent["spans"]
    assert first["name"] == "unnamed"
    assert first["metadata"] == {"k": [1]}
    assert (first["model"], first["model_parameters"], first["error"]) == ("5", {"value": [1]}, "'k'")
    assert (len(second["name"]), len(second["model"])) == (512, 255)


@pytest.mark.parametrize("tags", ["alone", ("alone",), ["alone"], None, 5])
def test_tags_of_every_type(backend: FakeBackend, tags: Any) -> None:
    with pandaprobe.start_trace("t", tags=tags):
        pass
    pandaprobe.flush()
    expected = {None: None, 5: ["5"]}.get(tags if isinstance(tags, (int, type(None))) else 0, ["alone"])
    assert backend.trace.get("tags") == expected


def test_token_usage_and_cost_in_every_shape(backend: FakeBackend) -> None:
    with pandaprobe.start_trace("t") as trace, trace.span("s", kind="LLM") as span:
        span.set_token_usage(
            prompt_tokens=5.0,  # type: ignore[arg-type]
            completion_tokens="6",  # type: ignore[arg-type]
            reasoning=None,
            half=5.5,  # type: ignore[arg-type]
            nested={"a": 1},  # type: ignore[arg-type]
        )
        span.set_cost(total="0.002", prompt=1, bad="much", missing=None, inf=math.inf)  # type: ignore[arg-type]
        span.set_usage(input=10, cache_read=3, output=2.0, bad=-1)  # type: ignore[arg-type]
    pandaprobe.flush()
    span_sent = backend.trace["spans"][0]
    assert span_sent["token_usage"] == {
        "prompt_tokens": 5,
        "completion_tokens": 6,
        "half": 5.5,
        "nested": {"a": 1},
    }
    assert span_sent["cost"] == {"total": 0.002, "prompt": 1.0}
    assert span_sent["metadata"] == {"unusable_cost": {"bad": "much", "inf": "Infinity"}}
    assert span_sent["usage"] == {"input": 10, "cache_read": 3, "output": 2}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (MOMENT, "2025-01-02T03:04:05.678901+00:00"),
        (MOMENT.replace(tzinfo=None), "2025-01-02T03:04:05.678901+00:00"),
        (
            MOMENT.astimezone(datetime.timezone(datetime.timedelta(hours=2))),
            "2025-01-02T03:04:05.678901+00:00",
        ),
        ("2025-01-02T03:04:05Z", "2025-01-02T03:04:05+00:00"),
        (1735787045, "2025-01-02T03:04:05+00:00"),
        (1735787045000, "2025-01-02T03:04:05+00:00"),
        (1735787045.5, "2025-01-02T03:04:05.500000+00:00"),
        ("soon", None),
        (object(), None),
        (True, None),
        (1e300, None),
    ],
)
def test_completion_start_times(backend: FakeBackend, given: Any, expected: str | None) -> None:
    with pandaprobe.start_trace("t") as trace, trace.span("s") as span:
        span.set_completion_start_time(given)
    pandaprobe.flush()
    assert backend.trace["spans"][0].get("completion_start_time") == expected


GOOD_MESSAGES: list[Any] = [
    None,
    {"messages": []},
    {"messages": [{"role": "user", "content": "x", "name": "extra"}], "more": 1},
    {"messages": [{"role": "assistant", "content": None}, {"role": "user", "content": [{"type": "text"}]}]},
]
BAD_MESSAGES: list[Any] = [
    "text",
    {},
    {"messages": "x"},
    {"messages": ["x"]},
    {"messages": [{"content": "x"}]},
    {"messages": [{"role": 1, "content": "x"}]},
    {"messages": [{"role": "user", "content": 5}]},
]


@pytest.mark.parametrize("value", GOOD_MESSAGES + BAD_MESSAGES)
def test_the_message_schema_is_only_warned_of(
    backend: FakeBackend, caplog: pytest.LogCaptureFixture, value: Any
) -> None:
    caplog.set_level(logging.WARNING, "pandaprobe")
    with pandaprobe.start_trace("t", input=value) as trace:
        trace.set_input(value)
        trace.set_output(value)
        with trace.span("llm", kind="LLM") as span:
            span.set_input(value)
            span.set_output(value)
        with trace.span("tool", kind="TOOL") as span:
            span.set_input(value)
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == (5 if value in BAD_MESSAGES else 0)
    pandaprobe.flush()
    assert backend.trace.get("input") == value


def test_the_wire_is_compact_utf8_json(backend: FakeBackend) -> None:
    assert recorded(backend, {"é": [1, 2]}) == {"é": [1, 2]}
    line = backend.requests[-1].body
    assert "é".encode() in line
    assert b", " not in line
    json.loads(line)
