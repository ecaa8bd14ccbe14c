"""`wrap_openai` with OpenAI's real package against the stand-in."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock, MagicMock

import openai
import pytest
from pydantic import BaseModel

import pandaprobe
from backend import FakeBackend
from pandaprobe.tracing.context import get_current_trace, get_span_stack
from pandaprobe.wrappers import wrap_openai
from stand_in import stand_in

Json = dict[str, Any]

HELLO = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]
ANSWER = "Hello! How can I help you today?"
WEATHER = {
    "name": "get_weather",
    "description": "The weather of a city",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
CHAT_TOOLS: list[Any] = [{"type": "function", "function": WEATHER}]
RESPONSE_TOOLS: list[Any] = [{"type": "function", **WEATHER}]


@pytest.fixture(scope="module")
def llm() -> Iterator[str]:
    with stand_in() as url:
        yield url


@pytest.fixture
def sync_client(llm: str, client: pandaprobe.Client) -> Iterator[Any]:
    with openai.OpenAI(base_url=llm, api_key="offline") as made:
        yield wrap_openai(made)


def run_async(llm: str, body: Callable[[Any], Awaitable[Any]]) -> Any:
    """Runs `body` with a wrapped async client."""

    async def main() -> Any:
        async with openai.AsyncOpenAI(base_url=llm, api_key="offline") as made:
            return await body(wrap_openai(made))

    return asyncio.run(main())


def sent(backend: FakeBackend) -> list[Json]:
    """The traces that have arrived, after everything was sent."""
    pandaprobe.flush()
    return backend.traces


def only_span(backend: FakeBackend) -> Json:
    (trace,) = sent(backend)
    (span,) = trace["spans"]
    assert isinstance(span, dict)
    return span


def content(span: Json) -> Any:
    return span["output"]["messages"][0]["content"]


# --- chat completions


def test_a_chat_outside_of_a_trace_is_a_trace_of_its_own(sync_client: Any, backend: FakeBackend) -> None:
    with pandaprobe.session("conversation-1"), pandaprobe.user("ada"):
        answer = sync_client.chat.completions.create(
            model="gpt-4o", messages=HELLO, temperature=0.5, top_p=openai.NOT_GIVEN, user="ignored"
        )
    (trace,) = sent(backend)
    assert (trace["name"], trace["status"]) == ("openai-chat", "COMPLETED")
    assert (trace["session_id"], trace["user_id"]) == ("conversation-1", "ada")
    assert trace["input"] == {"messages": [{"role": "user", "content": "Hello"}]}
    (span,) = trace["spans"]
    assert (span["name"], span["kind"], span["status"], span["model"]) == (
        "openai-chat",
        "LLM",
        "OK",
        "gpt-4o",
    )
    assert "parent_span_id" not in span
    assert span["input"] == {"messages": HELLO}
    assert span["output"] == trace["output"]
    assert span["output"]["messages"] == [answer.choices[0].message.model_dump(exclude_unset=True)]
    assert span["model_parameters"] == {"temperature": 0.5}
    assert span["token_usage"] == {
        "prompt_tokens": answer.usage.prompt_tokens,
        "completion_tokens": answer.usage.completion_tokens,
        "total_tokens": answer.usage.total_tokens,
    }
    assert span["usage"] == {"input": answer.usage.prompt_tokens, "output": answer.usage.completion_tokens}
    assert "completion_start_time" not in span
    assert get_current_trace() is None


def test_inside_a_trace_it_is_a_child_of_the_innermost_span(sync_client: Any, backend: FakeBackend) -> None:
    with pandaprobe.start_trace("request") as trace, trace.span("agent", kind="AGENT") as agent:
        sync_client.chat.completions.create(model="gpt-4o", messages=HELLO)
        assert get_span_stack() == [agent]
        for _ in sync_client.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True):
            assert get_span_stack() == [agent]
    (stored,) = sent(backend)
    assert stored["name"] == "request"
    chats = [span for span in stored["spans"] if span["name"] == "openai-chat"]
    assert [span["parent_span_id"] for span in chats] == [agent.span_id] * 2


def test_history_may_hold_the_provider_s_own_messages(sync_client: Any, backend: FakeBackend) -> None:
    asked = {"role": "user", "content": "What is the weather in Paris?"}
    first = sync_client.chat.completions.create(model="gpt-4o", messages=[asked], tools=CHAT_TOOLS)
    message = first.choices[0].message
    result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": '{"sky": "clear"}'}
    sync_client.chat.completions.create(model="gpt-4o", messages=[asked, message, result], tools=CHAT_TOOLS)
    first_trace, second_trace = sent(backend)
    call = first_trace["output"]["messages"][0]["tool_calls"][0]
    assert call["function"] == {"name": "get_weather", "arguments": '{"city": "Paris"}'}
    history = second_trace["spans"][0]["input"]["messages"]
    assert [item["role"] for item in history] == ["user", "assistant", "tool"]
    assert history[1]["tool_calls"][0] == call
    assert "clear" in content(second_trace["spans"][0])


def test_cached_and_reasoning_tokens_are_split_off(sync_client: Any, backend: FakeBackend) -> None:
    long = [{"role": "user", "content": "word " * 2000 + "cached tokens"}]
    for _ in range(2):
        answer = sync_client.chat.completions.create(model="o4-mini", messages=long)
    usage = answer.usage
    cached, reasoning = (
        usage.prompt_tokens_details.cached_tokens,
        usage.completion_tokens_details.reasoning_tokens,
    )
    assert cached >= 1024 and reasoning > 0
    span = sent(backend)[1]["spans"][0]
    assert span["token_usage"] == {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
        "reasoning_tokens": reasoning,
        "cache_read_tokens": cached,
    }
    assert span["usage"] == {
        "input": usage.prompt_tokens - cached,
        "cache_read": cached,
        "output": usage.completion_tokens - reasoning,
        "reasoning": reasoning,
    }


def test_an_answer_that_was_cut_says_so(sync_client: Any, backend: FakeBackend) -> None:
    sync_client.chat.completions.create(model="gpt-4o", messages=HELLO, max_tokens=2)
    assert only_span(backend)["metadata"] == {"finish_reason": "length"}


def test_errors_are_recorded_and_raised(sync_client: Any, backend: FakeBackend) -> None:
    with pytest.raises(openai.RateLimitError) as raised:
        sync_client.with_options(max_retries=0).chat.completions.create(model="error-429", messages=HELLO)
    (trace,) = sent(backend)
    (span,) = trace["spans"]
    assert trace["status"] == span["status"] == "ERROR"
    assert span["error"] == str(raised.value)
    assert span["metadata"]["exception"]["type"] == "openai.RateLimitError"
    assert (span["model"], span["input"]) == ("error-429", {"messages": HELLO})
    assert "output" not in span
    assert get_current_trace() is None


def test_a_wrong_call_fails_as_before(sync_client: Any, backend: FakeBackend) -> None:
    with pytest.raises(TypeError, match="Missing required arguments"):
        sync_client.chat.completions.create(messages=HELLO)
    assert only_span(backend)["status"] == "ERROR"


def test_wrapping_twice_records_once(sync_client: Any, backend: FakeBackend) -> None:
    assert wrap_openai(wrap_openai(sync_client)) is sync_client
    sync_client.chat.completions.create(model="gpt-4o", messages=HELLO)
    sync_client.with_options(timeout=5).copy().chat.completions.create(model="gpt-4o", messages=HELLO)
    assert [len(trace["spans"]) for trace in sent(backend)] == [1, 1]


def test_messages_from_an_iterator_reach_the_model(sync_client: Any, backend: FakeBackend) -> None:
    answer = sync_client.chat.completions.create(model="gpt-4o", messages=(message for message in HELLO))
    assert answer.choices[0].message.content == ANSWER
    span = only_span(backend)
    assert content(span) == ANSWER and "input" not in span


# --- streams of chat completions


def test_a_stream_is_recorded_when_it_is_read(sync_client: Any, backend: FakeBackend) -> None:
    stream = sync_client.chat.completions.create(
        model="gpt-4o", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    assert isinstance(stream, openai.Stream)
    assert get_current_trace() is None
    chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    span = only_span(backend)
    assert content(span) == text == ANSWER
    assert span["token_usage"]["total_tokens"] == chunks[-1].usage.total_tokens
    assert span["started_at"] <= span["completion_start_time"] <= span["ended_at"]
    assert "metadata" not in span
    assert sent(backend)[0]["output"] == span["output"]


def test_the_request_is_not_changed_to_get_usage(sync_client: Any, backend: FakeBackend) -> None:
    chunks = list(sync_client.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True))
    assert all(chunk.usage is None for chunk in chunks)
    span = only_span(backend)
    assert "token_usage" not in span and "usage" not in span


def test_streamed_tool_calls_are_put_together(sync_client: Any, backend: FakeBackend) -> None:
    asked = [{"role": "user", "content": "What is the weather in Paris and Berlin?"}]
    whole = sync_client.chat.completions.create(model="gpt-4o", messages=asked, tools=CHAT_TOOLS)
    list(sync_client.chat.completions.create(model="gpt-4o", messages=asked, tools=CHAT_TOOLS, stream=True))
    first, second = (trace["output"]["messages"][0]["tool_calls"] for trace in sent(backend))
    assert first == second == [call.model_dump() for call in whole.choices[0].message.tool_calls]
    assert len(first) == 2


@pytest.mark.parametrize("how", ["break", "with", "close", "response"])
def test_a_stream_that_is_left_is_recorded_as_far_as_it_was_read(
    sync_client: Any, backend: FakeBackend, how: str
) -> None:
    def leave() -> None:
        stream = sync_client.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True)
        if how == "with":
            with stream:
                next(stream), next(stream)
            return
        for number, _ in enumerate(stream):
            if number == 1:
                break
        if how == "close":
            stream.close()
            assert stream.response.is_closed
        elif how == "response":
            stream.response.close()

    leave()
    with pandaprobe.start_trace("after"):
        pass
    left, after = sent(backend)
    (span,) = left["spans"]
    assert (left["name"], left["status"], content(span)) == ("openai-chat", "COMPLETED", "Hello")
    assert span["metadata"] == {"stream_left_early": True}
    assert "spans" not in after


def test_a_stream_left_at_the_end_of_the_answer_is_whole(sync_client: Any, backend: FakeBackend) -> None:
    with sync_client.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True) as stream:
        for chunk in stream:
            if chunk.choices[0].finish_reason:
                break
    span = only_span(backend)
    assert content(span) == ANSWER and "metadata" not in span


def test_a_stream_that_is_still_open_at_exit(llm: str, backend: FakeBackend) -> None:
    program = """
import openai
from pandaprobe.wrappers import wrap_openai
stream = wrap_openai(openai.OpenAI()).chat.completions.create(
    model="gpt-4o", messages=[{"role": "user", "content": "Hello"}], stream=True
)
next(stream), next(stream)
"""
    env = {**os.environ, "OPENAI_BASE_URL": llm, "OPENAI_API_KEY": "x", "PANDAPROBE_ENDPOINT": backend.url}
    # Python 3.13.0 crashes at the very end of such a program, with OpenAI's client alone too.
    subprocess.run([sys.executable, "-c", program], env=env, check=False)
    (trace,) = backend.traces
    (span,) = trace["spans"]
    assert (trace["status"], span["status"], content(span)) == ("COMPLETED", "OK", "Hello")


def test_a_stream_that_fails_keeps_what_had_come(sync_client: Any, backend: FakeBackend) -> None:
    stream = sync_client.chat.completions.create(model="error-stream", messages=HELLO, stream=True)
    with pytest.raises(openai.APIError):
        list(stream)
    (trace,) = sent(backend)
    (span,) = trace["spans"]
    assert trace["status"] == span["status"] == "ERROR"
    assert content(span) == "Hello! How"


def test_the_stream_helper(sync_client: Any, backend: FakeBackend) -> None:
    with sync_client.chat.completions.stream(model="gpt-4o", messages=HELLO) as stream:
        completion = stream.until_done().get_final_completion()
    assert completion.choices[0].message.content == ANSWER
    with sync_client.chat.completions.stream(model="gpt-4o", messages=HELLO) as stream:
        next(iter(stream))
    whole, left = sent(backend)
    assert content(whole["spans"][0]) == ANSWER
    assert left["spans"][0]["metadata"] == {"stream_left_early": True}


class Rating(BaseModel):
    stars: int
    reason: str


def test_parse(sync_client: Any, backend: FakeBackend) -> None:
    asked = [{"role": "user", "content": "I give 4 stars."}]
    answer = sync_client.chat.completions.parse(model="gpt-4o", messages=asked, response_format=Rating)
    assert answer.choices[0].message.parsed.stars == 4
    span = only_span(backend)
    assert json.loads(content(span))["stars"] == 4
    assert span["model_parameters"] == {"response_format": "Rating"}


def test_raw_responses(sync_client: Any, backend: FakeBackend) -> None:
    raw = sync_client.chat.completions.with_raw_response.create(model="gpt-4o", messages=HELLO)
    assert raw.headers["x-request-id"] and raw.parse().choices[0].message.content == ANSWER
    raw = sync_client.chat.completions.with_raw_response.create(model="gpt-4o", messages=HELLO, stream=True)
    assert raw.status_code == 200
    stream = raw.parse()
    assert raw.parse() is stream
    del raw
    assert len(list(stream)) > 3
    with sync_client.chat.completions.with_streaming_response.create(model="gpt-4o", messages=HELLO) as raw:
        assert json.loads(raw.read())["choices"]
    with sync_client.chat.completions.with_streaming_response.create(model="gpt-4o", messages=HELLO) as raw:
        assert raw.parse().choices[0].message.content == ANSWER
    with sync_client.chat.completions.with_streaming_response.create(
        model="gpt-4o", messages=HELLO, stream=True
    ) as raw:
        assert len(list(raw.iter_lines())) > 3
    *read, unseen = [trace["spans"][0] for trace in sent(backend)]
    assert [content(span) for span in read] == [ANSWER] * 4
    assert unseen["status"] == "OK"


# --- async


def test_async_chats(llm: str, client: pandaprobe.Client, backend: FakeBackend) -> None:
    async def body(made: Any) -> None:
        answer = await made.chat.completions.create(model="gpt-4o", messages=HELLO)
        assert answer.choices[0].message.content == ANSWER
        stream = await made.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True)
        assert isinstance(stream, openai.AsyncStream)
        assert get_current_trace() is None
        assert len([chunk async for chunk in stream]) > 3

    run_async(llm, body)
    whole, streamed = (trace["spans"][0] for trace in sent(backend))
    assert content(whole) == content(streamed) == ANSWER
    assert whole["token_usage"]["total_tokens"] > 0
    assert whole["started_at"] < whole["ended_at"]
    assert streamed["completion_start_time"]


def test_concurrent_chats_have_the_right_parents(
    llm: str, client: pandaprobe.Client, backend: FakeBackend
) -> None:
    async def body(made: Any) -> None:
        async with pandaprobe.start_trace("request") as trace, trace.span("agent", kind="AGENT"):
            # Made before any is awaited.
            calls = [made.chat.completions.create(model="gpt-4o", messages=HELLO) for _ in range(5)]
            await asyncio.gather(*calls)
        await asyncio.gather(
            *[made.chat.completions.create(model="gpt-4o", messages=HELLO) for _ in range(5)]
        )

    run_async(llm, body)
    request, *own = sorted(sent(backend), key=lambda trace: trace["name"] != "request")
    names = {span["span_id"]: span["name"] for span in request["spans"]}
    parents = [names.get(span.get("parent_span_id", "")) for span in request["spans"]]
    assert sorted(parents, key=str) == [None, *["agent"] * 5]
    assert [len(trace["spans"]) for trace in own] == [1] * 5


def test_async_streams_that_are_left(llm: str, client: pandaprobe.Client, backend: FakeBackend) -> None:
    async def body(made: Any) -> None:
        async with await made.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True) as stream:
            await anext(stream), await anext(stream)
        stream = await made.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True)
        async for chunk in stream:
            if chunk.choices[0].delta.content:
                break
        await stream.close()
        async with made.chat.completions.stream(model="gpt-4o", messages=HELLO) as events:
            async for _ in events:
                break
        stream = await made.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True)
        await anext(stream), await anext(stream)
        del stream
        gc.collect()
        assert get_current_trace() is None

    run_async(llm, body)
    spans = [trace["spans"][0] for trace in sent(backend)]
    assert [span["metadata"] for span in spans] == [{"stream_left_early": True}] * 4
    assert [content(span) for span in (spans[0], spans[1], spans[3])] == ["Hello"] * 3


def test_async_errors_parse_and_raw(llm: str, client: pandaprobe.Client, backend: FakeBackend) -> None:
    async def body(made: Any) -> None:
        with pytest.raises(openai.InternalServerError):
            await made.with_options(max_retries=0).chat.completions.create(model="error-500", messages=HELLO)
        asked = [{"role": "user", "content": "I give 4 stars."}]
        parsed = await made.chat.completions.parse(model="gpt-4o", messages=asked, response_format=Rating)
        assert parsed.choices[0].message.parsed.stars == 4
        raw = await made.chat.completions.with_raw_response.create(model="gpt-4o", messages=HELLO)
        assert raw.parse().choices[0].message.content == ANSWER
        call = made.chat.completions.with_streaming_response.create(model="gpt-4o", messages=HELLO)
        async with call as raw:
            assert (await raw.parse()).choices[0].message.content == ANSWER

    run_async(llm, body)
    failed, parsed, *raw = (trace["spans"][0] for trace in sent(backend))
    assert failed["status"] == "ERROR"
    assert json.loads(content(parsed))["stars"] == 4
    assert [content(span) for span in raw] == [ANSWER, ANSWER]


def test_a_cancelled_call_is_recorded(client: pandaprobe.Client, backend: FakeBackend) -> None:
    async def body(made: Any) -> None:
        task = asyncio.create_task(made.chat.completions.create(model="gpt-4o", messages=HELLO))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with stand_in("--latency", "5") as slow:
        run_async(slow, body)
    span = only_span(backend)
    assert (span["status"], span["error"]) == ("ERROR", "CancelledError")


# --- responses


def test_a_response(sync_client: Any, backend: FakeBackend) -> None:
    answer = sync_client.responses.create(
        model="o4-mini",
        instructions="Be brief.",
        input="Hello",
        max_output_tokens=500,
        reasoning={"summary": "auto"},
    )
    (trace,) = sent(backend)
    assert trace["name"] == "openai-response"
    assert trace["input"] == {"messages": [{"role": "user", "content": "Hello"}]}
    (span,) = trace["spans"]
    assert span["input"]["messages"] == HELLO
    assert span["output"] == trace["output"]
    (message,) = span["output"]["messages"]
    assert (message["type"], message["role"]) == ("message", "assistant")
    assert message["content"][0]["text"] == answer.output_text == ANSWER
    assert span["model_parameters"] == {"max_output_tokens": 500, "reasoning": {"summary": "auto"}}
    summary = [part.text for part in answer.output[0].summary]
    assert span["metadata"] == {"reasoning_summary": "\n\n".join(summary)}
    reasoning = answer.usage.output_tokens_details.reasoning_tokens
    assert span["token_usage"] == {
        "prompt_tokens": answer.usage.input_tokens,
        "completion_tokens": answer.usage.output_tokens,
        "total_tokens": answer.usage.total_tokens,
        "reasoning_tokens": reasoning,
    }
    assert span["usage"]["output"] == answer.usage.output_tokens - reasoning


@pytest.mark.parametrize("stream", [False, True])
def test_function_calls_of_a_response(sync_client: Any, backend: FakeBackend, stream: bool) -> None:
    question: Any = {"role": "user", "content": "What is the weather in Paris?"}
    made = sync_client.responses.create(model="gpt-4o", input=[question], tools=RESPONSE_TOOLS, stream=stream)
    if stream:
        made = list(made)[-1].response
    (call,) = made.output
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "clear"}
    sync_client.responses.create(model="gpt-4o", input=[question, call, result], tools=RESPONSE_TOOLS)
    asked, told = sent(backend)
    tool, span = sorted(asked["spans"], key=lambda span: span["name"])
    assert (tool["name"], tool["kind"], tool["input"]) == (
        "function_call:get_weather",
        "TOOL",
        '{"city": "Paris"}',
    )
    assert tool["parent_span_id"] == span["span_id"] and "output" not in tool
    assert asked["output"]["messages"][0]["tool_calls"][0]["function"]["name"] == "get_weather"
    (answered,) = told["spans"]
    assert [message["role"] for message in answered["input"]["messages"]] == ["user", "assistant", "tool"]


def test_a_streamed_response(sync_client: Any, backend: FakeBackend) -> None:
    events = list(sync_client.responses.create(model="o4-mini", input="Hello", stream=True))
    with sync_client.responses.stream(model="o4-mini", input="Hello") as stream:
        final = stream.get_final_response()
    first, second = (trace["spans"][0] for trace in sent(backend))
    for span in (first, second):
        assert content(span)[0]["text"] == final.output_text == ANSWER
        assert span["token_usage"]["total_tokens"] == events[-1].response.usage.total_tokens
        assert span["completion_start_time"]


def test_a_streamed_response_that_is_left(sync_client: Any, backend: FakeBackend) -> None:
    with sync_client.responses.create(model="gpt-4o", input="Hello", stream=True) as stream:
        for event in stream:
            if event.type == "response.output_text.delta":
                break
    span = only_span(backend)
    assert content(span) == [{"type": "output_text", "text": "Hello"}]
    assert span["metadata"] == {"stream_left_early": True}


def test_async_responses(llm: str, client: pandaprobe.Client, backend: FakeBackend) -> None:
    async def body(made: Any) -> None:
        assert (await made.responses.create(model="gpt-4o", input="Hello")).output_text == ANSWER
        async for _ in await made.responses.create(model="gpt-4o", input="Hello", stream=True):
            pass
        parsed = await made.responses.parse(model="gpt-4o", input="I give 4 stars.", text_format=Rating)
        assert parsed.output_parsed.stars == 4

    run_async(llm, body)
    *said, parsed = (trace["spans"][0] for trace in sent(backend))
    assert [content(span)[0]["text"] for span in said] == [ANSWER, ANSWER]
    assert json.loads(content(parsed)[0]["text"])["stars"] == 4
    assert "parsed" not in content(parsed)[0]


def test_what_the_provider_ran_and_how_it_failed(client: pandaprobe.Client, backend: FakeBackend) -> None:
    response = {
        "status": "failed",
        "error": {"code": "server_error", "message": "it broke"},
        "output": [{"type": "web_search_call", "id": "ws_1", "status": "completed"}],
    }
    resource = SimpleNamespace(create=lambda **_: response)
    made = wrap_openai(SimpleNamespace(responses=resource))
    assert made.responses.create(model="gpt-5.4", input="News?") is response
    (trace,) = sent(backend)
    tool, span = sorted(trace["spans"], key=lambda span: span["kind"], reverse=True)
    assert (tool["name"], tool["output"]) == ("web_search", {"status": "completed"})
    assert tool["input"] == response["output"][0]
    assert tool["parent_span_id"] == span["span_id"]
    assert (trace["status"], span["status"], span["error"]) == ("ERROR", "ERROR", "it broke")


# --- other clients, other states


def test_threads(sync_client: Any, backend: FakeBackend) -> None:
    def ask(number: int) -> str:
        with pandaprobe.session(f"thread-{number}"):
            stream = sync_client.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True)
            return "".join(chunk.choices[0].delta.content or "" for chunk in stream)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(32))) == {ANSWER}
    traces = sent(backend)
    assert {trace["session_id"] for trace in traces} == {f"thread-{number}" for number in range(32)}
    assert [len(trace["spans"]) for trace in traces] == [1] * 32


def test_azure(llm: str, client: pandaprobe.Client, backend: FakeBackend) -> None:
    with openai.AzureOpenAI(base_url=llm, api_key="x", api_version="2025-01-01") as azure:
        made: Any = wrap_openai(azure)
        answer = made.chat.completions.create(model="gpt-4o", messages=HELLO)
    assert content(only_span(backend)) == answer.choices[0].message.content


def test_clients_that_only_look_alike(client: pandaprobe.Client, backend: FakeBackend) -> None:
    message = SimpleNamespace(role="assistant", content="fine", tool_calls=None)
    usage = SimpleNamespace(
        prompt_tokens=3,
        completion_tokens=4,
        total_tokens=12,
        completion_tokens_details={"reasoning_tokens": 5},
    )
    whole = SimpleNamespace(
        choices=[SimpleNamespace(message=message, finish_reason="stop")], model="m-1", usage=usage
    )
    chunk = {"choices": [{"delta": {"role": "assistant", "content": "fine", "reasoning_content": "hm"}}]}

    async def create(**keywords: Any) -> Any:
        async def chunks() -> AsyncIterator[Json]:
            yield chunk

        return chunks() if keywords.get("stream") else whole

    def made(method: Any) -> Any:
        return wrap_openai(SimpleNamespace(chat=SimpleNamespace(completions=SimpleNamespace(create=method))))

    async def body() -> None:
        for method in (create, lambda **keywords: create(**keywords), AsyncMock(side_effect=create)):
            completions = made(method).chat.completions
            assert await completions.create(model="m", messages=HELLO) is whole
            stream = await completions.create(model="m", messages=HELLO, stream=True)
            assert [item async for item in stream] == [chunk]

    asyncio.run(body())
    assert made(lambda **_: whole).chat.completions.create(model="m", messages=HELLO) is whole
    assert list(made(lambda **_: iter([chunk])).chat.completions.create(model="m", stream=True)) == [chunk]
    spans = [trace["spans"][0] for trace in sent(backend)]
    assert [content(span) for span in spans] == ["fine"] * 8
    assert (spans[0]["model"], spans[0]["token_usage"]["reasoning_tokens"]) == ("m-1", 5)
    # Here the provider counts reasoning beside the completion.
    assert spans[0]["usage"] == {"input": 3, "output": 4, "reasoning": 5}
    assert spans[1]["output"]["messages"][0]["reasoning_content"] == "hm"


def test_mocks_stay_usable(client: pandaprobe.Client, backend: FakeBackend) -> None:
    mock = MagicMock()
    mock.chat.completions.create.return_value.choices[0].message.content = "mocked"
    mock.responses.create.return_value.__iter__.return_value = iter(["event"])
    made = wrap_openai(mock)
    assert made.chat.completions.create(model="m", messages=HELLO).choices[0].message.content == "mocked"
    assert list(made.responses.create(model="m", input="x", stream=True)) == ["event"]
    assert len(sent(backend)) == 2


def test_what_cannot_be_wrapped_stays_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    thing = object()
    assert wrap_openai(thing) is thing
    assert "wrap_openai" in caplog.text


def test_recording_that_breaks_does_not_break_the_call(
    sync_client: Any, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("broken")

    for name in ("request", "answer"):
        with monkeypatch.context() as patch:
            patch.setattr(f"pandaprobe.wrappers._openai_chat.ChatApi.{name}", broken)
            answer = sync_client.chat.completions.create(model="gpt-4o", messages=HELLO)
            assert answer.choices[0].message.content == ANSWER
    with monkeypatch.context() as patch:
        patch.setattr("pandaprobe.wrappers._openai_chat.ChatCollector.add", broken)
        assert len(list(sync_client.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True))) > 3
    assert caplog.text.count("broken") >= 2
    assert [trace["status"] for trace in sent(backend)] == ["COMPLETED"] * 2
    assert get_current_trace() is None


@pytest.mark.parametrize("how", ["environment", "init"])
def test_switched_off_it_calls_through(llm: str, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    if how == "init":
        pandaprobe.init(enabled=False)
    else:
        monkeypatch.setenv("PANDAPROBE_ENABLED", "false")
    with openai.OpenAI(base_url=llm, api_key="offline") as made:
        completions = wrap_openai(made).chat.completions
        assert completions.create(model="gpt-4o", messages=HELLO).choices[0].message.content == ANSWER  # type: ignore[arg-type]
        assert len(list(completions.create(model="gpt-4o", messages=HELLO, stream=True))) > 3  # type: ignore[arg-type]


def test_importing_the_wrappers_imports_no_provider() -> None:
    program = "import sys, pandaprobe.wrappers; sys.exit('openai' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
