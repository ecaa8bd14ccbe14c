"""`on_error` hears of every loss, once, away from the program's threads."""

from __future__ import annotations

import datetime
import os
import pickle
import subprocess
import sys
import textwrap
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

import pandaprobe
from backend import FakeBackend, Reply, Request, accept, unused_port
from pandaprobe import errors


class Heard:
    """A callback that remembers."""

    def __init__(self) -> None:
        self.errors: list[Exception] = []
        self.threads: set[str] = set()

    def __call__(self, error: Exception) -> None:
        self.errors.append(error)
        self.threads.add(threading.current_thread().name)

    def of(self, kind: type[errors.LostError]) -> list[errors.LostError]:
        return [error for error in self.errors if type(error) is kind]


def wait_until(condition: Callable[[], bool]) -> None:
    """Waits as long as it takes; a test that never gets there hangs visibly."""
    while not condition():
        time.sleep(0.005)


def make_traces(count: int) -> None:
    for _ in range(count):
        with pandaprobe.start_trace("t"):
            pass


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_refused_items(backend: FakeBackend, client: pandaprobe.Client, heard: Heard) -> None:
    client.on_error(heard)
    backend.answer = lambda request: Reply(401, b'{"detail": "Invalid API key"}')
    make_traces(3)
    pandaprobe.score(uuid.uuid4(), "n", "1")
    pandaprobe.flush()
    wait_until(lambda: len(heard.errors) == 2)
    by_what = {error.what: error for error in heard.of(errors.RejectedError)}
    assert (by_what["trace"].count, by_what["score"].count) == (3, 1)
    assert str(by_what["trace"]) == (
        "3 traces were lost: rejected by the server (HTTP 401: Invalid API key); "
        f"endpoint {client.config.endpoint}"
    )
    assert heard.threads == {"pandaprobe-errors"}


def test_what_is_given_up(backend: FakeBackend, monkeypatch: pytest.MonkeyPatch, heard: Heard) -> None:
    monkeypatch.setenv("PANDAPROBE_RETRY_HORIZON", "0")
    pandaprobe.init(endpoint=backend.url).on_error(heard)
    backend.answer = lambda request: Reply(500)
    make_traces(2)
    pandaprobe.flush()
    wait_until(lambda: sum(error.count for error in heard.of(errors.GaveUpError)) == 2)


def test_a_full_queue(backend: FakeBackend, heard: Heard) -> None:
    asked, released = threading.Event(), threading.Event()

    def hang(request: Request) -> Reply:
        asked.set()
        released.wait()
        return accept(request)

    backend.answer = hang
    pandaprobe.init(endpoint=backend.url, max_queue_size=2, batch_size=1).on_error(heard)
    make_traces(1)
    asked.wait()
    make_traces(3)
    wait_until(lambda: sum(error.count for error in heard.of(errors.QueueFullError)) == 2)
    released.set()


def test_what_a_shutdown_leaves_behind_is_told_before_it_returns(heard: Heard) -> None:
    client = pandaprobe.init(endpoint=f"http://127.0.0.1:{unused_port()}")
    client.on_error(heard)
    make_traces(2)
    client.shutdown()
    assert sum(error.count for error in heard.of(errors.ShutDownError)) == 2


def test_what_cannot_be_used(client: pandaprobe.Client, heard: Heard) -> None:
    client.on_error(heard)
    anything: Any = datetime
    client.log_trace(anything)
    wait_until(lambda: len(heard.of(errors.UnusableError)) == 1)
    assert "AttributeError" in str(heard.errors[0])


def test_every_callback_is_called_whatever_the_others_do(
    backend: FakeBackend, client: pandaprobe.Client, heard: Heard
) -> None:
    def failing(error: Exception) -> None:
        raise RuntimeError("callback")

    client.on_error(failing)
    client.on_error(heard)
    backend.answer = lambda request: Reply(403)
    for expected in (1, 2):
        make_traces(1)
        pandaprobe.flush()
        wait_until(lambda expected=expected: len(heard.errors) == expected)  # type: ignore[misc]


def test_a_callback_may_use_the_sdk(backend: FakeBackend, client: pandaprobe.Client) -> None:
    done = threading.Event()

    def callback(error: Exception) -> None:
        pandaprobe.flush()
        pandaprobe.shutdown()
        done.set()

    client.on_error(callback)
    backend.answer = lambda request: Reply(401)
    make_traces(1)
    pandaprobe.flush()
    done.wait()


def test_what_was_lost_before_is_not_told(
    backend: FakeBackend, client: pandaprobe.Client, heard: Heard
) -> None:
    backend.answer = lambda request: Reply(401)
    make_traces(1)
    pandaprobe.flush()
    client.on_error(heard)
    make_traces(2)
    pandaprobe.flush()
    wait_until(lambda: len(heard.errors) == 1)
    assert [error.count for error in heard.of(errors.RejectedError)] == [2]


def test_switched_off_there_is_nothing_to_hear(heard: Heard) -> None:
    before = threading.active_count()
    pandaprobe.init(enabled=False).on_error(heard)
    assert threading.active_count() == before


def test_errors_can_be_carried_over() -> None:
    error = errors.RejectedError("1 trace was lost", "trace", 1, "no")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.what, copy.count, copy.reason) == (
        errors.RejectedError,
        "1 trace was lost",
        "trace",
        1,
        "no",
    )


PROGRAM = """
    import os, sys, pandaprobe
    client = pandaprobe.init()
    client.on_error(lambda error: print(os.getpid() == main, type(error).__name__, flush=True))
    main = os.getpid()
    with pandaprobe.start_trace("t"):
        pass
"""


def run(backend: FakeBackend, program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**os.environ, "PANDAPROBE_ENDPOINT": backend.url},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_program_ends_with_a_listener(backend: FakeBackend) -> None:
    backend.answer = lambda request: Reply(401)
    result = run(backend, PROGRAM)
    assert (result.returncode, result.stdout) == (0, "True RejectedError\n"), result.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_the_child_of_a_fork_hears_of_its_own_losses(backend: FakeBackend) -> None:
    backend.answer = lambda request: Reply(401)
    fork = """
    client.flush()
    child = os.fork()
    if child == 0:
        with pandaprobe.start_trace("child"):
            pass
        pandaprobe.shutdown()
        sys.stdout.flush()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    """
    result = run(backend, PROGRAM + fork)
    assert result.returncode == 0, result.stderr
    assert sorted(result.stdout.splitlines()) == ["False RejectedError", "True RejectedError"]
