"""Open traces: what is finished leaves within the flush interval, whatever becomes of the rest."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

import pandaprobe
from backend import FakeBackend, Json, Reply, Request, accept, tree
from pandaprobe.tracing import TraceContext

SOON = 0.05
"""A short flush interval."""


@pytest.fixture
def streaming(backend: FakeBackend) -> pandaprobe.Client:
    return pandaprobe.init(endpoint=backend.url, flush_interval=SOON)


def wait_until(condition: Callable[[], bool]) -> None:
    """Waits as long as it takes; a test that never gets there hangs visibly."""
    while not condition():
        time.sleep(0.005)


def finished(items: list[Json]) -> list[str]:
    """Names of the spans that arrived with an end."""
    return [span["name"] for item in items for span in item.get("spans", []) if "ended_at" in span]


def still_open(items: list[Json]) -> list[str]:
    """Names of the spans that arrived without one."""
    return [span["name"] for item in items for span in item.get("spans", []) if "ended_at" not in span]


def stats() -> Json:
    client = pandaprobe.get_client()
    assert client is not None and client._transport is not None
    return client._transport.stats()


def batchless(backend: FakeBackend) -> None:
    """As the original server is."""
    backend.answer = lambda request: Reply(404) if request.path == "/traces/batch" else accept(request)


def test_a_trace_is_announced_before_anything_happens_in_it(
    backend: FakeBackend, streaming: pandaprobe.Client
) -> None:
    question = {"messages": [{"role": "user", "content": "q"}]}
    with pandaprobe.start_trace("t", input=question, session_id="s", user_id="u", tags=["x"]) as trace:
        wait_until(lambda: len(backend.stored) == 1)
        announced = backend.stored[0]
        assert announced["trace_id"] == trace.trace_id
        assert (announced["status"], announced["input"]) == ("RUNNING", question)
        assert (announced["session_id"], announced["user_id"], announced["tags"]) == ("s", "u", ["x"])
        assert "ended_at" not in announced


def test_finished_spans_leave_with_those_they_run_in(
    backend: FakeBackend, streaming: pandaprobe.Client
) -> None:
    with pandaprobe.start_trace("t") as trace:
        with trace.span("agent", kind="AGENT") as agent:
            agent.set_input("task")
            with trace.span("tool", kind="TOOL") as tool:
                tool.set_output(1)
            wait_until(lambda: "tool" in finished(backend.stored))
            assert tree(backend.trace) == {"tool": "agent", "agent": None}
            (running,) = [span for span in backend.trace["spans"] if span["name"] == "agent"]
            assert (running["status"], running["input"]) == ("UNSET", "task")
            agent.set_output("done")
        trace.set_output({"messages": []})
    pandaprobe.flush()
    assert [item["status"] for item in backend.stored][:-1] == ["RUNNING"] * (len(backend.stored) - 1)
    last = backend.stored[-1]
    assert (last["status"], last["output"]) == ("COMPLETED", {"messages": []})
    assert "ended_at" in last
    # Each once, and the running one again when it has ended, as a whole.
    assert sorted(finished(backend.stored)) == ["agent", "tool"]
    assert still_open(backend.stored) == ["agent"]
    (agent_sent,) = [span for span in last["spans"] if span["name"] == "agent"]
    assert (agent_sent["input"], agent_sent["output"], agent_sent["status"]) == ("task", "done", "OK")


def test_an_input_that_is_set_late_leaves_too(backend: FakeBackend, streaming: pandaprobe.Client) -> None:
    with pandaprobe.start_trace("t") as trace:
        wait_until(lambda: len(backend.stored) == 1)
        trace.set_input({"messages": []})
        wait_until(lambda: "input" in backend.trace)


def test_a_short_trace_is_one_item(backend: FakeBackend, client: pandaprobe.Client) -> None:
    for _ in range(50):
        with pandaprobe.start_trace("t") as trace, trace.span("a"), trace.span("b"):
            pass
    pandaprobe.flush()
    assert len(backend.stored) == 50
    assert {item["status"] for item in backend.stored} == {"COMPLETED"}


def test_many_open_traces_and_threads_lose_and_repeat_nothing(
    backend: FakeBackend, streaming: pandaprobe.Client
) -> None:
    def work(number: int) -> None:
        with pandaprobe.start_trace(f"t{number}") as trace, trace.span("outer"):
            for step in range(30):
                with trace.span(f"step-{step}"):
                    time.sleep(0.005)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(24)))
    pandaprobe.flush()
    assert len(backend.stored) > 24, "some went in parts"
    traces = backend.traces
    assert len(traces) == 24
    for trace in traces:
        assert trace["status"] == "COMPLETED"
        assert sorted(finished([trace])) == sorted(["outer", *(f"step-{step}" for step in range(30))])
    assert stats()["open_traces"] == 0


def test_a_flush_takes_what_open_traces_have(backend: FakeBackend, client: pandaprobe.Client) -> None:
    with pandaprobe.start_trace("t") as trace:
        with trace.span("done"):
            pass
        pandaprobe.flush()
        assert finished(backend.stored) == ["done"]
        pandaprobe.flush()
        assert len(backend.stored) == 1, "nothing new"
    pandaprobe.flush()
    assert backend.trace["status"] == "COMPLETED"
    assert finished(backend.stored) == ["done"]


KILLED = """
    import os, sys, time, pandaprobe
    pandaprobe.init(flush_interval=0.1)
    with pandaprobe.start_trace("long", session_id="s") as trace, trace.span("agent"):
        for number in range(3):
            with trace.span(f"step-{number}"):
                pass
        print("done", flush=True)
        with trace.span("hangs"):
            time.sleep(3600)
"""


def test_a_killed_process_loses_only_what_it_just_did(backend: FakeBackend) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KILLED)],
        env={**os.environ, "PANDAPROBE_ENDPOINT": backend.url},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "done\n"
        # They finished before it printed: the interval and a request later they are here.
        wait_until(lambda: len(finished(backend.stored)) == 3)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert (backend.trace["status"], backend.trace["session_id"]) == ("RUNNING", "s")
    parents = tree(backend.trace)
    assert {parents[f"step-{number}"] for number in range(3)} == {"agent"}


@pytest.mark.parametrize(
    "ending", ["sys.exit(3)", "raise RuntimeError", "pandaprobe.shutdown(); os._exit(3)"]
)
@pytest.mark.parametrize("has_batches", [True, False])
def test_what_an_open_trace_has_is_sent_at_exit(backend: FakeBackend, ending: str, has_batches: bool) -> None:
    if not has_batches:
        batchless(backend)
    program = f"""
        import os, sys, pandaprobe
        trace = pandaprobe.start_trace("open")
        trace.__enter__()
        running = trace.span("running").__enter__()
        with trace.span("done"):
            pass
        {ending}
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**os.environ, "PANDAPROBE_ENDPOINT": backend.url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    (item,) = backend.stored
    assert item["status"] == "RUNNING" and "ended_at" not in item
    assert tree(item) == {"done": "running", "running": None}
    assert finished([item]) == ["done"]


def test_an_abandoned_trace_leaves_and_is_forgotten(backend: FakeBackend, client: pandaprobe.Client) -> None:
    def abandon() -> weakref.ref[TraceContext]:
        trace = pandaprobe.start_trace("abandoned")
        trace.__enter__()
        with trace.span("done"):
            pass
        return weakref.ref(trace)

    # A thread of its own, so that no context goes on pointing at it.
    with ThreadPoolExecutor(1) as pool:
        reference = pool.submit(abandon).result()
    gc.collect()
    assert reference() is None
    assert stats()["open_traces"] == 0
    pandaprobe.flush()
    assert (backend.trace["status"], finished(backend.stored)) == ("RUNNING", ["done"])


def test_spans_that_outlive_their_trace_follow(backend: FakeBackend, streaming: pandaprobe.Client) -> None:
    with pandaprobe.start_trace("t") as trace:
        late = trace.span("late").__enter__()
        wait_until(lambda: "late" in still_open(backend.stored))
    late.__exit__(None, None, None)
    pandaprobe.flush()
    assert backend.stored[-1]["status"] == "COMPLETED"
    assert finished(backend.stored) == ["late"]


def test_without_a_batch_endpoint_a_trace_is_one_request(
    backend: FakeBackend, streaming: pandaprobe.Client
) -> None:
    batchless(backend)
    with pandaprobe.start_trace("t", input={"messages": []}) as trace:
        with trace.span("outer"):
            with trace.span("first"):
                pass
            # The announcement finds out; what it carried is kept.
            wait_until(lambda: len(backend.requests) == 1)
            for name in ("second", "third"):
                with trace.span(name):
                    time.sleep(2 * SOON)
            pandaprobe.flush()
    with pandaprobe.start_trace("next"):
        pass
    pandaprobe.flush()
    assert [request.path for request in backend.requests] == ["/traces/batch", "/traces", "/traces"]
    whole = backend.stored[0]
    assert (whole["status"], whole["input"]) == ("COMPLETED", {"messages": []})
    assert [span["name"] for span in whole["spans"]] == ["first", "second", "third", "outer"]
    assert still_open(backend.stored) == []
    assert stats()["items"] == stats()["lost"] == 0


def test_without_a_batch_endpoint_an_abandoned_trace_is_sent_once(
    backend: FakeBackend, streaming: pandaprobe.Client
) -> None:
    batchless(backend)

    def abandon() -> None:
        trace = pandaprobe.start_trace("abandoned")
        trace.__enter__()
        with trace.span("done"):
            pass
        wait_until(lambda: len(backend.requests) == 1)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(abandon).result()
    gc.collect()
    pandaprobe.flush()
    (item,) = backend.stored
    assert (item["status"], finished([item])) == ("RUNNING", ["done"])
    assert stats()["items"] == 0


def test_memory_of_open_traces_is_bounded(
    backend: FakeBackend, client: pandaprobe.Client, caplog: pytest.LogCaptureFixture
) -> None:
    released = threading.Event()

    def hang(request: Request) -> Reply:
        released.wait()
        return accept(request)

    backend.answer = hang
    text = "x" * 1_000_000
    with pandaprobe.start_trace("t") as trace:
        for _ in range(100):
            with trace.span("big") as span:
                span.set_output(text)
            assert stats()["bytes"] <= 64 << 20
        # The server takes nothing, so the oldest had to go; that is counted.
        assert stats()["lost"] > 0
    released.set()
    pandaprobe.flush()
    assert any("part" in record.getMessage() and "lost" in record.getMessage() for record in caplog.records)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_forks_in_and_beside_open_traces(backend: FakeBackend) -> None:
    program = """
        import os, threading, time, pandaprobe
        pandaprobe.init(flush_interval=0.01)
        stop = threading.Event()
        def busy():
            with pandaprobe.start_trace("busy") as trace:
                while not stop.is_set():
                    with trace.span("step"):
                        time.sleep(0.0005)
        threads = [threading.Thread(target=busy) for _ in range(3)]
        for thread in threads:
            thread.start()
        with pandaprobe.start_trace("outer") as trace, trace.span("parent"):
            for number in range(30):
                child = os.fork()
                if child == 0:
                    with trace.span(f"child-{number}"):
                        pass
                    pandaprobe.flush()
                    os._exit(0)
                assert os.waitpid(child, 0)[1] == 0
        stop.set()
        for thread in threads:
            thread.join()
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**os.environ, "PANDAPROBE_ENDPOINT": backend.url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    (outer,) = [trace for trace in backend.traces if trace["name"] == "outer"]
    parents = tree(outer)
    assert {parents[f"child-{number}"] for number in range(30)} == {"parent"}
    busy = [trace for trace in backend.traces if trace["name"] == "busy"]
    assert [trace["status"] for trace in busy] == ["COMPLETED"] * 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_forks_whose_hooks_let_other_threads_run(backend: FakeBackend) -> None:
    program = """
        import os, threading, time, pandaprobe
        pandaprobe.init(flush_interval=0.01)
        # Between our own hook and the fork, others go on with whatever they do.
        os.register_at_fork(before=lambda: time.sleep(0.001))
        stop = threading.Event()
        def busy():
            while not stop.is_set():
                with pandaprobe.start_trace("busy") as trace:
                    for _ in range(600):
                        with trace.span("s"):
                            pass
                    pandaprobe.score(trace.trace_id, "n", "1")
        def flush():
            while not stop.is_set():
                pandaprobe.flush(0.05)
        threads = [threading.Thread(target=work) for work in (busy, busy, flush, flush)]
        for thread in threads:
            thread.start()
        for _ in range(20):
            child = os.fork()
            if child == 0:
                with pandaprobe.start_trace("child") as trace, trace.span("s"):
                    pass
                pandaprobe.flush()
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
        stop.set()
        for thread in threads:
            thread.join()
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={**os.environ, "PANDAPROBE_ENDPOINT": backend.url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert backend.names.count("child") == 20
