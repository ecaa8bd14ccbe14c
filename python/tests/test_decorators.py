"""`trace` and `span` around functions of every sort."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import inspect
import logging
import pickle
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import pandaprobe
from backend import FakeBackend, Json, Reply, tree, without_ids
from pandaprobe.decorators import span, trace
from pandaprobe.tracing import current_span, current_trace

pytestmark = pytest.mark.usefixtures("client")


def only(backend: FakeBackend) -> Json:
    pandaprobe.flush()
    return backend.trace


def first_span(backend: FakeBackend) -> Json:
    sent: Json = only(backend)["spans"][0]
    return sent


def user(text: str) -> Json:
    return {"role": "user", "content": text}


def assistant(text: str) -> Json:
    return {"role": "assistant", "content": text}


# Arguments and results


def test_arguments_are_recorded_by_name_with_defaults(backend: FakeBackend) -> None:
    @span
    def search(query: str, *extra: int, limit: int = 2, **options: str) -> list[str]:
        return [query]

    with pandaprobe.start_trace("t"):
        assert search("q", 7, 8, lang="en") == ["q"]
    sent = first_span(backend)
    assert sent["name"] == "search"
    assert list(sent["input"].items()) == [
        ("query", "q"),
        ("extra", [7, 8]),
        ("limit", 2),
        ("options", {"lang": "en"}),
    ]
    assert (sent["output"], sent["status"], sent["kind"]) == (["q"], "OK", "OTHER")


def plain(a: Any, b: Any = 2) -> Any:
    return locals()


def keyword_only(a: Any, *, b: Any, c: Any = 3) -> Any:
    return locals()


def positional_only(a: Any, b: Any = 1, /, c: Any = 2, **rest: Any) -> Any:
    return locals()


def everything(a: Any, /, b: Any, *args: Any, c: Any = 0, **rest: Any) -> Any:
    return locals()


def nothing() -> Any:
    return locals()


def bound(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What Python makes of a call, as JSON has it."""
    try:
        arguments = function(*args, **kwargs)
    except TypeError:
        return {"args": list(args), "kwargs": kwargs}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in arguments.items()}


CALLS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((), {}),
    ((1,), {}),
    ((1, 2), {}),
    ((1, 2, 3, 4), {}),
    ((1,), {"b": 5}),
    ((), {"a": 1, "b": 2}),
    ((1, 2), {"b": 3}),
    ((1,), {"a": 9, "c": 4}),
    ((1, 2), {"a": 9, "x": 7}),
    ((1,), {"b": 2, "c": 3, "d": 4}),
]


@pytest.mark.parametrize("function", [plain, keyword_only, positional_only, everything, nothing])
def test_arguments_are_bound_as_python_binds_them(backend: FakeBackend, function: Callable[..., Any]) -> None:
    recorded = span(function)
    with pandaprobe.start_trace("t"):
        for args, kwargs in CALLS:
            with contextlib.suppress(TypeError):
                recorded(*args, **kwargs)
    inputs = [sent["input"] for sent in only(backend)["spans"]]
    assert inputs == [bound(function, *args, **kwargs) for args, kwargs in CALLS]


def test_a_call_that_does_not_fit_raises_what_python_raises(backend: FakeBackend) -> None:
    @span
    def two(a: int, b: int) -> None: ...

    with pandaprobe.start_trace("t"), pytest.raises(TypeError, match="missing 1 required"):
        two(1)  # type: ignore[call-arg]
    sent = first_span(backend)
    assert (sent["input"], sent["status"]) == ({"args": [1], "kwargs": {}}, "ERROR")


def test_a_function_without_a_signature(backend: FakeBackend) -> None:
    recorded = span(dict.fromkeys, name="builtin")
    with pandaprobe.start_trace("t"):
        assert recorded("ab", 1) == {"a": 1, "b": 1}
    assert first_span(backend)["output"] == {"a": 1, "b": 1}


class Odd:
    def __repr__(self) -> str:
        raise RuntimeError("no")


def test_odd_arguments_and_results_never_fail_the_call(backend: FakeBackend) -> None:
    cycle: list[Any] = []
    cycle.append(cycle)
    deep: Any = "bottom"
    for _ in range(5000):
        deep = [deep]

    class Unhashable(dict[str, Any]):
        def __getitem__(self, key: str) -> Any:
            raise RuntimeError("no")

    @trace
    @span
    def echo(*values: Any) -> Any:
        return values

    values = (cycle, deep, Odd(), float("nan"), "\ud800", 2**70, Unhashable(a=1), object)
    assert echo(*values) == values
    assert only(backend)["spans"][0]["input"]["values"][0] == ["<cycle>"]


def test_the_receiver_is_recorded_as_its_repr(backend: FakeBackend) -> None:
    class Agent:
        def __repr__(self) -> str:
            return "<Agent>"

        @span
        def step(self, state: int) -> int:
            return state + 1

        @classmethod
        @span
        def made(cls, n: int) -> int:
            return n

        @span
        @classmethod
        def made_inside(cls, n: int) -> int:
            return n

        @staticmethod
        @span
        def still(n: int) -> int:
            return n

        @span
        @staticmethod
        def still_inside(n: int) -> int:
            return n

    with pandaprobe.start_trace("t"):
        agent = Agent()
        assert (agent.step(1), Agent.step(agent, 2)) == (2, 3)
        assert (Agent.made(3), agent.made_inside(4)) == (3, 4)
        assert (agent.still(5), Agent.still_inside(6)) == (5, 6)
    inputs = [sent["input"] for sent in only(backend)["spans"]]
    assert inputs[:2] == [{"self": "<Agent>", "state": 1}, {"self": "<Agent>", "state": 2}]
    assert [given["n"] for given in inputs[2:]] == [3, 4, 5, 6]
    assert "cls" in inputs[2] and "cls" in inputs[3]


def test_arguments_are_taken_before_the_call(backend: FakeBackend) -> None:
    @span
    def change(values: list[int]) -> None:
        values.append(2)

    with pandaprobe.start_trace("t"):
        change([1])
    assert first_span(backend)["input"] == {"values": [1]}


def test_names_kinds_models_and_metadata(backend: FakeBackend) -> None:
    @span(name="generate", kind=pandaprobe.SpanKind.LLM, model="gpt-5.4", metadata={"v": 1})
    def call() -> None: ...

    @trace(name="agent", session_id="s", user_id="u", tags=["x"], metadata={"w": 2})
    def run() -> None:
        call()

    run()
    sent = without_ids(only(backend))
    assert (sent["name"], sent["session_id"], sent["user_id"]) == ("agent", "s", "u")
    assert (sent["tags"], sent["metadata"]) == (["x"], {"w": 2})
    assert sent["spans"] == [
        {
            "name": "generate",
            "kind": "LLM",
            "status": "OK",
            "input": {},
            "model": "gpt-5.4",
            "metadata": {"v": 1},
        }
    ]


def test_a_bad_kind_is_found_when_decorating() -> None:
    with pytest.raises(ValueError, match="SpanKind"):
        span(kind="llm")(plain)


# Messages


def test_only_the_last_messages_are_kept_of_a_traces_ends(
    backend: FakeBackend, caplog: pytest.LogCaptureFixture
) -> None:
    @trace
    def agent(messages: list[Json], temperature: float = 1.0) -> Json:
        return {"messages": [*messages, assistant("a2")], "other": 1}

    agent([user("q1"), assistant("a1"), user("q2"), assistant("prefill")])
    sent = only(backend)
    assert (sent["input"], sent["output"]) == ({"messages": [user("q2")]}, {"messages": [assistant("a2")]})
    assert not caplog.records


@pytest.mark.parametrize("role", ["human", "user"])
def test_other_names_of_the_roles(backend: FakeBackend, role: str) -> None:
    @trace
    def agent(messages: tuple[Json, ...]) -> Json:
        return {"messages": ({"role": "ai", "content": "a"}, {"role": "tool", "content": "t"})}

    agent(messages=({"role": role, "content": "q"}, {"role": "system", "content": "s"}))
    sent = only(backend)
    assert sent["input"] == {"messages": [{"role": role, "content": "q"}]}
    assert sent["output"] == {"messages": [{"role": "ai", "content": "a"}]}


def test_messages_without_such_a_role_are_kept_whole(
    backend: FakeBackend, caplog: pytest.LogCaptureFixture
) -> None:
    @trace
    def agent(messages: list[Any], n: int = 1) -> Json:
        return {"messages": [user("only")]}

    agent([{"role": "system", "content": "s"}, "text", {"role": 3}])
    sent = only(backend)
    assert sent["input"]["n"] == 1 and len(sent["input"]["messages"]) == 3
    assert sent["output"] == {"messages": [user("only")]}
    assert not caplog.records


def test_other_ends_are_kept_whole_with_one_warning_each(
    backend: FakeBackend, caplog: pytest.LogCaptureFixture
) -> None:
    @trace
    def bare(query: str, times: int = 2) -> str:
        return query * times

    for _ in range(3):
        bare("ab")
    pandaprobe.flush()
    assert [(sent["input"], sent["output"]) for sent in backend.traces] == [
        ({"query": "ab", "times": 2}, "abab")
    ] * 3
    messages = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(messages) == 2 and all("bare" in message for message in messages)


def test_spans_are_not_trimmed(backend: FakeBackend) -> None:
    @span
    def step(messages: list[Json]) -> Json:
        return {"messages": [*messages, assistant("a")]}

    with pandaprobe.start_trace("t"):
        step([user("q1"), user("q2")])
    sent = first_span(backend)
    assert len(sent["input"]["messages"]) == 2
    assert len(sent["output"]["messages"]) == 3


# When it records


def test_a_span_without_a_trace_is_a_plain_call(backend: FakeBackend) -> None:
    recorded = span(current_span)
    assert recorded() is None
    pandaprobe.flush()
    assert not backend.requests


@pytest.mark.parametrize("enabled", [True, False])
def test_switched_off_functions_are_just_called(
    backend: FakeBackend, monkeypatch: pytest.MonkeyPatch, enabled: bool
) -> None:
    if enabled:
        # No client at all.
        monkeypatch.setenv("PANDAPROBE_ENABLED", "false")
        pandaprobe.shutdown()
        pandaprobe.client._global_client = None
        pandaprobe.client._auto_init_attempted = False
    else:
        pandaprobe.init(endpoint=backend.url, enabled=False)

    @trace
    @span
    def add(a: int, b: int) -> int:
        return a + b

    @trace
    def count(n: int) -> Iterator[int]:
        yield from range(n)

    async def main() -> int:
        return await trace(asynchronous)(2)

    async def asynchronous(n: int) -> int:
        return n

    assert (add(1, 2), list(count(3)), asyncio.run(main())) == (3, [0, 1, 2], 2)
    pandaprobe.flush()
    assert not backend.requests


def test_the_client_is_asked_at_each_call(backend: FakeBackend, client: pandaprobe.Client) -> None:
    @trace
    def work() -> None: ...

    def failing(name: str, **arguments: Any) -> Any:
        raise RuntimeError("replaced")

    client.trace = failing  # type: ignore[method-assign]
    work()
    client.trace = lambda name, **arguments: object()  # type: ignore[method-assign, assignment]
    work()
    del client.trace
    work()
    pandaprobe.flush()
    assert backend.names == ["work"]


def test_exceptions_go_on(backend: FakeBackend) -> None:
    @span(kind="TOOL")
    def broken(n: int) -> float:
        return n / 0

    @trace
    def failing(messages: list[Json]) -> None:
        broken(1)

    with pytest.raises(ZeroDivisionError) as caught:
        failing([user("divide")])
    assert caught.traceback[-1].name == "broken"
    sent = only(backend)
    assert sent["status"] == "ERROR" and "output" not in sent
    (inner,) = sent["spans"]
    assert (inner["status"], inner["error"], inner["input"]) == ("ERROR", "division by zero", {"n": 1})
    assert inner["metadata"]["exception"]["type"] == "ZeroDivisionError"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, asyncio.CancelledError])
def test_exceptions_that_are_no_exception_go_on_too(backend: FakeBackend, error: type[BaseException]) -> None:
    @trace
    @span
    def failing() -> None:
        raise error

    with pytest.raises(error):
        failing()
    assert only(backend)["status"] == "ERROR"
    assert current_trace() is None


def test_a_late_span_uses_its_traces_client(backend: FakeBackend) -> None:
    with FakeBackend() as other:
        own = pandaprobe.Client(endpoint=other.url)
        with own.trace("own"):
            span(plain)(1)
        own.shutdown()
        assert tree(other.trace) == {"plain": None}
    pandaprobe.flush()
    assert not backend.requests


# What stays as it was


def test_functions_look_like_themselves() -> None:
    @span
    def documented(a: int, b: str = "x") -> bool:
        """Says what it does."""
        return True

    assert (documented.__name__, documented.__doc__) == ("documented", "Says what it does.")
    assert documented.__wrapped__(1)  # type: ignore[attr-defined]
    assert str(inspect.signature(documented)) == "(a: 'int', b: 'str' = 'x') -> 'bool'"


def generate() -> Iterator[int]:
    yield 1


async def generate_async() -> AsyncIterator[int]:
    yield 1


async def run() -> None: ...


@pytest.mark.parametrize("decorate", [trace, span, lambda fn: trace(span(fn))])
@pytest.mark.parametrize("fn", [plain, generate, generate_async, run])
def test_frameworks_recognise_what_a_function_is(decorate: Callable[[Any], Any], fn: Any) -> None:
    recorded = decorate(fn)
    for check in (
        inspect.iscoroutinefunction,
        inspect.isgeneratorfunction,
        inspect.isasyncgenfunction,
    ):
        assert check(recorded) is check(fn), check.__name__
    assert inspect.signature(recorded) == inspect.signature(fn)
    assert recorded.__name__ == fn.__name__


pickled = span(generate)
pickled.__qualname__ = "pickled"


def test_generator_functions_are_pickled_by_name() -> None:
    assert pickle.loads(pickle.dumps(pickled)) is pickled


def test_types_are_kept() -> None:
    """Checked by mypy: what is wrong here must be an error there."""

    @span(kind="TOOL")
    def add(a: int, b: int = 0) -> int:
        return a + b

    @trace
    async def later(text: str) -> str:
        return text

    number: int = add(1, b=2)
    text: str = asyncio.run(later("x"))
    assert (number, text) == (3, "x")
    with pytest.raises(TypeError):
        add("x")  # type: ignore[arg-type]
    wrong: str = add(1)  # type: ignore[assignment]
    assert wrong == 1  # type: ignore[comparison-overlap]


def test_partials_and_callable_objects(backend: FakeBackend) -> None:
    class Callable_:
        def __call__(self, n: int) -> int:
            return n

    with pandaprobe.start_trace("t"):
        assert span(functools.partial(max, 1))(2) == 2
        assert span(Callable_())(3) == 3
        assert list(span(functools.partial(generate))()) == [1]
    assert [sent["name"] for sent in only(backend)["spans"]] == ["partial", "Callable_", "partial"]


# Asynchronous functions


def test_asynchronous_functions(backend: FakeBackend) -> None:
    @span(kind="TOOL")
    async def step(n: int) -> int:
        await asyncio.sleep(0)
        return n + 1

    @trace
    async def agent(messages: list[Json]) -> Json:
        results = await asyncio.gather(step(1), step(2))
        return {"messages": [assistant(str(results))]}

    asyncio.run(agent([user("count")]))
    sent = only(backend)
    assert sent["output"] == {"messages": [assistant("[2, 3]")]}
    assert sorted((inner["input"]["n"], inner["output"]) for inner in sent["spans"]) == [(1, 2), (2, 3)]
    assert all("parent_span_id" not in inner for inner in sent["spans"])


def test_nesting(backend: FakeBackend) -> None:
    @span
    def inner() -> None: ...

    @span
    def outer() -> None:
        inner()

    @trace
    def root() -> None:
        outer()
        inner()

    root()
    assert tree(only(backend)) == {"inner": None, "outer": None} or len(backend.trace["spans"]) == 3
    parents = {sent["span_id"]: sent for sent in backend.trace["spans"]}
    chain = [parents[sent["parent_span_id"]]["name"] for sent in parents.values() if "parent_span_id" in sent]
    assert chain == ["outer"]


def test_nested_traces_are_traces_of_their_own(backend: FakeBackend) -> None:
    @trace
    def inner() -> None: ...

    @trace
    def outer() -> None:
        inner()

    outer()
    pandaprobe.flush()
    assert backend.names == ["inner", "outer"]


# Generators


def test_a_generator_is_recorded_as_long_as_it_runs(backend: FakeBackend) -> None:
    @span
    def tokens(n: int) -> Iterator[str]:
        for at in range(n):
            with pandaprobe_trace().span(f"token-{at}"):
                pass
            yield f"t{at}"

    with pandaprobe.start_trace("t") as trace:

        def pandaprobe_trace() -> Any:
            return trace

        for token in tokens(3):
            # The consumer is not inside of the generator's span.
            assert current_span() is None
            with trace.span(f"consumer-{token}"):
                pass
    sent = only(backend)
    assert tree(sent) == {
        "token-0": "tokens",
        "token-1": "tokens",
        "token-2": "tokens",
        "consumer-t0": None,
        "consumer-t1": None,
        "consumer-t2": None,
        "tokens": None,
    }
    (recorded,) = [inner for inner in sent["spans"] if inner["name"] == "tokens"]
    assert (recorded["input"], recorded["output"]) == ({"n": 3}, ["t0", "t1", "t2"])
    assert recorded["ended_at"] >= max(inner["ended_at"] for inner in sent["spans"][:-1])


def test_a_span_left_open_over_a_yield_stays_inside(backend: FakeBackend) -> None:
    @span
    def body() -> Iterator[int]:
        trace = current_trace()
        assert trace is not None
        with trace.span("over-yields"):
            yield 1
            with trace.span("inside"):
                pass
            yield 2

    with pandaprobe.start_trace("t") as trace:
        for _ in body():
            assert current_span() is None
            with trace.span("consumer"):
                pass
    parents = tree(only(backend))
    assert parents == {"consumer": None, "inside": "over-yields", "over-yields": "body", "body": None}


def test_sent_values_thrown_exceptions_and_returns_work(backend: FakeBackend) -> None:
    @span
    def echo() -> Generator[str, str, str]:
        received = yield "ready"
        while received != "stop":
            try:
                received = yield f"got {received}"
            except KeyError as error:
                received = yield f"caught {error}"
        return "returned"

    def consume() -> Generator[str, str, str]:
        return (yield from echo())

    with pandaprobe.start_trace("t"):
        consumer = consume()
        assert next(consumer) == "ready"
        assert consumer.send("a") == "got a"
        assert consumer.throw(KeyError("k")) == "caught 'k'"
        assert consumer.send("b") == "got b"
        with pytest.raises(StopIteration) as stopped:
            consumer.send("stop")
        assert stopped.value.value == "returned"
    sent = first_span(backend)
    assert (sent["status"], sent["output"]) == ("OK", ["ready", "got a", "caught 'k'", "got b"])


def test_a_failing_generator(backend: FakeBackend) -> None:
    @trace
    @span
    def failing() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        list(failing())
    sent = only(backend)
    assert (sent["status"], sent["output"]) == ("ERROR", [1])
    (inner,) = sent["spans"]
    assert (inner["status"], inner["error"], inner["output"]) == ("ERROR", "broken", [1])
    assert current_trace() is None


@pytest.mark.parametrize("ending", ["break", "close", "forget"])
def test_a_generator_that_is_left_early(backend: FakeBackend, ending: str) -> None:
    cleaned = []

    @trace
    @span
    def numbers() -> Iterator[int]:
        try:
            yield from range(100)
        finally:
            cleaned.append(current_span() is not None)

    if ending == "break":
        for number in numbers():
            if number == 1:
                break
    else:
        iterator = numbers()
        assert (next(iterator), next(iterator)) == (0, 1)
        if ending == "close":
            iterator.close()  # type: ignore[attr-defined]
        del iterator
    gc.collect()
    assert cleaned == [True], "cleaned up once, inside of the span"
    sent = only(backend)
    assert (sent["status"], sent["output"]) == ("COMPLETED", [0, 1])
    assert (sent["spans"][0]["status"], sent["spans"][0]["output"]) == ("OK", [0, 1])
    assert current_trace() is None


def test_a_generator_that_fails_while_it_is_closed(backend: FakeBackend) -> None:
    @trace
    def stubborn() -> Generator[int, None, None]:
        try:
            yield 1
        finally:
            raise ValueError("in cleanup")

    generator = stubborn()
    next(generator)
    with pytest.raises(ValueError, match="in cleanup"):
        generator.close()
    assert only(backend)["status"] == "ERROR"


def test_a_generator_that_never_ran_is_no_record(backend: FakeBackend) -> None:
    trace(generate)()
    gc.collect()
    pandaprobe.flush()
    assert not backend.requests


def test_what_a_generator_is_called_with_and_in_counts_not_where_it_runs(backend: FakeBackend) -> None:
    @trace
    def stream(values: list[int]) -> Iterator[int]:
        yield from values

    values = [1]
    with pandaprobe.session("s"):
        generator = stream(values)
    values.append(2)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(list, generator).result() == [1, 2]
    sent = only(backend)
    assert (sent["input"], sent["session_id"], sent["output"]) == ({"values": [1]}, "s", [1, 2])


def test_a_generator_moves_between_threads(backend: FakeBackend) -> None:
    @span
    def numbers() -> Iterator[int]:
        for number in range(4):
            with current_trace().span(f"n{number}"):  # type: ignore[union-attr]
                yield number

    with pandaprobe.start_trace("t"):
        generator = numbers()
        for _ in range(4):
            with ThreadPoolExecutor(1) as pool:
                pool.submit(next, generator).result()
                assert pool.submit(current_trace).result() is None
        assert list(generator) == []
    pandaprobe.flush()
    assert tree(backend.trace) == {f"n{number}": "numbers" for number in range(4)} | {"numbers": None}


def test_many_items_are_counted_instead_of_kept(backend: FakeBackend) -> None:
    @trace
    def many() -> Iterator[int]:
        yield from range(10_005)

    assert sum(1 for _ in many()) == 10_005
    output = only(backend)["output"]
    assert output[:2] == [0, 1]
    assert output[-1] == "<5 further items left out>"
    assert len(output) == 10_001


def test_many_bytes_are_left_out_too(backend: FakeBackend) -> None:
    @trace
    def large() -> Iterator[str]:
        for _ in range(20):
            yield "x" * 100_000

    list(large())
    output = only(backend)["output"]
    assert len(output) == 12 and output[-1] == "<9 further items left out>"


def test_items_are_taken_when_they_are_yielded(backend: FakeBackend) -> None:
    @trace
    def same() -> Iterator[list[int]]:
        items: list[int] = []
        for number in range(3):
            items.append(number)
            yield items

    list(same())
    assert only(backend)["output"] == [[0], [0, 1], [0, 1, 2]]


def test_generators_consumed_side_by_side(backend: FakeBackend) -> None:
    @span
    def numbers(name: str) -> Iterator[str]:
        for number in range(3):
            with current_trace().span(f"{name}{number}"):  # type: ignore[union-attr]
                pass
            yield name

    with pandaprobe.start_trace("t"):
        list(zip(numbers("a"), numbers("b"), strict=True))
    sent = only(backend)
    names = {inner["span_id"]: inner["input"]["name"] for inner in sent["spans"] if "input" in inner}
    for inner in sent["spans"]:
        if "parent_span_id" in inner:
            assert names[inner["parent_span_id"]] == inner["name"][0]


def test_asynchronous_generators(backend: FakeBackend) -> None:
    @span
    async def tokens(n: int) -> AsyncIterator[str]:
        for at in range(n):
            await asyncio.sleep(0)
            with current_trace().span(f"token-{at}"):  # type: ignore[union-attr]
                await asyncio.sleep(0)
            yield f"t{at}"

    async def main() -> list[str]:
        async with pandaprobe.start_trace("t"):
            received = []
            async for token in tokens(3):
                assert current_span() is None
                await asyncio.sleep(0)
                received.append(token)
            return received

    assert asyncio.run(main()) == ["t0", "t1", "t2"]
    sent = only(backend)
    assert tree(sent) == {f"token-{at}": "tokens" for at in range(3)} | {"tokens": None}
    assert sent["spans"][-1]["output"] == ["t0", "t1", "t2"]


@pytest.mark.parametrize("ending", ["aclose", "forget", "fail", "cancel"])
def test_asynchronous_generators_that_do_not_run_to_their_end(backend: FakeBackend, ending: str) -> None:
    @trace
    async def numbers() -> AsyncIterator[int]:
        yield 0
        yield 1
        if ending == "fail":
            raise ValueError("broken")
        await asyncio.Event().wait()

    async def main() -> None:
        generator = numbers()
        assert [await anext(generator), await anext(generator)] == [0, 1]
        if ending == "aclose":
            await generator.aclose()  # type: ignore[attr-defined]
        elif ending == "fail":
            with pytest.raises(ValueError, match="broken"):
                await anext(generator)
        elif ending == "cancel":
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(anext(generator), 0.01)
        del generator
        gc.collect()
        for _ in range(3):
            await asyncio.sleep(0)
        assert current_trace() is None

    asyncio.run(main())
    sent = only(backend)
    failed = ending in ("fail", "cancel")
    assert (sent["status"], sent["output"]) == ("ERROR" if failed else "COMPLETED", [0, 1])


def test_asynchronous_generators_take_values_and_exceptions(backend: FakeBackend) -> None:
    @trace
    async def echo() -> Any:
        received = yield "ready"
        try:
            yield received
        except KeyError:
            yield "caught"

    async def main() -> list[str]:
        generator = echo()
        return [await anext(generator), await generator.asend("a"), await generator.athrow(KeyError())]

    assert asyncio.run(main()) == ["ready", "a", "caught"]
    assert only(backend)["output"] == ["ready", "a", "caught"]


def test_decorated_generators_as_context_managers(backend: FakeBackend) -> None:
    @contextlib.contextmanager
    @span
    def resource() -> Iterator[str]:
        yield "open"

    with pandaprobe.start_trace("t"):
        with resource() as state:
            assert state == "open"
        with pytest.raises(ValueError, match="inside"), resource():
            raise ValueError("inside")
    good, bad = only(backend)["spans"]
    assert (good["status"], good["output"], bad["status"], bad["error"]) == (
        "OK",
        ["open"],
        "ERROR",
        "inside",
    )


def test_a_server_that_fails_changes_nothing(backend: FakeBackend) -> None:
    backend.answer = lambda request: Reply(401)

    @trace
    def work(n: int) -> int:
        return n

    assert [work(n) for n in range(20)] == list(range(20))
