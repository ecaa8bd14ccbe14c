"""Uses the original `pandaprobe` package the ways its users do.

Runs in an environment of its own, against the server that the environment
variables name. Prints one JSON object: what each part should have left.
"""

from __future__ import annotations

import asyncio
import json
import os
from datetime import datetime, timedelta, timezone

from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.prebuilt import create_react_agent
from openai import OpenAI

import pandaprobe
from pandaprobe.integrations.langgraph import LangGraphCallbackHandler
from pandaprobe.schemas import SpanData, TraceData
from pandaprobe.wrappers import wrap_openai

LEFT: dict[str, str] = {}


def context_managers() -> None:
    with pandaprobe.start_trace(
        "pipeline",
        input={"messages": [{"role": "user", "content": "hi"}]},
        session_id="s-managers",
        user_id="u-1",
        tags=["a", "b"],
        metadata={"plan": "pro"},
    ) as trace:
        LEFT["managers"] = trace.trace_id
        with trace.span("retrieve", kind="RETRIEVER") as span:
            span.set_input({"query": "x"})
            span.set_output(["doc"])
        with trace.span("outer", kind="AGENT") as outer:
            outer.set_metadata({"step": 1})
            with trace.span("inner", kind="LLM", model="gpt-4o") as inner:
                inner.set_input({"messages": [{"role": "user", "content": "hi"}]})
                inner.set_output({"messages": [{"role": "assistant", "content": "ho"}]})
                inner.set_model_parameters({"temperature": 0.5})
                inner.set_token_usage(prompt_tokens=100, completion_tokens=20, reasoning_tokens=4)
                inner.set_cost(total=0.25, prompt=0.2)
                inner.set_completion_start_time(datetime.now(timezone.utc))
        trace.set_output({"messages": [{"role": "assistant", "content": "ho"}]})


def errors() -> None:
    try:
        with pandaprobe.start_trace("fails") as trace:
            LEFT["fails"] = trace.trace_id
            with trace.span("broken", kind="TOOL"):
                raise ValueError("no such thing")
    except ValueError:
        pass


@pandaprobe.span(kind="TOOL")
def add(a: int, b: int) -> int:
    return a + b


@pandaprobe.trace(name="decorated")
def decorated(messages: list[dict[str, str]]) -> dict[str, object]:
    return {"messages": [*messages, {"role": "assistant", "content": str(add(1, 2))}]}


@pandaprobe.trace(name="decorated-async")
async def decorated_async(n: int) -> int:
    await asyncio.sleep(0)
    return n + 1


def bindings() -> None:
    with pandaprobe.session("s-scoped"), pandaprobe.user("u-2"):
        decorated([{"role": "user", "content": "sum"}])
        asyncio.run(decorated_async(1))
    pandaprobe.set_session("s-set")
    with pandaprobe.start_trace("imperative") as trace:
        LEFT["imperative"] = trace.trace_id


def prebuilt() -> None:
    start = datetime(2026, 1, 2, 3, 4, 5, 600000, tzinfo=timezone.utc)
    span = SpanData(
        span_id="22222222-2222-4222-8222-222222222222",
        name="step",
        kind="LLM",
        model="gpt-4o-mini",
        token_usage={"prompt_tokens": 7, "completion_tokens": 3},
        started_at=start,
        ended_at=start + timedelta(seconds=2),
    )
    trace = TraceData(
        trace_id="11111111-1111-4111-8111-111111111111",
        name="prebuilt",
        started_at=start,
        ended_at=start + timedelta(seconds=3),
        session_id="s-prebuilt",
        environment="test",
        release="1.2.3",
        spans=[span],
    )
    client = pandaprobe.get_client()
    assert client is not None
    client.log_trace(trace)
    LEFT["prebuilt"] = str(trace.trace_id)


def models() -> None:
    client = wrap_openai(OpenAI())
    with pandaprobe.session("s-openai"), pandaprobe.user("u-3"):
        messages = [{"role": "user", "content": "What is the capital of France?"}]
        client.chat.completions.create(model="gpt-4o", messages=messages)
        stream = client.chat.completions.create(
            model="gpt-4o", messages=messages, stream=True, stream_options={"include_usage": True}
        )
        for _ in stream:
            pass
        client.responses.create(model="gpt-4o", input="What is the capital of France?")


@tool
def weather(city: str) -> str:
    """Tells the weather in a city."""
    return f"It is sunny in {city}."


def graph() -> None:
    agent = create_react_agent(ChatOpenAI(model="gpt-4o"), [weather])
    handler = LangGraphCallbackHandler(session_id="s-graph", user_id="u-4")
    question = {"messages": [("user", "What is the weather in Paris?")]}
    agent.invoke(question, config={"callbacks": [handler]})


def scores() -> None:
    trace = LEFT["prebuilt"]
    pandaprobe.score(trace, "relevance", "0.9", reason="on topic", metadata={"by": "test"})
    pandaprobe.score(trace, "grounded", "true", data_type="BOOLEAN")
    pandaprobe.score(trace, "tone", "friendly", data_type="CATEGORICAL")


def main() -> None:
    assert os.environ["PANDAPROBE_ENDPOINT"].startswith("http://127.0.0.1:")
    for part in (context_managers, errors, bindings, prebuilt, models, graph, scores):
        part()
    pandaprobe.flush()
    pandaprobe.shutdown()
    print(json.dumps({"version": pandaprobe.__version__, **LEFT}))


if __name__ == "__main__":
    main()
