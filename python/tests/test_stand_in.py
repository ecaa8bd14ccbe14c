"""The LLM stand-in, asked by OpenAI's own client."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from stand_in import stand_in

TOOLS: list[Any] = [
    {
        "type": "function",
        "function": {
            "name": "order_status",
            "description": "Tells the status of an order",
            "parameters": {
                "type": "object",
                "properties": {
                    "order_id": {"type": "string"},
                    "detail": {"type": "string", "enum": ["short", "full"]},
                    "limit": {"type": "integer"},
                },
                "required": ["order_id", "detail"],
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "calculate",
            "description": "Calculates an expression",
            "parameters": {"type": "object", "properties": {"expression": {"type": "string"}}},
        },
    },
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with stand_in() as found:
        yield found


@pytest.fixture(scope="module")
def llm(url: str) -> Iterator[Any]:
    with openai.OpenAI(base_url=url, api_key="offline", max_retries=0) as made:
        yield made


def user(text: str) -> list[Any]:
    return [{"role": "user", "content": text}]


def chat(llm: Any, messages: list[Any], **more: Any) -> Any:
    return llm.chat.completions.create(model=more.pop("model", "gpt-4o"), messages=messages, **more)


def text(llm: Any, *turns: str, **more: Any) -> str:
    roles = ("user", "assistant")
    messages = [{"role": roles[at % 2], "content": turn} for at, turn in enumerate(turns)]
    content = chat(llm, messages, **more).choices[0].message.content
    assert isinstance(content, str)
    return content


def test_the_same_request_gets_the_same_answer(llm: Any) -> None:
    first, second = (chat(llm, user("How do I plan a holiday?")) for _ in range(2))
    assert first == second
    assert chat(llm, user("How do I plan a party?")).id != first.id
    with stand_in() as other, openai.OpenAI(base_url=other, api_key="x") as elsewhere:
        assert chat(elsewhere, user("How do I plan a holiday?")) == first


def test_answers_are_about_what_was_said(llm: Any) -> None:
    assert "Paris" in text(llm, "What is the capital of France?")
    assert "people live in the city of Paris" in text(
        llm, "What is the capital of France?", "The capital of France is Paris.", "And its population?"
    )
    assert "Ada" in text(llm, "My name is Ada", "Hello!", "What is my name?")
    assert "holiday" in text(llm, "How do I plan a holiday?")
    context = "Context:\nCats sleep all day. Dogs bark at night.\n\nQuestion: When do dogs bark?"
    assert text(llm, context) == "According to the documents, Dogs bark at night."


def test_tokens(llm: Any) -> None:
    sentence = "The quick brown fox jumps over the lazy dog. " * 20
    one, two = chat(llm, user(sentence)).usage, chat(llm, user(sentence * 2)).usage
    assert len(sentence) / 6 < two.prompt_tokens - one.prompt_tokens < len(sentence) / 3
    assert one.total_tokens == one.prompt_tokens + one.completion_tokens
    assert chat(llm, user("Hello"), model="o3").usage.completion_tokens_details.reasoning_tokens > 0


def test_long_prompts_are_cached(llm: Any) -> None:
    long = [{"role": "system", "content": "Only here. " * 1000}]

    def cached(messages: list[Any]) -> int:
        found = chat(llm, messages).usage.prompt_tokens_details.cached_tokens
        assert isinstance(found, int)
        return found

    assert cached([*long, *user("One?")]) == 0
    again = cached([*long, *user("Two?")])
    assert again >= 1024 and again % 128 == 0
    assert cached(user("Two?")) == 0


def test_streams_say_the_same(llm: Any) -> None:
    for messages, more in ((user("Hello"), {}), (user("Status of order A-12?"), {"tools": TOOLS})):
        whole = chat(llm, messages, **more)
        with llm.chat.completions.stream(
            model="gpt-4o", messages=messages, stream_options={"include_usage": True}, **more
        ) as stream:
            streamed = stream.get_final_completion()
        assert (streamed.id, streamed.usage) == (whole.id, whole.usage)
        said, same = streamed.choices[0].message, whole.choices[0].message
        assert (said.content or None) == (same.content or None)
        names = [[call.function.name for call in message.tool_calls or []] for message in (said, same)]
        assert names[0] == names[1]
    assert all(chunk.usage is None for chunk in chat(llm, user("Hello"), stream=True))


def called(llm: Any, question: str, **more: Any) -> dict[str, Any]:
    calls = chat(llm, user(question), tools=TOOLS, **more).choices[0].message.tool_calls or []
    return {call.function.name: json.loads(call.function.arguments) for call in calls}


def test_tools(llm: Any) -> None:
    assert called(llm, "What is the full status of order A-12?") == {
        "order_status": {"order_id": "A-12", "detail": "full"}
    }
    assert called(llm, "Please calculate 2 * (3 + 4)") == {"calculate": {"expression": "2 * (3 + 4)"}}
    assert called(llm, "How are you?") == {}
    assert called(llm, "Status of order A-12?", tool_choice="none") == {}
    assert list(called(llm, "How are you?", tool_choice="required")) == ["order_status"]
    named = {"type": "function", "function": {"name": "calculate"}}
    assert list(called(llm, "How are you?", tool_choice=named)) == ["calculate"]


def test_results_of_tools_are_used(llm: Any) -> None:
    asked = user("Status of order A-12?")
    message = chat(llm, asked, tools=TOOLS).choices[0].message
    result = {
        "role": "tool",
        "tool_call_id": message.tool_calls[0].id,
        "content": '{"state": "shipped"}',
    }
    answer = chat(llm, [*asked, message, result], tools=TOOLS).choices[0]
    assert answer.finish_reason == "stop"
    assert answer.message.content == "According to order status: state shipped."


def test_choices_and_limits(llm: Any) -> None:
    several = chat(llm, user("How do I plan a holiday?"), n=3).choices
    assert len({choice.message.content for choice in several}) > 1
    cut = chat(llm, user("How do I plan a holiday?"), max_tokens=5)
    assert (cut.choices[0].finish_reason, cut.usage.completion_tokens) == ("length", 5)


class Part(BaseModel):
    name: str
    amount: int


class Order(BaseModel):
    parts: list[Part]
    urgent: bool


def test_json(llm: Any) -> None:
    assert (
        "Paris"
        in json.loads(text(llm, "What is the capital of France?", response_format={"type": "json_object"}))[
            "answer"
        ]
    )
    parsed = llm.chat.completions.parse(
        model="gpt-4o", messages=user("I need 3 screws"), response_format=Order
    )
    assert parsed.choices[0].message.parsed.parts[0].amount == 3


def test_responses(llm: Any) -> None:
    first = llm.responses.create(model="gpt-4o", input="My name is Ada", instructions="Be nice.")
    second = llm.responses.create(model="gpt-4o", input="What is my name?", previous_response_id=first.id)
    assert second.output_text == "Your name is Ada."
    with pytest.raises(openai.BadRequestError, match="not found"):
        llm.responses.create(model="gpt-4o", input="Hello", previous_response_id="resp_none")
    with llm.responses.stream(
        model="o3",
        input="Please calculate 1 + 2",
        tools=[{"type": "function", **TOOLS[1]["function"]}],
        reasoning={"summary": "auto"},
    ) as stream:
        events = [event.type for event in stream]
        final = stream.get_final_response()
    assert [item.type for item in final.output] == ["reasoning", "function_call"]
    assert final.output[0].summary and final.usage.output_tokens_details.reasoning_tokens > 0
    assert events[0] == "response.created" and events[-1] == "response.completed"
    cut = llm.responses.create(model="gpt-4o", input="How do I plan a holiday?", max_output_tokens=3)
    assert (cut.status, cut.incomplete_details.reason) == ("incomplete", "max_output_tokens")


def test_embeddings(llm: Any) -> None:
    texts = ["The cat sleeps on the sofa", "A cat is sleeping", "Stocks fell on Monday"]
    made = llm.embeddings.create(model="text-embedding-3-small", input=texts)
    cat, same, stocks = (item.embedding for item in made.data)
    near, far = (sum(a * b for a, b in zip(cat, other, strict=True)) for other in (same, stocks))
    assert near > 0.4 > 0.2 > far
    assert sum(a * a for a in cat) == pytest.approx(1, abs=1e-5)
    assert len(cat) == 1536 and made.usage.prompt_tokens > 0
    short = llm.embeddings.create(model="x", input="a", dimensions=8, encoding_format="float")
    assert len(short.data[0].embedding) == 8


def test_models(llm: Any) -> None:
    assert "gpt-4o-mini" in [model.id for model in llm.models.list()]
    assert llm.models.retrieve("o3").id == "o3"


def test_failures(llm: Any) -> None:
    for model, kind in (
        ("error-400", openai.BadRequestError),
        ("error-401", openai.AuthenticationError),
        ("error-429", openai.RateLimitError),
        ("error-500", openai.InternalServerError),
    ):
        with pytest.raises(kind):
            chat(llm, user("Hello"), model=model)
    with pytest.raises(openai.BadRequestError, match="messages"):
        chat(llm, [])
    for model in ("error-stream", "drop-stream"):
        with pytest.raises(openai.APIError):
            list(chat(llm, user("How do I plan a holiday?"), model=model, stream=True))


def test_connections_stay_open(url: str) -> None:
    host = url.removeprefix("http://").removesuffix("/v1")
    connection = http.client.HTTPConnection(host)
    body = json.dumps({"model": "gpt-4o", "messages": user("Hello"), "stream": True})
    for _ in range(3):
        connection.request("POST", "/v1/chat/completions", body)
        answer = connection.getresponse()
        assert answer.version == 11 and answer.read().endswith(b"data: [DONE]\n\n")
        assert not answer.will_close
    connection.request("POST", "/v1/nothing", body)
    assert connection.getresponse().status == 404
    connection.close()
