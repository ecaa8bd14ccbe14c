"""The examples of the SDK contract: what arrives is what the original package sends, except
where that is a defect. Ids, times and stacks are compared apart.

Each runs against a server with the batch endpoint and against one without, as the original is.
"""

from __future__ import annotations

import asyncio
import datetime
import threading
import uuid
from collections.abc import Iterator

import pytest

import pandaprobe
from backend import FakeBackend, Json, Reply, accept, tree, without_ids
from pandaprobe.schemas import SpanData, TraceData


@pytest.fixture(autouse=True, params=[True, False], ids=["batches", "whole traces"])
def labelled_client(backend: FakeBackend, request: pytest.FixtureRequest) -> pandaprobe.Client:
    if not request.param:
        backend.answer = lambda request: Reply(404) if request.path == "/traces/batch" else accept(request)
    return pandaprobe.init(
        endpoint=backend.url,
        api_key="sk_pp_example",
        project_name="seed-examples",
        environment="ci",
        release="v1.2.3",
    )


def user(text: str) -> Json:
    return {"messages": [{"role": "user", "content": text}]}


def assistant(text: str) -> Json:
    return {"messages": [{"role": "assistant", "content": text}]}


LABELS = {"environment": "ci", "release": "v1.2.3"}


def sent(backend: FakeBackend) -> list[Json]:
    pandaprobe.flush()
    return backend.traces


def only(backend: FakeBackend) -> Json:
    (trace,) = sent(backend)
    return trace


def test_rag_pipeline(backend: FakeBackend) -> None:
    documents = [{"id": 1, "text": "A tracing platform."}, {"id": 2, "text": "Open source."}]
    with pandaprobe.start_trace(
        "rag-pipeline", input=user("What is PandaProbe?"), tags=["rag", "example"], metadata={"tier": 1}
    ) as trace:
        with trace.span("retrieve", kind="RETRIEVER", metadata={"index": "docs"}) as span:
            span.set_input({"query": "What is PandaProbe?", "top_k": 2})
            span.set_output(documents)
            span.set_metadata({"num_results": 2})
        with trace.span("generate", kind=pandaprobe.SpanKind.LLM, model="gpt-5.4") as span:
            span.set_input(user("What is PandaProbe?"))
            span.set_model_parameters({"temperature": 0.7, "max_tokens": 1000})
            span.set_completion_start_time(
                datetime.datetime(2025, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.timezone.utc)
            )
            span.set_output(assistant("A tracing platform."))
            span.set_token_usage(
                prompt_tokens=150, completion_tokens=80, reasoning_tokens=12, cache_read_tokens=64
            )
            span.set_cost(total=0.002, prompt=0.0015, completion=0.0005)
        trace.set_metadata({"docs": 2})
        trace.set_output(assistant("A tracing platform."))
    assert without_ids(only(backend)) == {
        "name": "rag-pipeline",
        "status": "COMPLETED",
        "input": user("What is PandaProbe?"),
        "output": assistant("A tracing platform."),
        "metadata": {"tier": 1, "docs": 2},
        "tags": ["rag", "example"],
        **LABELS,
        "spans": [
            {
                "name": "retrieve",
                "kind": "RETRIEVER",
                "status": "OK",
                "input": {"query": "What is PandaProbe?", "top_k": 2},
                "output": documents,
                "metadata": {"index": "docs", "num_results": 2},
            },
            {
                "name": "generate",
                "kind": "LLM",
                "status": "OK",
                "input": user("What is PandaProbe?"),
                "output": assistant("A tracing platform."),
                "model": "gpt-5.4",
                "token_usage": {
                    "prompt_tokens": 150,
                    "completion_tokens": 80,
                    "reasoning_tokens": 12,
                    "cache_read_tokens": 64,
                },
                "completion_start_time": "2025-01-02T03:04:05.678901+00:00",
                "model_parameters": {"temperature": 0.7, "max_tokens": 1000},
                "cost": {"total": 0.002, "prompt": 0.0015, "completion": 0.0005},
            },
        ],
    }


def test_fields_come_in_the_order_of_the_contract_and_never_null(backend: FakeBackend) -> None:
    with pandaprobe.start_trace("t", input=user("q"), session_id="s", user_id="u", tags=["x"]) as trace:
        with trace.span("s") as span:
            span.set_input(1)
            span.set_output(None)
        trace.set_output(None)
    trace_sent = only(backend)
    assert list(trace_sent) == [
        "trace_id", "name", "status", "started_at", "input", "ended_at",
        "session_id", "user_id", "tags", "environment", "release", "spans",
    ]  # fmt: skip
    assert list(trace_sent["spans"][0]) == [
        "span_id", "name", "kind", "status", "input", "started_at", "ended_at",
    ]  # fmt: skip


def test_ids_and_times(backend: FakeBackend) -> None:
    with pandaprobe.start_trace("t") as trace:
        with trace.span("outer") as outer, trace.span("inner") as inner:
            pass
    sent_trace = only(backend)
    assert sent_trace["trace_id"] == trace.trace_id
    by_name = {span["name"]: span for span in sent_trace["spans"]}
    assert by_name["inner"]["span_id"] == inner.span_id
    assert by_name["inner"]["parent_span_id"] == outer.span_id == by_name["outer"]["span_id"]
    for text in (trace.trace_id, outer.span_id, inner.span_id):
        assert uuid.UUID(text).version == 4
        assert text == str(uuid.UUID(text))
    times = [
        datetime.datetime.fromisoformat(text)
        for text in (
            sent_trace["started_at"],
            by_name["outer"]["started_at"],
            by_name["inner"]["started_at"],
            by_name["inner"]["ended_at"],
            by_name["outer"]["ended_at"],
            sent_trace["ended_at"],
        )
    ]
    assert times == sorted(times)
    assert all(time.utcoffset() == datetime.timedelta(0) for time in times)


def test_nested_spans(backend: FakeBackend) -> None:
    with pandaprobe.start_trace("pipeline", input=user("go")) as trace:
        with trace.span("agent", kind="AGENT"):
            with trace.span("llm-call", kind="LLM", model="gpt-5.4") as llm:
                llm.set_input(user("plan"))
                llm.set_output(assistant("call the tool"))
                llm.set_token_usage(prompt_tokens=3)
            with trace.span("tool-call", kind="TOOL") as tool:
                tool.set_input("ls -l")
                tool.set_output(("a.txt", 3, None, True, 2.5))
        with trace.span("after"):
            pass
        trace.set_output({"summary": "done"})
    pipeline = only(backend)
    assert tree(pipeline) == {"llm-call": "agent", "tool-call": "agent", "agent": None, "after": None}
    assert [span["name"] for span in pipeline["spans"]] == ["llm-call", "tool-call", "agent", "after"]
    llm_sent, tool_sent, agent_sent, after_sent = without_ids(pipeline)["spans"]
    assert llm_sent["token_usage"] == {"prompt_tokens": 3, "completion_tokens": 0}
    assert tool_sent["output"] == ["a.txt", 3, None, True, 2.5]
    assert agent_sent == {"name": "agent", "kind": "AGENT", "status": "OK"}
    assert after_sent == {"name": "after", "kind": "OTHER", "status": "OK"}


def test_error_propagates(backend: FakeBackend) -> None:
    with pytest.raises(ValueError, match="Something went wrong"):
        with pandaprobe.start_trace("risky-operation", input=user("go")) as trace:
            with trace.span("outer", kind="CHAIN"), trace.span("might-fail", kind="LLM") as span:
                span.set_model("gpt-5.4")
                span.set_output(assistant("partial"))
                raise ValueError("Something went wrong")
    failed = only(backend)
    assert failed["status"] == "ERROR"
    assert "output" not in failed
    assert tree(failed) == {"might-fail": "outer", "outer": None}
    for span_sent in failed["spans"]:
        assert (span_sent["status"], span_sent["error"]) == ("ERROR", "Something went wrong")
    assert failed["spans"][0]["output"] == assistant("partial")


def test_error_handled(backend: FakeBackend) -> None:
    with pandaprobe.start_trace("recovers") as trace:
        with pytest.raises(KeyError), trace.span("fails", kind="TOOL"):
            raise KeyError("missing")
        with trace.span("reports", kind="TOOL") as span:
            span.set_error("exit status 2")
        trace.set_output(assistant("recovered"))
    recovered = only(backend)
    assert recovered["status"] == "COMPLETED"
    assert [(span["status"], span["error"]) for span in recovered["spans"]] == [
        ("ERROR", "'missing'"),
        ("ERROR", "exit status 2"),
    ]


def test_status_set_by_hand(backend: FakeBackend) -> None:
    with pandaprobe.start_trace("marked-running") as trace:
        trace.set_status("RUNNING")
    with pandaprobe.start_trace("marked-error") as trace:
        trace.set_status(pandaprobe.TraceStatus.ERROR)
    with pytest.raises(RuntimeError), pandaprobe.start_trace("raises") as trace:
        trace.set_status("COMPLETED")
        raise RuntimeError
    assert [(trace["name"], trace["status"]) for trace in sent(backend)] == [
        ("marked-running", "RUNNING"),
        ("marked-error", "ERROR"),
        ("raises", "ERROR"),
    ]


@pytest.mark.parametrize("bad", ["llm", "", "Tool", None, 7])
def test_bad_kinds_and_states_are_value_errors(bad: str) -> None:
    with pandaprobe.start_trace("t") as trace:
        if bad is not None:
            with pytest.raises(ValueError, match="SpanKind"):
                trace.span("s", kind=bad)
        with pytest.raises(ValueError, match="TraceStatus"):
            trace.set_status(bad)


def test_nested_traces(backend: FakeBackend) -> None:
    with pandaprobe.start_trace("outer") as outer, outer.span("before"):
        with pandaprobe.start_trace("inner") as inner, inner.span("inside"):
            pass
        with outer.span("below-before"):
            pass
    inner_sent, outer_sent = sent(backend)
    assert (inner_sent["name"], tree(inner_sent)) == ("inner", {"inside": None})
    assert tree(outer_sent) == {"below-before": "before", "before": None}


def test_sessions_and_users(backend: FakeBackend) -> None:
    pandaprobe.set_session("session-imperative")
    pandaprobe.set_user("user-imperative")
    with pandaprobe.start_trace("imperative"):
        pass
    with pandaprobe.session("session-scoped"), pandaprobe.user("user-scoped"):
        with pandaprobe.start_trace("scoped"):
            pass
        with pandaprobe.start_trace("explicit", session_id="session-explicit", user_id="user-explicit"):
            pass
        made_inside = pandaprobe.start_trace("made-inside")
    with made_inside:
        pass
    with pandaprobe.start_trace("restored"):
        pass
    assert [(trace["name"], trace["session_id"], trace["user_id"]) for trace in sent(backend)] == [
        ("imperative", "session-imperative", "user-imperative"),
        ("scoped", "session-scoped", "user-scoped"),
        ("explicit", "session-explicit", "user-explicit"),
        ("made-inside", "session-scoped", "user-scoped"),
        ("restored", "session-imperative", "user-imperative"),
    ]


def test_asynchronous(backend: FakeBackend) -> None:
    async def agent() -> None:
        async with pandaprobe.start_trace("async-agent", input=user("hi")) as trace:
            async with trace.span("llm-call", kind="LLM", model="gpt-5.4") as span:
                await asyncio.sleep(0)
                span.set_output(assistant("hello"))
            trace.set_output(assistant("hello"))

    asyncio.run(agent())
    assert without_ids(only(backend)) == {
        "name": "async-agent",
        "status": "COMPLETED",
        "input": user("hi"),
        "output": assistant("hello"),
        **LABELS,
        "spans": [
            {
                "name": "llm-call",
                "kind": "LLM",
                "status": "OK",
                "output": assistant("hello"),
                "model": "gpt-5.4",
            }
        ],
    }


def test_concurrent_traces(backend: FakeBackend) -> None:
    async def task(name: str, turns: int) -> None:
        async with pandaprobe.start_trace(name) as trace, trace.span(f"{name}-span", kind="AGENT"):
            for _ in range(turns):
                await asyncio.sleep(0)
            async with trace.span(f"{name}-child"):
                await asyncio.sleep(0)

    async def main() -> None:
        await asyncio.gather(task("task-a", 3), task("task-b", 2), task("task-c", 1))

    asyncio.run(main())
    for trace in sent(backend):
        name = trace["name"]
        assert tree(trace) == {f"{name}-child": f"{name}-span", f"{name}-span": None}
    assert sorted(backend.names) == ["task-a", "task-b", "task-c"]


def test_concurrent_spans_have_the_span_they_were_started_in_as_parent(backend: FakeBackend) -> None:
    async def main() -> None:
        async with pandaprobe.start_trace("fan-out") as trace:

            async def step(name: str, turns: int) -> None:
                async with trace.span(name, kind="TOOL"):
                    for _ in range(turns):
                        await asyncio.sleep(0)

            async with trace.span("parent", kind="AGENT"):
                await asyncio.gather(step("a", 3), step("b", 1), step("c", 2))
            async with trace.span("after"):
                pass

    asyncio.run(main())
    assert tree(only(backend)) == {"b": "parent", "c": "parent", "a": "parent", "parent": None, "after": None}


def test_threads_do_not_take_each_others_spans_as_parents(backend: FakeBackend) -> None:
    entered = threading.Barrier(2)

    with pandaprobe.start_trace("threaded") as trace, trace.span("parent", kind="AGENT"):

        def work(name: str) -> None:
            with trace.span(name, kind="TOOL"):
                entered.wait()
                with trace.span(f"{name}-child"):
                    entered.wait()

        threads = [threading.Thread(target=work, args=(f"worker-{at}",)) for at in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    # A plain new thread starts with an empty context: its spans are roots.
    assert tree(only(backend)) == {
        "worker-0": None,
        "worker-1": None,
        "worker-0-child": "worker-0",
        "worker-1-child": "worker-1",
        "parent": None,
    }


def test_late_mutation_does_not_show(backend: FakeBackend) -> None:
    messages = [{"role": "user", "content": "one"}]
    metadata = {"stage": 1}
    tags = ["first"]
    with pandaprobe.start_trace("mutated", metadata=metadata, tags=tags) as trace:
        with trace.span("llm", kind="LLM", metadata=metadata) as span:
            span.set_input({"messages": messages})
            messages.append({"role": "assistant", "content": "two"})
        metadata["stage"] = 2
        tags.append("second")
    mutated = only(backend)
    assert mutated["spans"][0]["input"] == user("one")
    assert mutated["spans"][0]["metadata"] == mutated["metadata"] == {"stage": 1}
    assert mutated["tags"] == ["first"]


def test_falsy_values_are_sent_but_empty_ids_are_none(backend: FakeBackend) -> None:
    with pandaprobe.start_trace("falsy", input={}, session_id="", user_id=" ") as trace:
        with trace.span("falsy") as span:
            span.set_input("")
            span.set_output([])
            span.set_model("")
            span.set_model_parameters({})
            span.set_token_usage()
            span.set_error("")
        trace.set_output(0)
    assert without_ids(only(backend)) == {
        "name": "falsy",
        "status": "COMPLETED",
        "input": {},
        "output": 0,
        **LABELS,
        "spans": [
            {
                "name": "falsy",
                "kind": "OTHER",
                "status": "ERROR",
                "input": "",
                "output": [],
                "model": "",
                "token_usage": {"prompt_tokens": 0, "completion_tokens": 0},
                "error": "",
                "model_parameters": {},
            }
        ],
    }


def test_headers(backend: FakeBackend) -> None:
    with pandaprobe.start_trace("t"):
        pass
    pandaprobe.flush()
    expected = {
        "x-api-key": "sk_pp_example",
        "x-project-name": "seed-examples",
        "user-agent": f"pandaprobe-python/{pandaprobe.__version__}",
    }
    types = {"/traces/batch": "application/x-ndjson", "/traces": "application/json"}
    for request in backend.requests:
        assert (expected | {"content-type": types[request.path]}).items() <= request.headers.items()
        assert uuid.UUID(request.headers["x-request-id"]).version == 4


def test_decorators(backend: FakeBackend) -> None:
    @pandaprobe.span(name="kb-search", kind="RETRIEVER", metadata={"source": "kb"})
    def search(query: str, *extra: int, limit: int = 2, **options: str) -> list[str]:
        return [f"{query}-{at}" for at in range(limit)]

    @pandaprobe.span(kind=pandaprobe.SpanKind.LLM, model="gpt-5.4-nano")
    def generate(messages: list[Json]) -> Json:
        return assistant("Click 'Forgot password'.")

    @pandaprobe.trace(
        name="support-agent", session_id="s-1", user_id="u-1", tags=["support"], metadata={"v": 2}
    )
    def agent(messages: list[Json]) -> Json:
        search("reset password", 7, 8, lang="en")
        return generate([{"role": "system", "content": "Be brief."}, *messages])

    messages = [
        {"role": "system", "content": "You are helpful."},
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": "answer"},
        {"role": "user", "content": "reset password"},
    ]
    agent(messages)
    assert without_ids(only(backend)) == {
        "name": "support-agent",
        "status": "COMPLETED",
        "input": user("reset password"),
        "output": assistant("Click 'Forgot password'."),
        "metadata": {"v": 2},
        "session_id": "s-1",
        "user_id": "u-1",
        "tags": ["support"],
        **LABELS,
        "spans": [
            {
                "name": "kb-search",
                "kind": "RETRIEVER",
                "status": "OK",
                "input": {
                    "query": "reset password",
                    "extra": [7, 8],
                    "limit": 2,
                    "options": {"lang": "en"},
                },
                "output": ["reset password-0", "reset password-1"],
                "metadata": {"source": "kb"},
            },
            {
                "name": "generate",
                "kind": "LLM",
                "status": "OK",
                "input": {"messages": [{"role": "system", "content": "Be brief."}, *messages]},
                "output": assistant("Click 'Forgot password'."),
                "model": "gpt-5.4-nano",
            },
        ],
    }


def test_a_bare_decorator(backend: FakeBackend) -> None:
    @pandaprobe.trace
    def bare(query: str, times: int = 2) -> str:
        return query * times

    bare("ab")
    assert without_ids(only(backend)) == {
        "name": "bare",
        "status": "COMPLETED",
        "input": {"query": "ab", "times": 2},
        "output": "abab",
        **LABELS,
    }


def test_decorator_error(backend: FakeBackend) -> None:
    @pandaprobe.span(kind="TOOL")
    def broken(n: int) -> float:
        return n / 0

    @pandaprobe.trace
    def failing(messages: list[Json]) -> float:
        return broken(1)

    with pytest.raises(ZeroDivisionError):
        failing(user("divide")["messages"])
    failed = without_ids(only(backend))
    del failed["spans"][0]["metadata"]  # type and stack, which the original does not send
    assert failed == {
        "name": "failing",
        "status": "ERROR",
        "input": user("divide"),
        **LABELS,
        "spans": [
            {
                "name": "broken",
                "kind": "TOOL",
                "status": "ERROR",
                "input": {"n": 1},
                "error": "division by zero",
            }
        ],
    }


def test_decorated_method(backend: FakeBackend) -> None:
    class Agent:
        def __repr__(self) -> str:
            return "<Agent>"

        @pandaprobe.trace(name="Agent.run")
        def run(self, messages: list[Json]) -> Json:
            return self.step({"n": 1}, messages)

        @pandaprobe.span
        def step(self, state: Json, messages: list[Json]) -> Json:
            return {"messages": [*messages, *assistant("done")["messages"]]}

    Agent().run(user("hi")["messages"])
    whole = {"messages": [*user("hi")["messages"], *assistant("done")["messages"]]}
    assert without_ids(only(backend)) == {
        "name": "Agent.run",
        "status": "COMPLETED",
        "input": user("hi"),
        "output": assistant("done"),
        **LABELS,
        "spans": [
            {
                "name": "step",
                "kind": "OTHER",
                "status": "OK",
                "input": {"self": "<Agent>", "state": {"n": 1}, "messages": user("hi")["messages"]},
                "output": whole,
            }
        ],
    }


def test_decorated_generator(backend: FakeBackend) -> None:
    @pandaprobe.span(name="stream")
    def tokens(n: int) -> Iterator[str]:
        for at in range(n):
            yield f"t{at}"

    @pandaprobe.trace(name="generator")
    def stream(messages: list[Json]) -> Json:
        return assistant("".join(tokens(3)))

    stream(user("stream")["messages"])
    assert without_ids(only(backend)) == {
        "name": "generator",
        "status": "COMPLETED",
        "input": user("stream"),
        "output": assistant("t0t1t2"),
        **LABELS,
        # The original records the repr of the generator object.
        "spans": [
            {
                "name": "stream",
                "kind": "OTHER",
                "status": "OK",
                "input": {"n": 3},
                "output": ["t0", "t1", "t2"],
            }
        ],
    }


def test_asynchronous_decorators(backend: FakeBackend) -> None:
    @pandaprobe.span(name="async-step", kind="TOOL")
    async def step(n: int) -> int:
        await asyncio.sleep(0)
        return n + 1

    @pandaprobe.trace(name="async-decorated")
    async def agent(messages: list[Json]) -> Json:
        return assistant(str(await step(await step(1))))

    asyncio.run(agent(user("count")["messages"]))
    steps = [(1, 2), (2, 3)]
    assert without_ids(only(backend)) == {
        "name": "async-decorated",
        "status": "COMPLETED",
        "input": user("count"),
        "output": assistant("3"),
        **LABELS,
        "spans": [
            {"name": "async-step", "kind": "TOOL", "status": "OK", "input": {"n": given}, "output": made}
            for given, made in steps
        ],
    }


START = datetime.datetime(2025, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.timezone.utc)
ONE, TWO, THREE = (f"{n * 8}-{n * 4}-4{n * 3}-8{n * 3}-{n * 12}" for n in "123")


def test_log_trace(backend: FakeBackend, labelled_client: pandaprobe.Client) -> None:
    labelled_client.log_trace(
        TraceData(
            trace_id=uuid.UUID(ONE),
            name="prebuilt",
            input=user("Hello"),
            output=assistant("Hi!"),
            started_at=START,
            ended_at=START + datetime.timedelta(seconds=2),
            session_id="session-1",
            user_id="user-1",
            tags=["replay"],
            environment="staging",
            spans=[
                SpanData(
                    span_id=uuid.UUID(TWO),
                    name="llm-call",
                    kind=pandaprobe.SpanKind.LLM,
                    status=pandaprobe.SpanStatusCode.OK,
                    model="gpt-5.4",
                    token_usage={"prompt_tokens": 1, "completion_tokens": 2},
                    started_at=START,
                    ended_at=START + datetime.timedelta(seconds=1.5),
                ),
                SpanData(
                    span_id=uuid.UUID(THREE),
                    parent_span_id=uuid.UUID(TWO),
                    name="unfinished",
                    started_at=START.replace(microsecond=0, tzinfo=None),
                ),
            ],
        )
    )
    bare = TraceData(name="bare", status=pandaprobe.TraceStatus.RUNNING, started_at=START)
    labelled_client.log_trace(bare)
    prebuilt_sent, bare_sent = sent(backend)
    prebuilt: Json = {
        "trace_id": ONE,
        "name": "prebuilt",
        "status": "COMPLETED",
        "started_at": "2025-01-02T03:04:05.678901+00:00",
        "input": user("Hello"),
        "output": assistant("Hi!"),
        "ended_at": "2025-01-02T03:04:07.678901+00:00",
        "session_id": "session-1",
        "user_id": "user-1",
        "tags": ["replay"],
        "environment": "staging",
        "release": "v1.2.3",
        "spans": [
            {
                "span_id": TWO,
                "name": "llm-call",
                "kind": "LLM",
                "status": "OK",
                "model": "gpt-5.4",
                "token_usage": {"prompt_tokens": 1, "completion_tokens": 2},
                "started_at": "2025-01-02T03:04:05.678901+00:00",
                "ended_at": "2025-01-02T03:04:07.178901+00:00",
            },
            {
                "span_id": THREE,
                "parent_span_id": TWO,
                "name": "unfinished",
                "kind": "OTHER",
                "status": "UNSET",
                "started_at": "2025-01-02T03:04:05+00:00",
            },
        ],
    }
    assert prebuilt_sent == prebuilt
    assert list(prebuilt_sent) == list(prebuilt)
    assert [list(span) for span in prebuilt_sent["spans"]] == [list(span) for span in prebuilt["spans"]]
    assert bare_sent == {
        "trace_id": str(bare.trace_id),
        "name": "bare",
        "status": "RUNNING",
        "started_at": "2025-01-02T03:04:05.678901+00:00",
        **LABELS,
    }


def test_scores(backend: FakeBackend, labelled_client: pandaprobe.Client) -> None:
    pandaprobe.score(ONE, "relevance", "0.9", reason="thumbs up")
    pandaprobe.score(uuid.UUID(ONE), "grounded", "true", data_type="BOOLEAN")
    labelled_client.score(ONE, "sentiment", "positive", data_type="CATEGORICAL", metadata={"rater": "ann"})
    pandaprobe.score(ONE, "default-type", "1")
    pandaprobe.flush()
    source = {"source": "PROGRAMMATIC"}
    expected: list[Json] = [
        {"name": "relevance", "value": "0.9", "data_type": "NUMERIC", **source, "reason": "thumbs up"},
        {"name": "grounded", "value": "true", "data_type": "BOOLEAN", **source},
        {"name": "sentiment", "value": "positive", "data_type": "CATEGORICAL", **source},
        {"name": "default-type", "value": "1", "data_type": "NUMERIC", **source},
    ]
    expected[2]["metadata"] = {"rater": "ann"}
    expected = [{"trace_id": ONE, **score} for score in expected]
    assert backend.scores == expected
    assert [list(score) for score in backend.scores] == [list(score) for score in expected]


def test_finished_spans_can_be_added_as_data(backend: FakeBackend) -> None:
    class Data:
        def to_api_dict(self) -> Json:
            return {
                "span_id": str(uuid.UUID(int=7)),
                "name": "given",
                "started_at": "2025-01-02T03:04:05+00:00",
            }

    with pandaprobe.start_trace("t") as trace:
        trace.add_span_data(Data())
        trace.add_span_data({"name": "dict", "output": None})
    given, from_dict = only(backend)["spans"]
    assert given == Data().to_api_dict()
    assert from_dict["name"] == "dict"
    assert set(from_dict) == {"name", "span_id", "started_at"}
