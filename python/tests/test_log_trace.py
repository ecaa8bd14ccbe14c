"""Traces, spans and scores as data."""

from __future__ import annotations

import datetime
import sys
import uuid
from typing import Any

import pydantic
import pytest

import pandaprobe
from backend import FakeBackend, tree
from pandaprobe.schemas import ScoreData, SpanData, SpanKind, SpanStatusCode, TraceData, TraceStatus

UTC = datetime.timezone.utc
START = datetime.datetime(2025, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def minimal(**fields: Any) -> TraceData:
    given: dict[str, Any] = {"name": "t", "started_at": START} | fields
    return TraceData(**given)


def test_defaults() -> None:
    trace = minimal()
    assert trace.trace_id.version == 4
    assert (trace.status, trace.spans, trace.tags, trace.metadata) == (TraceStatus.COMPLETED, [], [], {})
    span = SpanData(name="s", started_at=START)
    assert (span.kind, span.status, span.metadata) == (SpanKind.OTHER, SpanStatusCode.UNSET, {})
    assert span.span_id != SpanData(name="s", started_at=START).span_id
    score = ScoreData(trace_id=trace.trace_id, name="n", value="1")
    assert score.to_api_dict() == {
        "trace_id": str(trace.trace_id),
        "name": "n",
        "value": "1",
        "data_type": "NUMERIC",
        "source": "PROGRAMMATIC",
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "x" * 513},
        {"session_id": "x" * 256},
        {"user_id": "x" * 256},
        {"environment": "x" * 256},
        {"trace_id": "nonsense"},
        {"status": "completed"},
        {"started_at": None},
        {"tags": "no list"},
        {"spans": [{"name": "s"}]},
    ],
)
def test_what_cannot_be_a_trace_is_found_at_construction(fields: dict[str, Any]) -> None:
    with pytest.raises(pydantic.ValidationError):
        minimal(**fields)


def test_unset_fields_and_empty_lists_are_not_sent() -> None:
    assert list(minimal(session_id=" ", user_id="").to_api_dict()) == [
        "trace_id",
        "name",
        "status",
        "started_at",
    ]
    falsy = minimal(input={}, output=0).to_api_dict()
    assert (falsy["input"], falsy["output"]) == ({}, 0)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (START, "2025-01-02T03:04:05.678901+00:00"),
        (START.replace(tzinfo=None), "2025-01-02T03:04:05.678901+00:00"),
        (START.replace(microsecond=0), "2025-01-02T03:04:05+00:00"),
        (
            START.astimezone(datetime.timezone(datetime.timedelta(hours=2))),
            "2025-01-02T03:04:05.678901+00:00",
        ),
    ],
)
def test_times_are_sent_in_utc(given: datetime.datetime, expected: str) -> None:
    assert minimal(started_at=given).to_api_dict()["started_at"] == expected


def test_any_number_of_spans(backend: FakeBackend, client: pandaprobe.Client) -> None:
    spans = [SpanData(name=f"s{at}", started_at=START) for at in range(1200)]
    client.log_trace(minimal(spans=spans))
    client.flush()
    assert [span["name"] for span in backend.trace["spans"]] == [f"s{at}" for at in range(1200)]


def test_values_of_any_sort(backend: FakeBackend, client: pandaprobe.Client) -> None:
    class Odd:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    cycle: list[Any] = []
    cycle.append(cycle)
    client.log_trace(
        minimal(
            input={"at": START, "id": uuid.UUID(int=1), "nan": float("nan"), "text": "\ud800"},
            output=[cycle, Odd()],
            metadata={"when": START},
        )
    )
    client.flush()
    sent = backend.trace
    assert sent["input"]["id"] == str(uuid.UUID(int=1))
    assert sent["metadata"] == {"when": START.isoformat()}
    assert sent["output"][0] == ["<cycle>"]


def test_labels_of_the_client_are_filled_in(backend: FakeBackend) -> None:
    client = pandaprobe.init(endpoint=backend.url, environment="ci", release="r1")
    trace = minimal(environment="staging")
    client.log_trace(trace)
    client.flush()
    assert (backend.trace["environment"], backend.trace["release"]) == ("staging", "r1")
    assert trace.release == "r1"


def test_the_trace_is_taken_as_it_is(backend: FakeBackend, client: pandaprobe.Client) -> None:
    trace = minimal(output=["a"])
    client.log_trace(trace)
    trace.output.append("b")
    client.flush()
    assert backend.trace["output"] == ["a"]


def test_what_was_broken_after_construction_is_lost_and_told(
    backend: FakeBackend, client: pandaprobe.Client, caplog: pytest.LogCaptureFixture
) -> None:
    broken = minimal()
    broken.started_at = "soon"  # type: ignore[assignment]
    anything: Any = object()
    without_id = minimal()
    without_id.trace_id = "x"  # type: ignore[assignment]
    client.log_trace(anything)
    anything = None
    client.log_trace(anything)
    client.log_trace(broken)
    client.log_trace(without_id)
    client.log_trace(minimal())
    client.flush()
    assert len(backend.traces) == 1
    (message,) = [record.getMessage() for record in caplog.records if " lost: " in record.getMessage()]
    assert message.startswith("4 traces were lost: ")


def test_switched_off_nothing_is_even_looked_at(backend: FakeBackend) -> None:
    client = pandaprobe.init(endpoint=backend.url, enabled=False)
    nothing: Any = None
    client.log_trace(nothing)
    client.flush()
    assert not backend.requests


def test_a_score_of_a_logged_trace_follows_it(backend: FakeBackend, client: pandaprobe.Client) -> None:
    trace = minimal()
    client.log_trace(trace)
    client.score(trace.trace_id, "n", "1")
    client.flush()
    assert [request.path for request in backend.requests] == ["/traces/batch", "/evaluations/trace-scores"]


def test_span_data_joins_a_live_trace(backend: FakeBackend, client: pandaprobe.Client) -> None:
    with pandaprobe.start_trace("t") as trace:
        parent = SpanData(
            name="given", kind=SpanKind.AGENT, started_at=START, ended_at=START, cost={"total": 1}
        )
        trace.add_span_data(parent)
        trace.add_span_data(SpanData(name="child", parent_span_id=parent.span_id, started_at=START))
    client.flush()
    assert tree(backend.trace) == {"given": None, "child": "given"}
    assert backend.trace["spans"][0]["cost"] == {"total": 1.0}
    assert list(backend.trace["spans"][0]) == [
        "span_id", "name", "kind", "status", "started_at", "ended_at", "cost",
    ]  # fmt: skip


def test_only_the_schemas_need_pydantic() -> None:
    import subprocess

    program = """
import sys, pandaprobe
trace = pandaprobe.trace(lambda: None)
trace()
pandaprobe.score("0" * 32, "n", "1")
print("pydantic" in sys.modules)
import pandaprobe.schemas
print("pydantic" in sys.modules)
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.stdout.split() == ["False", "True"], result.stderr
