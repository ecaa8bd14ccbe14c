"""The life of processes: import, exit, fork. Each case is a program of its own."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from backend import FakeBackend, tree, unused_port

README = Path(__file__).parent.parent / "README.md"

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


def run(code: str, endpoint: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a program; `endpoint` is all the configuration it has."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PANDAPROBE_")}
    if endpoint is not None:
        environment["PANDAPROBE_ENDPOINT"] = endpoint
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
    )


RISKY = """
    import pandaprobe
    with pandaprobe.start_trace("risky-operation") as t:
        with t.span("might-fail", kind="LLM") as s:
            s.set_model("gpt-4o")
            raise ValueError("Something went wrong")
"""


def test_the_example_without_configuration(backend: FakeBackend) -> None:
    result = run(RISKY, backend.url)
    assert result.returncode == 1
    assert result.stderr.strip().endswith("ValueError: Something went wrong")
    assert backend.trace["status"] == "ERROR"
    assert "session_id" not in backend.trace
    (span,) = backend.trace["spans"]
    assert (span["status"], span["error"], span["model"]) == ("ERROR", "Something went wrong", "gpt-4o")


@pytest.mark.parametrize(
    ("ending", "code"),
    [("", 0), ("sys.exit(3)", 3), ("raise SystemExit('text')", 1), ("1 / 0", 1)],
    ids=["end", "exit", "exit text", "exception"],
)
def test_nothing_is_lost_at_exit(backend: FakeBackend, ending: str, code: int) -> None:
    program = f"""
        import sys, pandaprobe
        for at in range(100):
            with pandaprobe.start_trace(f"t{{at}}"):
                pass
        {ending}
    """
    assert run(program, backend.url).returncode == code
    assert backend.names == [f"t{at}" for at in range(100)]


def test_threads_that_outlive_the_main_one_are_waited_for(backend: FakeBackend) -> None:
    result = run(
        """
        import threading, time, pandaprobe
        def work():
            time.sleep(0.1)
            with pandaprobe.start_trace("thread"):
                pass
        threading.Thread(target=work).start()
        """,
        backend.url,
    )
    assert result.returncode == 0
    assert backend.names == ["thread"]


def test_a_server_that_is_away_changes_nothing_but_one_line_of_log() -> None:
    result = run(
        """
        import pandaprobe
        for at in range(20):
            with pandaprobe.start_trace("t"):
                pass
        print("result")
        """,
        f"http://127.0.0.1:{unused_port()}",
    )
    assert (result.returncode, result.stdout) == (0, "result\n")
    (line,) = result.stderr.splitlines()
    assert "20 traces were lost: 20 not sent before shutdown" in line


def test_switched_off_nothing_is_even_read(backend: FakeBackend) -> None:
    result = run(RISKY, "nonsense", PANDAPROBE_ENABLED="false")
    assert result.stderr.strip().endswith("ValueError: Something went wrong")


def test_import_is_light() -> None:
    result = run(
        """
        import sys
        before = set(sys.modules)
        import pandaprobe
        heavy = {"pydantic", "asyncio", "httpx", "typing", "logging", "dataclasses", "email", "ssl"}
        print(sorted(heavy & (set(sys.modules) - before)))
        """
    )
    assert (result.stdout, result.stderr) == ("[]\n", "")


def test_no_thread_before_the_first_trace(backend: FakeBackend) -> None:
    result = run(
        """
        import os, pandaprobe
        def threads():
            return {open(f"/proc/self/task/{t}/comm").read().strip() for t in os.listdir("/proc/self/task")}
        pandaprobe.init()
        print("pandaprobe-tran" in threads())
        with pandaprobe.start_trace("t"):
            pass
        while "pandaprobe-tran" not in threads():  # it names itself when it runs
            pass
        print("started")
        """,
        backend.url,
    )
    assert result.stdout.split() == ["False", "started"]


TEXT = README.read_text().replace("# pandaprobe", "## First", 1)
EXAMPLES: dict[str, str] = dict(re.findall(r"## ([^#]*?)\n[^#]*?```python\n(.*?)```", TEXT, re.DOTALL))


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_the_readmes_examples_run(backend: FakeBackend, example: str) -> None:
    result = run(example, backend.url)
    assert (result.returncode, result.stderr, result.stdout) == (0, "", "")
    assert backend.traces


def test_the_readmes_session(backend: FakeBackend) -> None:
    run(EXAMPLES["First"], backend.url)
    assert len(backend.traces) == 2
    for trace in backend.traces:
        assert trace["session_id"] == "support-4711"
        assert trace["session_name"] == "Refund for order 4711"
        assert tree(trace) == {"search": None, "answer": None}


def test_the_readmes_decorators(backend: FakeBackend) -> None:
    run(EXAMPLES["Decorators"], backend.url)
    trace = backend.trace
    assert trace["output"]["messages"][0]["content"] == "about parcels"
    assert tree(trace) == {"search": None, "write": None}
    assert trace["spans"][1]["output"] == ["about", "parcels"]


def test_the_readmes_scores(backend: FakeBackend) -> None:
    run(EXAMPLES["Scores"], backend.url)
    assert [score["name"] for score in backend.scores] == ["helpfulness", "sentiment"]


def test_the_readmes_data(backend: FakeBackend) -> None:
    run(EXAMPLES["Traces from elsewhere"], backend.url)
    assert (backend.trace["name"], backend.trace["spans"][0]["model"]) == ("imported", "gpt-4o")


@needs_fork
def test_a_fork_sends_its_own_traces_and_not_its_parents(backend: FakeBackend) -> None:
    result = run(
        """
        import os, pandaprobe
        pandaprobe.init(flush_interval=3600, batch_size=100)
        def trace(name):
            with pandaprobe.start_trace(name) as t, t.span("s"):
                pass
        trace("parent-before")
        children = []
        for number in range(3):
            child = os.fork()
            if child == 0:
                trace(f"child-{number}")
                pandaprobe.flush()
                os._exit(0)
            children.append(child)
        trace("parent-after")
        for child in children:
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """,
        backend.url,
    )
    assert result.stdout.split() == ["0", "0", "0"], result.stderr
    assert sorted(backend.names) == ["child-0", "child-1", "child-2", "parent-after", "parent-before"]
    ids = [span["span_id"] for trace in backend.traces for span in trace["spans"]]
    assert len(set(ids)) == len(ids) == 5


@needs_fork
def test_forks_under_load_neither_hang_nor_lose(backend: FakeBackend) -> None:
    result = run(
        """
        import os, threading, time, pandaprobe
        pandaprobe.init(batch_size=1)
        stop = threading.Event()
        made = [0] * 3
        def busy(at):
            while not stop.is_set():
                with pandaprobe.start_trace(f"busy") as t, t.span("s") as s:
                    s.set_input({"a": [1, 2, object()]})
                made[at] += 1
                time.sleep(0.0001)
        threads = [threading.Thread(target=busy, args=(at,)) for at in range(3)]
        for thread in threads:
            thread.start()
        for number in range(20):
            child = os.fork()
            if child == 0:
                with pandaprobe.start_trace("child") as t, t.span("s"):
                    pass
                pandaprobe.flush()
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
        stop.set()
        for thread in threads:
            thread.join()
        print(sum(made))
        """,
        backend.url,
    )
    assert result.returncode == 0, result.stderr
    names = backend.names
    assert names.count("child") == 20
    assert names.count("busy") == int(result.stdout)


@needs_fork
def test_a_fork_inside_a_trace(backend: FakeBackend) -> None:
    result = run(
        """
        import os, pandaprobe
        with pandaprobe.start_trace("t") as t, t.span("outer"):
            child = os.fork()
            with t.span("in-child" if child == 0 else "in-parent"):
                pass
            if child == 0:
                pass
            else:
                os.waitpid(child, 0)
        """,
        backend.url,
    )
    assert result.returncode == 0, result.stderr
    assert set(tree(backend.trace).items()) >= {("in-child", "outer"), ("in-parent", "outer")}


def test_interpreter_exit_while_the_server_hangs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        result = run(
            """
            import pandaprobe, pandaprobe.client
            pandaprobe.client.SHUTDOWN_TIMEOUT = 0.2
            with pandaprobe.start_trace("t"):
                pass
            print("result")
            """,
            f"http://127.0.0.1:{listener.getsockname()[1]}",
        )
    assert (result.returncode, result.stdout) == (0, "result\n")
    assert "1 trace was lost" in result.stderr


@needs_fork
def test_multiprocessing_children_send_before_they_end(backend: FakeBackend) -> None:
    result = run(
        """
        import multiprocessing, pandaprobe
        def work(number):
            with pandaprobe.start_trace(f"child-{number}"):
                pass
        if __name__ == "__main__":
            with pandaprobe.start_trace("parent"):
                pass
            context = multiprocessing.get_context("fork")
            children = [context.Process(target=work, args=(number,)) for number in range(3)]
            for child in children:
                child.start()
            for child in children:
                child.join()
                assert child.exitcode == 0
        """,
        backend.url,
    )
    assert result.returncode == 0, result.stderr
    assert sorted(backend.names) == ["child-0", "child-1", "child-2", "parent"]


def test_a_signal_handler_may_use_the_sdk(backend: FakeBackend) -> None:
    result = run(
        """
        import signal, sys, threading, time, pandaprobe
        def stop(number, frame):
            with pandaprobe.start_trace("from-handler"):
                pass
            pandaprobe.flush()
            sys.exit(7)
        signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        while True:
            with pandaprobe.start_trace("t") as t, t.span("s") as s:
                s.set_input({"a": [object()]})
            time.sleep(0.0001)
        """,
        backend.url,
    )
    assert (result.returncode, result.stderr) == (7, "")
    assert "from-handler" in backend.names


def test_ctrl_c_ends_a_flush() -> None:
    result = run(
        f"""
        import signal, threading, pandaprobe, pandaprobe.client
        pandaprobe.client.SHUTDOWN_TIMEOUT = 0
        pandaprobe.init(endpoint="http://127.0.0.1:{unused_port()}")
        with pandaprobe.start_trace("t"):
            pass
        threading.Timer(0.3, signal.raise_signal, [signal.SIGINT]).start()
        try:
            while True:
                pandaprobe.flush(3600)
        except KeyboardInterrupt:
            print("interrupted")
        """
    )
    assert result.stdout == "interrupted\n", result.stderr


def test_proxies_of_the_environment(backend: FakeBackend) -> None:
    program = """
        import pandaprobe
        with pandaprobe.start_trace("t"):
            pass
        pandaprobe.flush()
    """
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as proxy:

        def serve() -> None:
            while True:
                connection, _ = proxy.accept()
                with connection, connection.makefile("rb") as stream:
                    asked.append(stream.readline())

        threading.Thread(target=serve, daemon=True).start()
        url = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        away = {"PANDAPROBE_API_KEY": "k", "PANDAPROBE_PROJECT_NAME": "p"}
        run(program, "http://pandaprobe.test", HTTP_PROXY=url, **away)
        assert asked[0] == b"CONNECT pandaprobe.test:80 HTTP/1.1\r\n"
        # This machine is reached directly.
        before = len(asked)
        run(program, backend.url, HTTP_PROXY=url)
        assert (backend.names, len(asked)) == (["t"], before)
