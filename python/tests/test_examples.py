"""Every example as a user runs it: against the LLM stand-in and the real server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server import Json, Server
from stand_in import stand_in

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def llm() -> Iterator[str]:
    with stand_in() as url:
        yield url


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def run(name: str, server: Server, llm: str, typed: str = "") -> str:
    """Runs an example with some lines typed into it; gives what it printed."""
    env = {
        **os.environ,
        "PANDAPROBE_ENDPOINT": server.url,
        "OPENAI_BASE_URL": llm,
        "OPENAI_API_KEY": "offline",
    }
    command = [sys.executable, str(EXAMPLES / name)]
    result = subprocess.run(command, env=env, input=typed, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return result.stdout


def session(server: Server, session_id: str) -> Json:
    """The only session, with its traces."""
    (listed,) = server.get("/sessions")["items"]
    assert (listed["session_id"], listed["user_id"]) == (session_id, "user-abc")
    return server.get("/sessions/by-id", id=session_id)


def spans(traces: list[Json], kind: str) -> list[Json]:
    return [span for trace in traces for span in trace["spans"] if span["kind"] == kind]


def parent(trace: Json, span: Json) -> Any:
    return next((one["name"] for one in trace["spans"] if one["span_id"] == span["parent_span_id"]), None)


def usage_of(llm: str, span: Json) -> Json:
    """What the model reports for the call of a span: it answers the same again."""
    body = {"model": span["model"], "messages": span["input"]["messages"], **(span["model_parameters"] or {})}
    request = urllib.request.Request(
        f"{llm}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        usage: Json = json.load(answer)["usage"]
        return usage


def test_the_chat_in_the_readme_is_the_example() -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (EXAMPLES / "README.md").read_text(), re.DOTALL)
    assert program == (EXAMPLES / "chat.py").read_text()


def test_the_chat(server: Server, llm: str) -> None:
    questions = ["What is the capital of France?", "And how many people live there?", "Thank you!"]
    printed = run("chat.py", server, llm, "\n".join([*questions, "quit", ""]))
    traces = server.traces()
    assert [(trace["session_id"], trace["user_id"]) for trace in traces] == [
        ("conversation-123", "user-abc")
    ] * len(traces)
    assert [trace["input"]["messages"][0]["content"] for trace in traces] == questions
    for turn, trace in enumerate(traces):
        (span,) = trace["spans"]
        assert (span["kind"], span["status"]) == ("LLM", "OK")
        assert trace["total_cost"] > 0
        usage = usage_of(llm, span)
        assert trace["total_tokens"] == usage["total_tokens"]
        assert span["token_usage"]["prompt_tokens"] == usage["prompt_tokens"]
        assert span["token_usage"]["completion_tokens"] == usage["completion_tokens"]
        (asked,), (said,) = trace["input"]["messages"], trace["output"]["messages"]
        assert (asked["role"], said["role"]) == ("user", "assistant")
        assert said["content"] in printed
        # Every turn sends the whole conversation before it.
        users = [message for message in span["input"]["messages"] if message["role"] == "user"]
        assert len(users) == turn + 1 and users[-1] == asked
    detail = session(server, "conversation-123")
    assert detail["trace_count"] == len(traces)
    assert detail["total_tokens"] == sum(trace["total_tokens"] for trace in traces)
    assert detail["total_cost"] > 0


def test_rag(server: Server, llm: str) -> None:
    run("rag.py", server, llm)
    traces = server.traces()
    assert [trace["name"] for trace in traces] == ["rag"] * 3
    for trace in traces:
        (retriever,), (embedding,) = spans([trace], "RETRIEVER"), spans([trace], "EMBEDDING")
        (chat,) = spans([trace], "LLM")
        assert (parent(trace, embedding), parent(trace, retriever)) == ("retrieve", None)
        assert parent(trace, chat) is None
        assert embedding["token_usage"]["prompt_tokens"] > 0
        best = retriever["output"][0]["text"]
        assert best in chat["input"]["messages"][0]["content"]
        assert best.rstrip(".") in trace["output"]["messages"][0]["content"]
    detail = session(server, "rag-demo")
    assert detail["session_name"] == "Questions about the shop"
    assert detail["total_cost"] > 0


def test_decorators(server: Server, llm: str) -> None:
    run("decorators.py", server, llm)
    first, second = traces = server.traces()
    assert [trace["name"] for trace in traces] == ["research"] * 2
    assert [len(spans([trace], "TOOL")) for trace in traces] == [1, 2]
    for trace in traces:
        (chat,) = spans([trace], "LLM")
        assert parent(trace, chat) == "write"
        assert chat["time_to_first_token_ms"] is not None
        said = chat["output"]["messages"][0]["content"]
        assert trace["output"] == {"messages": [{"role": "assistant", "content": said}]}
    assert spans([first], "TOOL")[0]["input"] == {"subject": "coffee"}
    assert {span["input"]["subject"] for span in spans([second], "TOOL")} == {"coffee", "tea"}
    assert session(server, "research-demo")["total_cost"] > 0


def test_the_langgraph_agent(server: Server, llm: str) -> None:
    run("langgraph_agent.py", server, llm)
    traces = server.traces()
    assert [trace["name"] for trace in traces] == ["support-agent"] * 6
    assert [trace["status"] for trace in traces] == ["COMPLETED"] * 6
    assert traces[5]["output"]["messages"][0]["content"] == "Your name is Ada."
    tools = [(span["name"], span["status"]) for span in spans(traces, "TOOL")]
    assert sorted(tools) == [
        ("calculate", "OK"),
        ("get_weather", "OK"),
        ("get_weather", "OK"),
        ("order_status", "ERROR"),
        ("order_status", "OK"),
    ]
    for trace in traces:
        for chat in spans([trace], "LLM"):
            assert parent(trace, chat) == "agent" and chat["usage"]["input"] > 0
    detail = session(server, "support-4711")
    assert (detail["trace_count"], detail["has_error"]) == (6, False)
    assert detail["total_tokens"] == sum(
        span["token_usage"]["prompt_tokens"] + span["token_usage"]["completion_tokens"]
        for span in spans(traces, "LLM")
    )
    assert detail["total_cost"] > 0


@pytest.mark.parametrize("name", ["rag.py", "decorators.py", "langgraph_agent.py"])
def test_without_a_model_an_example_says_what_to_do(name: str) -> None:
    env = {key: value for key, value in os.environ.items() if not key.startswith("OPENAI_")}
    command = [sys.executable, str(EXAMPLES / name)]
    result = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "llm_stand_in/server.py" in result.stderr and "Traceback" not in result.stderr
