"""Scores: sent alone, after what they judge."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

import pandaprobe
from backend import FakeBackend, Reply, Request, accept

SCORES = "/evaluations/trace-scores"


def wait_until(condition: Callable[[], bool]) -> None:
    """Waits as long as it takes; a test that never gets there hangs visibly."""
    while not condition():
        time.sleep(0.005)


def paths(backend: FakeBackend) -> list[str]:
    return [request.path for request in backend.requests]


def finished_trace() -> str:
    with pandaprobe.start_trace("t") as trace:
        pass
    return trace.trace_id


def stats() -> dict[str, Any]:
    client = pandaprobe.get_client()
    assert client is not None and client._transport is not None
    return client._transport.stats()


def test_fields_are_those_of_the_contract(backend: FakeBackend, client: pandaprobe.Client) -> None:
    trace_id = finished_trace()
    pandaprobe.score(trace_id, "relevance", "0.9", reason="thumbs up")
    pandaprobe.score(uuid.UUID(trace_id), "grounded", "true", data_type="BOOLEAN")
    client.score(
        trace_id.upper(),
        "sentiment",
        "positive",
        data_type=pandaprobe.ScoreDataType.CATEGORICAL,
        metadata={"rater": "ann"},
    )
    pandaprobe.score(trace_id, "default-type", "1", metadata={})
    pandaprobe.flush()
    common = {"trace_id": trace_id, "source": "PROGRAMMATIC"}
    assert backend.scores == [
        common | {"name": "relevance", "value": "0.9", "data_type": "NUMERIC", "reason": "thumbs up"},
        common | {"name": "grounded", "value": "true", "data_type": "BOOLEAN"},
        common
        | {
            "name": "sentiment",
            "value": "positive",
            "data_type": "CATEGORICAL",
            "metadata": {"rater": "ann"},
        },
        common | {"name": "default-type", "value": "1", "data_type": "NUMERIC"},
    ]
    assert list(backend.scores[0]) == ["trace_id", "name", "value", "data_type", "source", "reason"]
    (headers,) = {
        (request.headers["content-type"], request.headers["user-agent"])
        for request in backend.requests
        if request.path == SCORES
    }
    assert headers == ("application/json", f"pandaprobe-python/{pandaprobe.__version__}")
    assert stats()["items"] == stats()["lost"] == 0


@pytest.mark.parametrize(
    ("trace_id", "value", "data_type"),
    [
        ("nonsense", "1", "NUMERIC"),
        (None, "1", "NUMERIC"),
        (str(uuid.uuid4()), 1, "NUMERIC"),
        (str(uuid.uuid4()), None, "NUMERIC"),
        (str(uuid.uuid4()), "1", "numeric"),
        (str(uuid.uuid4()), "1", None),
    ],
)
def test_what_cannot_be_a_score_is_a_value_error(
    client: pandaprobe.Client, trace_id: Any, value: Any, data_type: Any
) -> None:
    with pytest.raises(ValueError):
        pandaprobe.score(trace_id, "n", value, data_type=data_type)


def test_odd_names_reasons_and_metadata_are_no_error(backend: FakeBackend, client: pandaprobe.Client) -> None:
    odd: Any = 7
    cycle: dict[str, Any] = {}
    cycle["self"] = cycle
    pandaprobe.score(finished_trace(), odd, "1", reason=odd, metadata=cycle)
    pandaprobe.flush()
    (sent,) = backend.scores
    assert (sent["name"], sent["reason"], sent["metadata"]) == ("7", "7", {"self": "<cycle>"})


def test_without_a_client_and_switched_off_nothing_happens(
    backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    pandaprobe.init(endpoint=backend.url, enabled=False)
    pandaprobe.score("nonsense", "n", "1")
    pandaprobe.client._global_client = None
    monkeypatch.setenv("PANDAPROBE_ENABLED", "false")
    pandaprobe.score("nonsense", "n", "1")
    assert not backend.requests


def test_a_score_never_overtakes_its_trace(backend: FakeBackend, client: pandaprobe.Client) -> None:
    pandaprobe.score(finished_trace(), "n", "1")
    pandaprobe.flush()
    assert paths(backend) == ["/traces/batch", SCORES]


def test_a_score_waits_while_its_trace_is_tried_again(
    backend: FakeBackend, client: pandaprobe.Client
) -> None:
    failures = [Reply(503)] * 2

    def answer(request: Request) -> Reply:
        return failures.pop() if request.path == "/traces/batch" and failures else accept(request)

    backend.answer = answer
    pandaprobe.score(finished_trace(), "n", "1")
    while not backend.scores:
        pandaprobe.flush()
    assert paths(backend) == ["/traces/batch"] * 3 + [SCORES]


def test_an_open_trace_can_be_scored(backend: FakeBackend, client: pandaprobe.Client) -> None:
    with pandaprobe.start_trace("t") as trace:
        with trace.span("s"):
            pass
        pandaprobe.score(trace.trace_id, "n", "1")
        pandaprobe.flush()
        assert paths(backend) == ["/traces/batch", SCORES]
        assert backend.trace["status"] == "RUNNING"


def test_without_a_batch_endpoint_the_score_of_an_open_trace_waits_for_it(
    backend: FakeBackend, client: pandaprobe.Client
) -> None:
    backend.answer = lambda request: Reply(404) if request.path == "/traces/batch" else accept(request)
    for _ in range(2):
        with pandaprobe.start_trace("t") as trace:
            pandaprobe.score(trace.trace_id, "n", "1")
            pandaprobe.flush()
    pandaprobe.flush()
    assert paths(backend) == ["/traces/batch", "/traces", SCORES, "/traces", SCORES]
    assert len(backend.traces) == 2


def test_a_trace_that_comes_from_elsewhere_is_waited_for(
    backend: FakeBackend, client: pandaprobe.Client
) -> None:
    answers = [Reply(404)] * 2
    backend.answer = lambda request: answers.pop() if answers else accept(request)
    pandaprobe.score(uuid.uuid4(), "n", "1")
    pandaprobe.flush()
    assert len(backend.requests) == 1, "a flush is content with an answer"
    wait_until(lambda: len(backend.scores) == 1)
    assert len({request.headers["x-request-id"] for request in backend.requests}) == 1
    assert stats()["lost"] == 0


def test_a_score_of_a_trace_that_never_comes_does_not_hold_up_anything(
    backend: FakeBackend, client: pandaprobe.Client
) -> None:
    backend.answer = lambda request: Reply(404) if request.path == SCORES else accept(request)
    pandaprobe.score(uuid.uuid4(), "n", "1")
    for _ in range(3):
        finished_trace()
        pandaprobe.flush()
    assert len(backend.traces) == 3
    assert stats()["items"] == 1


def test_the_programs_end_does_not_wait_long_for_a_trace_that_never_comes(backend: FakeBackend) -> None:
    backend.answer = lambda request: Reply(404, b'{"detail": "Trace not found"}')
    program = """
        import uuid, pandaprobe
        pandaprobe.score(uuid.uuid4(), "n", "1")
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**os.environ, "PANDAPROBE_ENDPOINT": backend.url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0
    # Given up by itself; at the end of its time the reason would be another.
    assert "1 score was lost: 1 not sent before shutdown (HTTP 404: Trace not found)" in result.stderr


@pytest.mark.parametrize("status", [401, 403, 422])
def test_refused_scores_are_counted(
    backend: FakeBackend, client: pandaprobe.Client, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    backend.answer = lambda request: Reply(status) if request.path == SCORES else accept(request)
    pandaprobe.score(finished_trace(), "n", "1")
    pandaprobe.flush()
    (message,) = [record.getMessage() for record in caplog.records if " lost: " in record.getMessage()]
    assert f"1 score was lost: 1 rejected by the server (HTTP {status}" in message
    assert len(backend.traces) == 1
