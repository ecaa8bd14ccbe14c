"""Nesting: whatever runs where, a span's parent is the span it was started in."""

from __future__ import annotations

import asyncio
import contextvars
import gc
from collections.abc import AsyncIterator, Generator
from concurrent.futures import ThreadPoolExecutor

import pytest

import pandaprobe
from backend import FakeBackend, tree
from pandaprobe.tracing import SpanContext, TraceContext
from pandaprobe.tracing.context import get_current_trace, get_span_stack

pytestmark = pytest.mark.usefixtures("client")


def trees(backend: FakeBackend) -> dict[str, dict[str, str | None]]:
    pandaprobe.flush()
    return {trace["name"]: tree(trace) for trace in backend.traces}


def test_the_current_trace_and_its_open_spans_can_be_asked_for() -> None:
    assert get_current_trace() is None
    with pandaprobe.start_trace("t") as trace:
        assert get_current_trace() is trace
        with trace.span("a") as a, trace.span("b") as b:
            assert get_span_stack() == [a, b]
            with pandaprobe.start_trace("inner") as inner:
                assert get_current_trace() is inner
                assert get_span_stack() == []
            assert get_current_trace() is trace
        assert get_span_stack() == []
    assert get_current_trace() is None


def test_tasks_inherit_the_span_they_were_started_in(backend: FakeBackend) -> None:
    async def main() -> None:
        async with pandaprobe.start_trace("t") as trace:

            async def child(name: str) -> None:
                async with trace.span(name):
                    await asyncio.sleep(0)
                    async with trace.span(f"{name}-inner"):
                        await asyncio.sleep(0)

            async with trace.span("a"):
                first = asyncio.create_task(child("in-a"))
            async with trace.span("b"):
                second = asyncio.create_task(child("in-b"))
                await second
            await first

    asyncio.run(main())
    parents = trees(backend)["t"]
    # The span had ended when the first task ran: what it was started in is no longer open.
    assert parents["in-a"] is None
    assert parents["in-a-inner"] == "in-a"
    assert parents["in-b"] == "b"
    assert parents["in-b-inner"] == "in-b"


def test_a_cancelled_task_ends_its_spans_as_errors(backend: FakeBackend) -> None:
    async def main() -> None:
        async with pandaprobe.start_trace("t") as trace:

            async def hang() -> None:
                async with trace.span("hangs"):
                    await asyncio.Event().wait()

            task = asyncio.create_task(hang())
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            async with trace.span("after"):
                pass

    asyncio.run(main())
    pandaprobe.flush()
    hangs, after = backend.trace["spans"]
    assert (hangs["status"], hangs["error"]) == ("ERROR", "CancelledError")
    assert (after["status"], backend.trace["status"]) == ("OK", "COMPLETED")


def test_an_abandoned_generator_leaves_the_context_as_it_was(backend: FakeBackend) -> None:
    def steps(trace: TraceContext) -> Generator[int, None, None]:
        with trace.span("generator"):
            yield 1
            yield 2

    with pandaprobe.start_trace("t") as trace:
        generator = steps(trace)
        next(generator)
        generator.close()
        with trace.span("after"):
            assert len(get_span_stack()) == 1
    assert trees(backend)["t"]["after"] is None


def test_an_async_generator_closed_in_another_context_does_no_harm(backend: FakeBackend) -> None:
    async def steps(trace: TraceContext) -> AsyncIterator[int]:
        async with trace.span("generator"):
            yield 1
            yield 2

    async def main() -> None:
        async with pandaprobe.start_trace("t") as trace:
            generator = steps(trace)
            await generator.__anext__()
            del generator
            gc.collect()
            # The loop closes it in a task of its own.
            for _ in range(3):
                await asyncio.sleep(0)
            async with trace.span("after"):
                pass

    asyncio.run(main())
    assert trees(backend)["t"] == {"generator": None, "after": None}


def test_blocks_left_out_of_order(backend: FakeBackend) -> None:
    with pandaprobe.start_trace("t") as trace:
        a, b = trace.span("a"), trace.span("b")
        a.__enter__()
        b.__enter__()
        a.__exit__(None, None, None)
        with trace.span("in-b"):
            pass
        b.__exit__(None, None, None)
        with trace.span("root"):
            pass
    assert trees(backend)["t"] == {"a": None, "in-b": "b", "b": "a", "root": None}


def test_a_span_takes_its_parent_where_it_is_entered(backend: FakeBackend) -> None:
    with pandaprobe.start_trace("t") as trace:
        made_outside = trace.span("made-outside")
        with trace.span("parent"), made_outside:
            pass
    assert trees(backend)["t"] == {"made-outside": "parent", "parent": None}


def test_a_span_of_an_outer_trace_inside_an_inner_one(backend: FakeBackend) -> None:
    with pandaprobe.start_trace("outer") as outer, outer.span("before"):
        with pandaprobe.start_trace("inner") as inner, inner.span("in-inner"):
            with outer.span("in-outer"), inner.span("deep"):
                pass
    assert trees(backend) == {
        "inner": {"deep": "in-inner", "in-inner": None},
        "outer": {"in-outer": "before", "before": None},
    }


def test_a_span_that_ends_after_its_trace_is_not_lost(backend: FakeBackend) -> None:
    with pandaprobe.start_trace("t", session_id="s") as trace:
        late = trace.span("late").__enter__()
    late.set_output("done")
    late.__exit__(None, None, None)
    pandaprobe.flush()
    assert len(backend.stored) == 2
    assert {item["session_id"] for item in backend.stored} == {"s"}
    assert backend.trace["spans"][0]["output"] == "done"


def test_spans_opened_before_the_trace_is_entered_are_kept(backend: FakeBackend) -> None:
    trace = pandaprobe.start_trace("t")
    with trace.span("early"):
        pass
    with trace:
        pass
    assert trees(backend)["t"] == {"early": None}


def test_a_trace_entered_again_is_sent_again_under_its_id(backend: FakeBackend) -> None:
    trace = pandaprobe.start_trace("t")
    for name in ("first", "second"):
        with trace, trace.span(name):
            pass
    assert trees(backend)["t"] == {"first": None, "second": None}
    assert len(backend.stored) == 2


def test_a_trace_entered_within_itself(backend: FakeBackend) -> None:
    trace = pandaprobe.start_trace("t")
    with trace, trace.span("a"):
        with trace, trace.span("b"):
            assert get_current_trace() is trace
        with trace.span("c"):
            pass
    assert get_current_trace() is None
    assert trees(backend)["t"] == {"b": "a", "c": "a", "a": None}


def test_a_copied_context_carries_the_parent_into_a_thread(backend: FakeBackend) -> None:
    def work(span: SpanContext) -> None:
        with span:
            pass

    with pandaprobe.start_trace("t") as trace, trace.span("parent"), ThreadPoolExecutor(1) as pool:
        pool.submit(contextvars.copy_context().run, work, trace.span("in-thread")).result()
    assert trees(backend)["t"]["in-thread"] == "parent"


def test_very_deep_nesting_is_safe(backend: FakeBackend) -> None:
    with pandaprobe.start_trace("t") as trace:
        spans = [trace.span(f"s{at}").__enter__() for at in range(5000)]
        for span in reversed(spans):
            span.__exit__(None, None, None)
    pandaprobe.flush()
    parents = tree(backend.trace)
    assert len(parents) == 5000
    assert parents["s1"] == "s0"


def test_contexts_hold_nothing_of_what_has_ended() -> None:
    import weakref

    def traced() -> weakref.ref[TraceContext]:
        with pandaprobe.start_trace("t") as trace, trace.span("a"):
            pass
        return weakref.ref(trace)

    assert traced()() is None


def test_exceptions_are_never_suppressed() -> None:
    for error in (ValueError("x"), KeyboardInterrupt(), SystemExit(3), GeneratorExit()):
        with pytest.raises(type(error)) as caught, pandaprobe.start_trace("t") as trace, trace.span("s"):
            raise error
        assert caught.value is error
