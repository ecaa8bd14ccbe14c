"""The host never feels the server; what can be delivered is, what cannot is counted once."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import pandaprobe
from backend import FakeBackend, Reply, Request, accept, unused_port


def make_traces(*names: str) -> None:
    for name in names:
        with pandaprobe.start_trace(name) as trace, trace.span("s"):
            pass


def stats() -> dict[str, Any]:
    client = pandaprobe.get_client()
    assert client is not None and client._transport is not None
    return client._transport.stats()


def wait_until(condition: Callable[[], bool]) -> None:
    """Waits as long as it takes; a test that never gets there hangs visibly."""
    while not condition():
        time.sleep(0.01)


def losses(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if " lost: " in record.getMessage()]


def failing_for(name: str, reply: Reply) -> Callable[[Request], Reply]:
    """Answers as told whenever a trace of that name is in the request."""

    def answer(request: Request) -> Reply:
        return reply if any(item["name"] == name for item in request.items) else accept(request)

    return answer


def first_replies(*replies: Reply) -> Callable[[Request], Reply]:
    """Gives these replies first, then accepts."""
    left = list(replies)

    def answer(request: Request) -> Reply:
        return left.pop(0) if left else accept(request)

    return answer


def test_many_traces_travel_in_few_requests_over_one_connection(
    backend: FakeBackend, client: pandaprobe.Client
) -> None:
    make_traces(*(f"t{at}" for at in range(500)))
    pandaprobe.flush()
    assert backend.names == [f"t{at}" for at in range(500)]
    assert len(backend.requests) < 100
    assert len({request.client_port for request in backend.requests}) == 1


def test_large_bodies_are_compressed_and_small_ones_are_not(
    backend: FakeBackend, client: pandaprobe.Client
) -> None:
    make_traces("small")
    pandaprobe.flush()
    with pandaprobe.start_trace("large") as trace:
        trace.set_metadata({"text": "x" * 10_000})
    pandaprobe.flush()
    small, large = backend.requests
    assert "content-encoding" not in small.headers
    assert large.headers["content-encoding"] == "zstd"
    assert int(large.headers["content-length"]) < 1000


def test_a_server_that_knows_no_compression_gets_plain_bodies(
    backend: FakeBackend, client: pandaprobe.Client
) -> None:
    backend.answer = lambda request: Reply(415) if "content-encoding" in request.headers else accept(request)
    for name in ("a", "b"):
        with pandaprobe.start_trace(name) as trace:
            trace.set_metadata({"text": "x" * 10_000})
        pandaprobe.flush()
    assert backend.names == ["a", "b"]
    assert len(backend.requests) == 3, "learnt once"


@pytest.mark.parametrize("status", [404, 405])
def test_without_a_batch_endpoint_each_trace_goes_alone_and_none_is_lost(
    backend: FakeBackend, client: pandaprobe.Client, status: int
) -> None:
    backend.answer = lambda request: Reply(status) if request.path == "/traces/batch" else accept(request)
    make_traces("a", "b", "c")
    pandaprobe.flush()
    make_traces("d")
    pandaprobe.flush()
    assert sorted(backend.names) == ["a", "b", "c", "d"]
    assert [request.path for request in backend.requests].count("/traces/batch") == 1
    assert {request.headers["content-type"] for request in backend.requests[1:]} == {"application/json"}


def test_a_trace_of_many_spans_arrives_whole_also_without_a_batch_endpoint(
    backend: FakeBackend, client: pandaprobe.Client
) -> None:
    backend.answer = lambda request: Reply(404) if request.path == "/traces/batch" else accept(request)
    with pandaprobe.start_trace("big", input={"messages": []}) as trace:
        for at in range(1200):
            with trace.span(f"s{at}"):
                pass
    pandaprobe.flush()
    assert [span["name"] for span in backend.trace["spans"]] == [f"s{at}" for at in range(1200)]
    assert all(len(item["spans"]) <= 500 for item in backend.stored)
    # The original server forgets an input that a later part does not repeat.
    assert all(item["input"] == {"messages": []} for item in backend.stored)


def test_a_server_that_comes_back_gets_everything() -> None:
    port = unused_port()
    pandaprobe.init(endpoint=f"http://127.0.0.1:{port}", batch_size=1)
    make_traces("a", "b")
    wait_until(lambda: stats()["last_failure"] != "")
    make_traces("c")
    with FakeBackend(port) as backend:
        wait_until(lambda: stats()["items"] == 0)
        assert sorted(backend.names) == ["a", "b", "c"]
    assert stats()["lost"] == 0


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500),
        Reply(502),
        Reply(503),
        Reply(504),
        Reply(408),
        Reply(429, headers={"Retry-After": "0"}),
        Reply(0),
        Reply(raw=b"garbage that is no HTTP\r\n\r\n"),
        Reply(raw=b"HTTP/1.1 202 Accepted\r\nContent-Le"),
    ],
    ids=["500", "502", "503", "504", "408", "429", "reset", "garbage", "torn"],
)
def test_passing_failures_lose_nothing(backend: FakeBackend, client: pandaprobe.Client, reply: Reply) -> None:
    # A broken connection is tried again at once, so it takes two to make a failure.
    backend.answer = first_replies(reply, reply)
    make_traces("a", "b", "c")
    wait_for_delivery(backend, 3)
    assert sorted(set(backend.names)) == ["a", "b", "c"]
    assert stats()["lost"] == 0


def wait_for_delivery(backend: FakeBackend, count: int) -> None:
    def delivered() -> bool:
        pandaprobe.flush()
        return len(backend.traces) == count

    wait_until(delivered)


def test_the_request_id_stays_the_same_over_retries(backend: FakeBackend, client: pandaprobe.Client) -> None:
    backend.answer = first_replies(Reply(500), Reply(500))
    make_traces("a")
    wait_for_delivery(backend, 1)
    assert len(backend.requests) == 3
    assert len({request.headers["x-request-id"] for request in backend.requests}) == 1


def test_an_answer_that_is_no_json_counts_as_success(backend: FakeBackend, client: pandaprobe.Client) -> None:
    backend.answer = lambda request: Reply(202, b"<html>")
    make_traces("a")
    pandaprobe.flush()
    assert stats()["items"] == 0
    assert len(backend.requests) == 1


@pytest.mark.parametrize("status", [500, 503, 422, 413])
def test_one_trace_that_always_fails_does_not_hold_up_the_rest(
    backend: FakeBackend, client: pandaprobe.Client, status: int
) -> None:
    backend.answer = failing_for("poison", Reply(status))
    make_traces("a", "b", "poison", "c", "d")
    wait_for_delivery(backend, 4)
    make_traces("e")
    wait_for_delivery(backend, 5)
    assert sorted(backend.names) == ["a", "b", "c", "d", "e"]
    backend.answer = accept  # or else the shutdown after the test goes on trying


def test_a_server_that_hangs_does_not_hold_the_host(backend: FakeBackend, client: pandaprobe.Client) -> None:
    asked, released = threading.Event(), threading.Event()

    def hang(request: Request) -> Reply:
        asked.set()
        released.wait()
        return accept(request)

    backend.answer = hang
    make_traces(*(f"before-{at}" for at in range(10)))
    asked.wait()
    # The only request there will be is under way and does not end: all this runs beside it.
    make_traces(*(f"during-{at}" for at in range(1000)))
    assert not backend.requests
    released.set()
    pandaprobe.flush()
    assert len(backend.names) == 1010


def test_flush_waits_without_the_gil(backend: FakeBackend, client: pandaprobe.Client) -> None:
    # The server is made of threads of this very process.
    steps = []

    def slow(request: Request) -> Reply:
        for _ in range(100):
            steps.append(sum(range(1000)))
        return accept(request)

    backend.answer = slow
    make_traces("a")
    pandaprobe.flush()
    assert len(steps) == 100
    assert backend.names == ["a"]


def test_flush_ends_at_its_timeout(backend: FakeBackend, client: pandaprobe.Client) -> None:
    released = threading.Event()

    def hang(request: Request) -> Reply:
        released.wait()
        return accept(request)

    backend.answer = hang
    make_traces("a")
    pandaprobe.flush(0.05)
    assert stats()["items"] == 1
    released.set()
    pandaprobe.flush()
    assert stats()["items"] == 0


def test_flush_gives_up_waiting_for_a_server_that_is_away_but_keeps_the_traces() -> None:
    pandaprobe.init(endpoint=f"http://127.0.0.1:{unused_port()}")
    make_traces("a")
    pandaprobe.flush(timeout=3600)
    assert stats()["items"] == 1
    assert stats()["lost"] == 0


def test_what_is_given_up_is_counted_and_logged_once(
    backend: FakeBackend, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PANDAPROBE_RETRY_HORIZON", "0")
    pandaprobe.init(endpoint=backend.url)
    backend.answer = lambda request: Reply(500, b'{"detail": "broken"}')
    make_traces("a", "b", "c")
    pandaprobe.flush()
    pandaprobe.flush()
    pandaprobe.shutdown()
    (message,) = losses(caplog)
    assert "3 traces were lost: 3 given up after retrying (HTTP 500: broken)" in message
    assert stats()["lost"] == 3


def test_a_running_program_hears_of_losses_without_flushing(
    backend: FakeBackend, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PANDAPROBE_RETRY_HORIZON", "0")
    pandaprobe.init(endpoint=backend.url, batch_size=1)
    backend.answer = lambda request: Reply(500)
    make_traces("a")
    wait_until(lambda: stats()["lost"] == 1)
    make_traces("b")
    assert len(losses(caplog)) == 1
    wait_until(lambda: stats()["lost"] == 2)
    make_traces("c")
    assert len(losses(caplog)) == 1, "not for each trace"
    wait_until(lambda: stats()["lost"] == 3)
    pandaprobe.shutdown()
    assert sum(int(message.split()[0]) for message in losses(caplog)) == 3


def test_rejected_items_are_logged_with_their_reason(
    backend: FakeBackend, client: pandaprobe.Client, caplog: pytest.LogCaptureFixture
) -> None:
    def reject(request: Request) -> Reply:
        error = {"detail": "Validation error", "errors": [{"field": "name", "message": "too odd"}]}
        items = [
            {"trace_id": item["trace_id"], "status": "rejected", "error": error}
            if item["name"] == "odd"
            else {"trace_id": item["trace_id"], "status": "accepted"}
            for item in request.items
        ]
        return Reply(body=json.dumps({"items": items}).encode())

    backend.answer = reject
    make_traces("a", "odd", "b")
    pandaprobe.flush()
    assert len(backend.requests) == 1
    (message,) = losses(caplog)
    assert "1 trace was lost: 1 rejected by the server (Validation error: name: too odd)" in message


@pytest.mark.parametrize("status", [401, 403, 302, 410])
def test_refusals_are_final(
    backend: FakeBackend, client: pandaprobe.Client, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    backend.answer = lambda request: Reply(status, headers={"Location": "/elsewhere"})
    make_traces("a", "b")
    pandaprobe.flush()
    assert len(backend.requests) == 1
    (message,) = losses(caplog)
    assert f"2 rejected by the server (HTTP {status}" in message


def test_the_item_limit_counts_when_it_is_set(backend: FakeBackend, caplog: pytest.LogCaptureFixture) -> None:
    released = threading.Event()
    asked = threading.Event()

    def hang(request: Request) -> Reply:
        asked.set()
        released.wait()
        return accept(request)

    backend.answer = hang
    pandaprobe.init(endpoint=backend.url, max_queue_size=3, batch_size=1)
    make_traces("first")
    asked.wait()
    make_traces("a", "b", "c", "d")
    released.set()
    pandaprobe.flush()
    assert backend.names == ["first", "c", "d"], "the oldest made room"
    assert sum(int(message.split()[0]) for message in losses(caplog)) == 2


def test_no_item_limit_by_default(backend: FakeBackend, client: pandaprobe.Client) -> None:
    released = threading.Event()

    def hang(request: Request) -> Reply:
        released.wait()
        return accept(request)

    backend.answer = hang
    make_traces(*(f"t{at}" for at in range(5000)))
    released.set()
    pandaprobe.flush()
    assert len(backend.names) == 5000


def test_after_shutdown_traces_work_and_go_nowhere(backend: FakeBackend, client: pandaprobe.Client) -> None:
    make_traces("a")
    pandaprobe.shutdown()
    assert pandaprobe.get_client() is client
    make_traces("b")
    pandaprobe.flush()
    pandaprobe.shutdown()
    assert backend.names == ["a"]


def test_init_sends_what_the_client_before_it_had(backend: FakeBackend, client: pandaprobe.Client) -> None:
    make_traces("a")
    second = pandaprobe.init(endpoint=backend.url)
    assert pandaprobe.get_client() is second is not client
    assert backend.names == ["a"]


def test_an_endpoint_that_accepts_and_never_answers_does_not_hold_up_the_exit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = pandaprobe.Client(endpoint=f"http://127.0.0.1:{listener.getsockname()[1]}")
        with client.trace("a"):
            pass
        assert client._transport is not None
        assert client._transport.shutdown(0.05) is False
        assert client._transport.stats()["items"] == 0


@pytest.mark.parametrize("logger_fails", [True, False])
def test_a_log_handler_that_raises_does_not_reach_the_host(
    backend: FakeBackend, client: pandaprobe.Client, logger_fails: bool
) -> None:
    class Raising(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise RuntimeError("handler")

    handler = Raising()
    logger = logging.getLogger("pandaprobe")
    if logger_fails:
        logger.addHandler(handler)
    try:
        with pandaprobe.start_trace("t", input="no messages"):
            pass
    finally:
        logger.removeHandler(handler)
    pandaprobe.flush()
    assert backend.names == ["t"]
