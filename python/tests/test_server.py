"""From `import pandaprobe` through the real server to its API."""

from __future__ import annotations

import datetime
import os
import re
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

import pandaprobe
from pandaprobe.schemas import SpanData, TraceData
from server import Json, Server

ROOT = Path(__file__).resolve().parents[2]
QUICKSTART = ROOT / "examples" / "quickstart.py"

RISKY = """
import pandaprobe
with pandaprobe.start_trace("risky-operation") as t:
    with t.span("might-fail", kind="LLM") as s:
        s.set_model("gpt-4o")
        raise ValueError("Something went wrong")
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def run(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs Python with no configuration but the address, since the default port may be taken."""
    env = {**os.environ, "PANDAPROBE_ENDPOINT": server.url}
    return subprocess.run([sys.executable, *arguments], env=env, capture_output=True, text=True, check=False)


def parents(trace: Json) -> dict[str, str | None]:
    """Span name → name of its parent."""
    names = {span["span_id"]: span["name"] for span in trace["spans"]}
    return {span["name"]: names.get(span["parent_span_id"]) for span in trace["spans"]}


def test_an_exception_goes_on_and_leaves_an_error(server: Server) -> None:
    result = run(server, "-c", RISKY)
    assert result.returncode == 1
    assert result.stderr.rstrip().endswith("ValueError: Something went wrong")
    (trace,) = server.traces()
    assert (trace["name"], trace["status"], trace["session_id"]) == ("risky-operation", "ERROR", None)
    (span,) = trace["spans"]
    assert (span["name"], span["kind"], span["model"]) == ("might-fail", "LLM", "gpt-4o")
    assert (span["status"], span["error"]) == ("ERROR", "Something went wrong")
    assert server.get("/sessions")["total"] == 0


def test_the_quickstart(server: Server) -> None:
    result = run(server, str(QUICKSTART))
    assert result.returncode == 0, result.stderr
    rag, pipeline, parallel, *turns, risky = server.traces()

    generate = rag["spans"][1]
    assert rag["tags"] == ["example", "rag"]
    assert generate["token_usage"] == {
        "prompt_tokens": 150,
        "completion_tokens": 80,
        "reasoning_tokens": 12,
        "cache_read_tokens": 64,
    }
    assert generate["cost"] == {"total": 0.002, "prompt": 0.0015, "completion": 0.0005}
    assert generate["usage"]["input"] == 150 - 64
    assert (rag["total_tokens"], rag["total_cost"]) == (230, 0.002)
    assert rag["output"] == {"messages": [{"role": "assistant", "content": "A tracing platform."}]}

    assert parents(pipeline) == {"agent": None, "llm-call": "agent", "tool-call": "agent", "after": None}
    assert parents(parallel) == {"agent": None, "search": "agent", "weather": "agent", "calendar": "agent"}
    assert risky["status"] == "ERROR"

    assert [turn["session_id"] for turn in turns] == ["conversation-123"] * 3
    (session,) = server.get("/sessions")["items"]
    assert session["session_id"] == "conversation-123"
    assert session["session_name"] == "Where is my parcel?"
    assert session["user_id"] == "user-abc"
    assert (session["trace_count"], session["total_span_count"]) == (3, 3)
    assert session["total_tokens"] == 12 * (1 + 3 + 5) + 3 * 9
    assert session["total_cost"] == pytest.approx(0.0009)
    detail = server.get("/sessions/by-id", id="conversation-123")
    contents = [message["content"] for message in detail["traces"][2]["input"]["messages"]]
    assert contents[0] == "Where is my parcel?" and len(contents) == 5


def test_the_examples_of_the_readme(server: Server) -> None:
    text = (ROOT / "README.md").read_text()
    (program,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    result = run(server, "-c", program)
    assert result.returncode == 0, result.stderr
    (curl,) = re.findall(r"```sh\n(curl .*?)```", text, re.DOTALL)
    (body,) = re.findall(r"-d '(.*)'", curl, re.DOTALL)
    request = urllib.request.Request(
        f"{server.url}/traces", body.encode(), {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 202
    (session,) = server.get("/sessions")["items"]
    assert (session["session_id"], session["trace_count"]) == ("conversation-123", 2)
    assert session["session_name"] == "Refund for order 4711"
    assert (session["total_tokens"], session["unpriced_span_count"]) == (460, 1)
    assert session["total_cost"] == pytest.approx(0.0012)


def test_precedence_of_sessions_and_users(server: Server) -> None:
    pandaprobe.init(endpoint=server.url)
    pandaprobe.set_session("imperative")
    pandaprobe.set_user("user-imperative")
    with pandaprobe.start_trace("imperative"):
        pass
    with pandaprobe.session("scoped"), pandaprobe.user("user-scoped"):
        with pandaprobe.start_trace("scoped"):
            pass
        with pandaprobe.start_trace("explicit", session_id="explicit", user_id="user-explicit"):
            pass
        pandaprobe.set_session("later")
        with pandaprobe.start_trace("still-scoped"):
            pass
    with pandaprobe.start_trace("after"):
        pass
    pandaprobe.flush()
    seen = {trace["name"]: (trace["session_id"], trace["user_id"]) for trace in server.traces()}
    assert seen == {
        "imperative": ("imperative", "user-imperative"),
        "scoped": ("scoped", "user-scoped"),
        "explicit": ("explicit", "user-explicit"),
        "still-scoped": ("scoped", "user-scoped"),
        "after": ("later", "user-imperative"),
    }


def test_traces_wait_for_a_server_that_is_away(server: Server) -> None:
    pandaprobe.init(endpoint=server.url)
    with pandaprobe.start_trace("before"):
        pass
    pandaprobe.flush()
    server.stop()
    for number in range(20):
        with pandaprobe.start_trace(f"away-{number}", session_id="patient"):
            pass
    server.start()
    pandaprobe.flush(60)
    assert server.get("/sessions")["items"][0]["trace_count"] == 20
    assert server.get("/traces")["total"] == 21


def test_values_arrive_exactly(server: Server) -> None:
    pandaprobe.init(endpoint=server.url)
    value = {
        "big": 2**70,
        "nul": "a\0b",
        "surrogate": "\ud800",
        "text": "héllo 日本語 🐼",
        "nested": [{"a": [1, {"b": None}]}],
        "float": 0.1,
        "id": uuid.UUID(int=1),
    }
    with pandaprobe.start_trace("values") as trace:
        trace.set_input(value)
        value["float"] = "changed later"
    pandaprobe.flush()
    (stored,) = server.traces()
    assert stored["input"] == {**value, "float": 0.1, "id": str(uuid.UUID(int=1))}


RUNNING = """
import sys, time, pandaprobe
pandaprobe.init(flush_interval=0.05)
question = {"messages": [{"role": "user", "content": "q"}]}
with pandaprobe.start_trace("long", input=question, session_id="s") as trace:
    with trace.span("agent", kind="AGENT") as agent:
        agent.set_input("task")
        with trace.span("tool", kind="TOOL") as tool:
            tool.set_output("found")
        sys.stdin.readline()
        with trace.span("after") as after:
            after.set_token_usage(prompt_tokens=3, completion_tokens=4)
    trace.set_output({"messages": [{"role": "assistant", "content": "a"}]})
"""


def seen_while_running(server: Server) -> Json:
    """The trace as soon as its finished span is there."""
    while True:
        for trace in server.traces():
            if any(span["ended_at"] for span in trace["spans"]):
                return trace
        time.sleep(0.01)


@pytest.mark.parametrize("ending", ["kill", "go on"])
def test_a_running_trace_is_seen_and_survives_its_process(server: Server, ending: str) -> None:
    env = {**os.environ, "PANDAPROBE_ENDPOINT": server.url}
    with subprocess.Popen([sys.executable, "-c", RUNNING], env=env, stdin=subprocess.PIPE) as process:
        running = seen_while_running(server)
        assert (running["status"], running["ended_at"], running["session_id"]) == ("RUNNING", None, "s")
        assert running["input"]["messages"][0]["content"] == "q"
        assert parents(running) == {"tool": "agent", "agent": None}
        spans = {span["name"]: span for span in running["spans"]}
        assert (spans["agent"]["ended_at"], spans["agent"]["input"]) == (None, "task")
        assert spans["tool"]["output"] == "found"
        if ending == "kill":
            process.kill()
        else:
            assert process.stdin is not None
            process.stdin.write(b"\n")
            process.stdin.flush()
    (trace,) = server.traces()
    if ending == "kill":
        assert (trace["status"], parents(trace)) == ("RUNNING", {"tool": "agent", "agent": None})
        return
    assert (trace["status"], trace["total_tokens"]) == ("COMPLETED", 7)
    assert trace["ended_at"] and trace["output"]["messages"][0]["content"] == "a"
    assert parents(trace) == {"tool": "agent", "agent": None, "after": "agent"}
    assert len(trace["spans"]) == 3
    assert {span["status"] for span in trace["spans"]} == {"OK"}
    assert all(span["ended_at"] for span in trace["spans"])


def test_logged_traces_and_decorated_functions(server: Server) -> None:
    client = pandaprobe.init(endpoint=server.url)
    started = datetime.datetime(2025, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    spans = [SpanData(name=f"s{at}", started_at=started) for at in range(1000)]
    client.log_trace(TraceData(name="logged", started_at=started, ended_at=started, spans=spans))

    @pandaprobe.span(kind="TOOL")
    def tool(query: str) -> list[str]:
        return [query]

    @pandaprobe.trace
    def decorated(messages: list[Json]) -> Iterator[str]:
        yield from tool("a")

    assert list(decorated([{"role": "user", "content": "q"}])) == ["a"]
    pandaprobe.flush()
    logged, recorded = server.traces()
    assert (logged["name"], logged["span_count"]) == ("logged", 1000)
    assert recorded["input"] == {"messages": [{"role": "user", "content": "q"}]}
    assert (recorded["output"], recorded["spans"][0]["input"]) == (["a"], {"query": "a"})
