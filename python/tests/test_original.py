"""The original `pandaprobe` package, unchanged, against our server: all arrives."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server import BINARY
from stand_in import stand_in

ROOT = Path(__file__).resolve().parents[2]
# Made by `scripts/python.sh test`.
PYTHON = Path(os.environ.get("PANDAPROBE_ORIGINAL_PYTHON", ROOT / ".venv-original" / "bin" / "python"))
KEY = "sk_pp_" + "0" * 64
PROJECT = "from the original"
Json = dict[str, Any]


class Delivered:
    """What the server has, asked for with the key and project that the package used."""

    def __init__(self, url: str, left: Json) -> None:
        self._url = url
        self.left = left

    def get(self, path: str, **query: str) -> Any:
        request = urllib.request.Request(
            f"{self._url}{path}?{urllib.parse.urlencode(query)}",
            headers={"X-API-Key": KEY, "X-Project-Name": PROJECT},
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def trace(self, name: str) -> Json:
        """The only trace of a name, with its spans by name."""
        (item,) = (item for item in self.get("/traces", limit="200")["items"] if item["name"] == name)
        trace: Json = self.get(f"/traces/{item['trace_id']}")
        trace["by_name"] = {span["name"]: span for span in trace["spans"]}
        return trace

    def session(self, session_id: str) -> Json:
        """A session with its traces."""
        found: Json = self.get("/sessions/by-id", id=session_id)
        return found


@pytest.fixture(scope="module")
def delivered() -> Iterator[Delivered]:
    assert PYTHON.exists(), f"{PYTHON} is missing; run `scripts/python.sh test`"
    with tempfile.TemporaryDirectory() as data, stand_in() as llm:
        environment = {**os.environ, "PANDAPROBE_SERVER_API_KEY": KEY}
        command = [str(BINARY), "serve", "--listen", "127.0.0.1:0", "--data", data, "--require-key"]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                lines = (re.search(r"http://127\.0\.0\.1:\d+", line) for line in server.stdout)
                found = next(line for line in lines if line)
                yield Delivered(found[0], _run(found[0], llm))
            finally:
                server.terminate()


def _run(url: str, llm: str) -> Json:
    environment = {
        "PATH": os.environ["PATH"],
        "PANDAPROBE_ENDPOINT": url,
        "PANDAPROBE_API_KEY": KEY,
        "PANDAPROBE_PROJECT_NAME": PROJECT,
        "PANDAPROBE_RELEASE": "r-7",
        "OPENAI_BASE_URL": llm,
        "OPENAI_API_KEY": "offline",
    }
    program = ROOT / "python" / "tests" / "original" / "program.py"
    result = subprocess.run([PYTHON, program], env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    left: Json = json.loads(result.stdout.splitlines()[-1])
    return left


def test_it_is_the_original(delivered: Delivered) -> None:
    assert delivered.left["version"] == "0.6.0"


def test_nothing_is_missing_and_nothing_is_twice(delivered: Delivered) -> None:
    names = sorted(item["name"] for item in delivered.get("/traces", limit="200")["items"])
    by_hand = ["pipeline", "fails", "decorated", "decorated-async", "imperative", "prebuilt"]
    by_others = ["openai-chat", "openai-chat", "openai-response", "LangGraph"]
    assert names == sorted([*by_hand, *by_others])


def test_context_managers(delivered: Delivered) -> None:
    trace = delivered.trace("pipeline")
    assert trace["trace_id"] == delivered.left["managers"]
    assert (trace["session_id"], trace["user_id"], trace["tags"]) == ("s-managers", "u-1", ["a", "b"])
    assert (trace["metadata"], trace["release"], trace["status"]) == ({"plan": "pro"}, "r-7", "COMPLETED")
    spans = trace["by_name"]
    assert spans["inner"]["parent_span_id"] == spans["outer"]["span_id"]
    assert spans["retrieve"]["parent_span_id"] is None and spans["retrieve"]["output"] == ["doc"]
    inner = spans["inner"]
    assert (inner["kind"], inner["model"], inner["cost"]) == ("LLM", "gpt-4o", {"total": 0.25, "prompt": 0.2})
    assert inner["model_parameters"] == {"temperature": 0.5}
    assert inner["token_usage"]["reasoning_tokens"] == 4
    assert inner["time_to_first_token_ms"] is not None
    assert (trace["total_tokens"], trace["total_cost"]) == (120, 0.25)


def test_errors(delivered: Delivered) -> None:
    trace = delivered.trace("fails")
    assert trace["status"] == "ERROR" and trace["session_id"] is None
    assert trace["by_name"]["broken"]["status"] == "ERROR"
    assert trace["by_name"]["broken"]["error"] == "no such thing"


def test_decorators_and_bindings(delivered: Delivered) -> None:
    decorated = delivered.trace("decorated")
    assert decorated["by_name"]["add"]["input"] == {"a": 1, "b": 2}
    assert decorated["by_name"]["add"]["output"] == 3
    assert delivered.trace("decorated-async")["output"] == 2
    session = delivered.session("s-scoped")
    assert (session["trace_count"], session["user_id"]) == (2, "u-2")
    assert delivered.trace("imperative")["session_id"] == "s-set"


def test_prebuilt_traces_and_scores(delivered: Delivered) -> None:
    trace = delivered.trace("prebuilt")
    assert trace["trace_id"] == delivered.left["prebuilt"]
    assert trace["started_at"] == "2026-01-02T03:04:05.600000+00:00"
    assert (trace["environment"], trace["release"]) == ("test", "1.2.3")
    assert trace["by_name"]["step"]["latency_ms"] == 2000
    # The caller gave no cost; the price table does.
    assert trace["by_name"]["step"]["cost"] is None and trace["total_cost"] > 0
    scores = delivered.get("/evaluations/trace-scores", trace_id=trace["trace_id"])["items"]
    found = {score["name"]: (score["value"], score["data_type"], score["source"]) for score in scores}
    assert found == {
        "relevance": ("0.9", "NUMERIC", "PROGRAMMATIC"),
        "grounded": ("true", "BOOLEAN", "PROGRAMMATIC"),
        "tone": ("friendly", "CATEGORICAL", "PROGRAMMATIC"),
    }
    (relevance,) = (score for score in scores if score["name"] == "relevance")
    assert (relevance["reason"], relevance["metadata"]) == ("on topic", {"by": "test"})


def test_the_wrapped_openai_client(delivered: Delivered) -> None:
    session = delivered.session("s-openai")
    assert (session["trace_count"], session["user_id"]) == (3, "u-3")
    for trace in session["traces"]:
        (span,) = trace["spans"]
        assert span["kind"] == "LLM" and span["model"].startswith("gpt-4o")
        assert span["token_usage"]["prompt_tokens"] > 0 and trace["total_cost"] > 0


def test_the_langgraph_callback_handler(delivered: Delivered) -> None:
    session = delivered.session("s-graph")
    assert (session["trace_count"], session["user_id"]) == (1, "u-4")
    (trace,) = session["traces"]
    kinds = {span["kind"] for span in trace["spans"]}
    assert {"CHAIN", "AGENT", "LLM", "TOOL"} <= kinds
    assert session["total_tokens"] > 0 and session["total_cost"] > 0
