"""The callback handlers for LangGraph and LangChain, with the real frameworks."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import openai
import pytest
from langchain_core.callbacks import BaseCallbackHandler, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.language_models.fake import FakeListLLM
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import Command, interrupt

import pandaprobe
from backend import FakeBackend
from pandaprobe.integrations.langchain.callback import LangChainCallbackHandler
from pandaprobe.integrations.langgraph import LangGraphCallbackHandler
from pandaprobe.tracing.context import get_current_trace
from stand_in import stand_in

Json = dict[str, Any]


@tool
def get_weather(city: str) -> str:
    """The weather of a city."""
    if city == "Atlantis":
        raise ValueError("no such city")
    return json.dumps({"city": city, "sky": "clear"})


@pytest.fixture(scope="module")
def llm() -> Iterator[str]:
    with stand_in() as url:
        yield url


def agent_graph(url: str, model: str = "gpt-4o", **options: Any) -> Any:
    """A model that may call tools, in a loop."""
    chat: Any = ChatOpenAI(model=model, base_url=url, api_key="offline", max_retries=0, **options)  # type: ignore[arg-type]
    bound = chat.bind_tools([get_weather])

    async def aagent(state: MessagesState) -> Json:
        return {"messages": [await bound.ainvoke(state["messages"])]}

    def agent(state: MessagesState) -> Json:
        return {"messages": [bound.invoke(state["messages"])]}

    graph: Any = StateGraph(MessagesState)
    graph.add_node("agent", RunnableLambda(agent, aagent))
    graph.add_node("tools", ToolNode([get_weather]))
    graph.add_edge(START, "agent")
    graph.add_conditional_edges("agent", tools_condition)
    graph.add_edge("tools", "agent")
    return graph.compile()


def question(city: str = "Paris") -> Json:
    return {"messages": [("user", f"What is the weather in {city}?")]}


def config(handler: BaseCallbackHandler) -> Any:
    return {"callbacks": [handler]}


def sent(backend: FakeBackend) -> list[Json]:
    pandaprobe.flush()
    return backend.traces


def only(backend: FakeBackend) -> Json:
    (trace,) = sent(backend)
    return trace


def by_name(trace: Json) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for span in trace["spans"]:
        found.setdefault(span["name"], []).append(span)
    return found


def parents(trace: Json) -> dict[str, set[str | None]]:
    names = {span["span_id"]: span["name"] for span in trace["spans"]}
    found: dict[str, set[str | None]] = {}
    for span in trace["spans"]:
        found.setdefault(span["name"], set()).add(names.get(span.get("parent_span_id")))
    return found


def test_an_agent_with_a_tool(llm: str, client: pandaprobe.Client, backend: FakeBackend) -> None:
    handler = LangGraphCallbackHandler(
        session_id="lg-session", user_id="lg-user", tags=["lg"], metadata={"v": 1}
    )
    result = agent_graph(llm, temperature=0.5).invoke(question(), config(handler))
    trace = only(backend)
    assert (trace["name"], trace["status"]) == ("LangGraph", "COMPLETED")
    assert (trace["session_id"], trace["user_id"]) == ("lg-session", "lg-user")
    assert (trace["tags"], trace["metadata"]) == (["lg"], {"v": 1})
    assert trace["input"] == {"messages": [{"role": "user", "content": "What is the weather in Paris?"}]}
    answer = {"role": "assistant", "content": result["messages"][-1].content}
    assert trace["output"] == {"messages": [answer]}

    spans = by_name(trace)
    assert parents(trace) == {
        "LangGraph": {None},
        "agent": {"LangGraph", "agent"},  # The node, and the runnable in it.
        "tools": {"LangGraph"},
        "ChatOpenAI": {"agent"},
        "tools_condition": {"agent"},
        "get_weather": {"tools"},
    }
    kinds = {name: span["kind"] for name, (span, *_) in spans.items()}
    assert (kinds["LangGraph"], kinds["agent"], kinds["get_weather"]) == ("CHAIN", "AGENT", "TOOL")
    assert {span["status"] for span in trace["spans"]} == {"OK"}
    (weather,) = spans["get_weather"]
    assert weather["input"] == {"city": "Paris"}
    assert json.loads(weather["output"]) == {"city": "Paris", "sky": "clear"}

    first, second = spans["ChatOpenAI"]
    assert (first["kind"], first["model"]) == ("LLM", "gpt-4o")
    assert first["model_parameters"] == {"temperature": 0.5}
    call = first["output"]["messages"][0]["tool_calls"][0]
    assert call["function"] == {"name": "get_weather", "arguments": '{"city": "Paris"}'}
    assert [message["role"] for message in second["input"]["messages"]] == ["user", "assistant", "tool"]
    usage = result["messages"][1].usage_metadata
    assert first["token_usage"] == {
        "prompt_tokens": usage["input_tokens"],
        "completion_tokens": usage["output_tokens"],
        "total_tokens": usage["total_tokens"],
    }
    assert first["usage"] == {"input": usage["input_tokens"], "output": usage["output_tokens"]}
    assert len(handler._runs) == 0


def test_span_ids_are_the_ids_of_the_runs(client: pandaprobe.Client, backend: FakeBackend) -> None:
    handler, (chain, tool_run) = LangGraphCallbackHandler(), (uuid4(), uuid4())
    handler.on_chain_start({}, {"messages": []}, run_id=chain, name="graph")
    handler.on_tool_start({"name": "look"}, '{"a": 1}', run_id=tool_run, parent_run_id=chain)
    handler.on_tool_end("seen", run_id=tool_run)
    handler.on_chain_end({}, run_id=chain)
    tool_span, root = only(backend)["spans"]
    assert (UUID(root["span_id"]), UUID(tool_span["span_id"])) == (chain, tool_run)
    assert tool_span["parent_span_id"] == root["span_id"]
    assert tool_span["input"] == {"a": 1}


def test_spans_are_sent_while_the_run_goes_on(backend: FakeBackend) -> None:
    pandaprobe.init(endpoint=backend.url, flush_interval=0.05)
    handler, (chain, tool_run) = LangGraphCallbackHandler(), (uuid4(), uuid4())
    handler.on_chain_start({}, {"messages": [("user", "Go")]}, run_id=chain, name="graph")
    handler.on_tool_start({"name": "look"}, "x", run_id=tool_run, parent_run_id=chain)
    handler.on_tool_end("seen", run_id=tool_run)
    while not any(trace.get("spans") for trace in backend.traces):
        time.sleep(0.01)
    running = backend.trace
    assert (running["status"], "ended_at" in running) == ("RUNNING", False)
    assert running["input"] == {"messages": [{"role": "user", "content": "Go"}]}
    assert [span["name"] for span in running["spans"]] == ["look"]
    handler.on_chain_end({}, run_id=chain)
    assert only(backend)["status"] == "COMPLETED"


def test_async_and_streamed_runs(llm: str, client: pandaprobe.Client, backend: FakeBackend) -> None:
    handler = LangGraphCallbackHandler()

    async def main() -> None:
        async with openai.DefaultAsyncHttpxClient() as http:
            graph = agent_graph(llm, streaming=True, stream_usage=True, http_async_client=http)
            with pandaprobe.session("async"):
                await graph.ainvoke(question(), config(handler))
            async for _ in graph.astream(question("Rome"), config(handler), stream_mode="messages"):
                assert get_current_trace() is None

    asyncio.run(main())
    invoked, streamed = sent(backend)
    assert (invoked["session_id"], "session_id" in streamed) == ("async", False)
    for trace in (invoked, streamed):
        assert parents(trace)["ChatOpenAI"] == {"agent"}
        for span in by_name(trace)["ChatOpenAI"]:
            assert span["started_at"] <= span["completion_start_time"] <= span["ended_at"]
            assert span["token_usage"]["total_tokens"] > 0
    assert len(handler._runs) == 0


def test_one_handler_in_concurrent_runs(llm: str, client: pandaprobe.Client, backend: FakeBackend) -> None:
    graph, handler = agent_graph(llm), LangGraphCallbackHandler()
    cities = [f"City{number}" for number in range(12)]

    async def main() -> None:
        async with openai.DefaultAsyncHttpxClient() as http:
            graph = agent_graph(llm, http_async_client=http)
            await asyncio.gather(*[graph.ainvoke(question(city), config(handler)) for city in cities[:6]])

    asyncio.run(main())
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda city: graph.invoke(question(city), config(handler)), cities[6:]))
    traces = sent(backend)
    asked = {trace["input"]["messages"][0]["content"].split()[-1].rstrip("?"): trace for trace in traces}
    assert set(asked) == set(cities)
    for city, trace in asked.items():
        (weather,) = by_name(trace)["get_weather"]
        assert weather["input"] == {"city": city}
        assert len(trace["spans"]) == 11
        assert parents(trace)["LangGraph"] == {None}
    assert len(handler._runs) == 0


def test_inside_an_open_trace_a_run_is_still_its_own(
    llm: str, client: pandaprobe.Client, backend: FakeBackend
) -> None:
    with pandaprobe.session("shared"), pandaprobe.start_trace("request") as around:
        agent_graph(llm).invoke(question(), config(LangGraphCallbackHandler()))
        assert get_current_trace() is around
    graph, request = sent(backend)
    assert [(trace["name"], trace["session_id"]) for trace in (graph, request)] == [
        ("LangGraph", "shared"),
        ("request", "shared"),
    ]
    assert "spans" not in request


def test_errors(llm: str, client: pandaprobe.Client, backend: FakeBackend) -> None:
    handler = LangGraphCallbackHandler()
    with pytest.raises(Exception, match="server had an error"):
        agent_graph(llm, "error-500").invoke(question(), config(handler))
    with pytest.raises(ValueError, match="no such city"):
        agent_graph(llm).invoke(question("Atlantis"), config(handler))
    model_failed, tool_failed = sent(backend)
    for trace, name in ((model_failed, "ChatOpenAI"), (tool_failed, "get_weather")):
        assert trace["status"] == "ERROR"
        (span,) = (span for span in by_name(trace)[name] if span["status"] == "ERROR")
        assert span["error"] and span["metadata"]["exception"]["stacktrace"].startswith("Traceback")
        assert by_name(trace)["LangGraph"][0]["status"] == "ERROR"
    assert by_name(tool_failed)["get_weather"][0]["metadata"]["exception"]["type"] == "ValueError"
    assert len(handler._runs) == 0


def test_an_interrupt_is_no_error(client: pandaprobe.Client, backend: FakeBackend) -> None:
    def ask(state: MessagesState) -> Json:
        return {"messages": [AIMessage(f"You said {interrupt('Really?')}")]}

    graph: Any = StateGraph(MessagesState)
    graph.add_node("ask", ask)
    graph.add_edge(START, "ask")
    compiled = graph.compile(checkpointer=InMemorySaver())
    settings = {**config(LangGraphCallbackHandler()), "configurable": {"thread_id": "1"}}
    compiled.invoke({"messages": [("user", "Do it")]}, settings)
    compiled.invoke(Command(resume="yes"), settings)
    stopped, resumed = sent(backend)
    assert stopped["status"] == resumed["status"] == "COMPLETED"
    (node,) = by_name(stopped)["ask"]
    assert node["status"] == "OK" and "error" not in node
    assert node["metadata"] == {"interrupted": True, "interrupts": ["Really?"]}
    assert resumed["output"]["messages"][0]["content"] == "You said yes"


def test_bare_models_are_traces_of_their_own(
    llm: str, client: pandaprobe.Client, backend: FakeBackend
) -> None:
    handler = LangChainCallbackHandler()
    chat = GenericFakeChatModel(messages=iter([AIMessage("fine")]))
    chat.invoke([("system", "Be brief."), ("user", "How are you?")], config(handler))
    FakeListLLM(responses=["a text"]).invoke("Write a text", config(handler))
    chat_trace, text_trace = sent(backend)
    assert chat_trace["name"] == "GenericFakeChatModel"
    assert chat_trace["input"] == {"messages": [{"role": "user", "content": "How are you?"}]}
    assert chat_trace["output"] == {"messages": [{"role": "assistant", "content": "fine"}]}
    (span,) = chat_trace["spans"]
    assert (span["kind"], len(span["input"]["messages"]), "parent_span_id" in span) == ("LLM", 2, False)
    assert text_trace["input"] == {"messages": [{"role": "user", "content": "Write a text"}]}
    assert text_trace["output"]["messages"][0]["content"] == "a text"
    assert text_trace["spans"][0]["input"] == ["Write a text"]
    assert len(handler._runs) == 0


def test_streams_of_a_model(llm: str, client: pandaprobe.Client, backend: FakeBackend) -> None:
    chat: Any = ChatOpenAI(model="gpt-4o", base_url=llm, api_key="offline")  # type: ignore[arg-type]
    settings = config(LangChainCallbackHandler())
    for _ in chat.stream("Hello", settings):
        pass
    for _ in chat.stream_events("Hello", settings, version="v3"):
        pass
    left = chat.stream("Hello", settings)
    next(left), next(left)
    left.close()
    spans = [trace["spans"][0] for trace in sent(backend)]
    assert [span["status"] for span in spans] == ["OK"] * 3
    assert all(span["completion_start_time"] for span in spans)
    said = [span["output"]["messages"][0]["content"] for span in spans]
    assert said == ["Hello! How can I help you today?"] * 2 + ["Hello"]
    assert spans[2]["metadata"] == {"stream_left_early": True}


class Library(BaseRetriever):
    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        if query == "fire":
            raise OSError("the library burns")
        return [Document(page_content="a book", metadata={"shelf": 3})]


def test_retrievers(client: pandaprobe.Client, backend: FakeBackend) -> None:
    handler = LangChainCallbackHandler()
    chain = Library() | RunnableLambda(lambda documents: documents[0].page_content)
    chain.invoke("books", config(handler))
    with pytest.raises(OSError, match="burns"):
        Library().invoke("fire", config(handler))
    found, failed = sent(backend)
    assert found["name"] == "LangChain"
    (span,) = by_name(found)["Library"]
    assert (span["kind"], span["input"]) == ("RETRIEVER", "books")
    assert span["output"] == [{"page_content": "a book", "metadata": {"shelf": 3}}]
    (span,) = failed["spans"]
    assert (failed["status"], span["status"], span["error"]) == ("ERROR", "ERROR", "the library burns")
    assert len(handler._runs) == 0


def test_a_chain_of_langchain(client: pandaprobe.Client, backend: FakeBackend) -> None:
    chat = GenericFakeChatModel(messages=iter([AIMessage("hello there")]))
    chain = ChatPromptTemplate.from_messages([("user", "Say {what}")]) | chat
    chain.invoke({"what": "hello"}, config(LangChainCallbackHandler()))
    trace = only(backend)
    assert trace["name"] == "LangChain"
    assert trace["input"] == {"what": "hello"}
    assert trace["output"] == {"messages": [{"role": "assistant", "content": "hello there"}]}
    spans = by_name(trace)
    assert spans["RunnableSequence"][0]["kind"] == "CHAIN"
    assert spans["ChatPromptTemplate"][0]["output"] == {
        "messages": [{"role": "user", "content": "Say hello"}]
    }


def finished_model(backend: FakeBackend, message: AIMessage, **llm_output: Any) -> Json:
    """The span of a model that answered `message`."""
    handler, run_id = LangGraphCallbackHandler(), uuid4()
    handler.on_chat_model_start({"name": "model"}, [[HumanMessage("Hi")]], run_id=run_id)
    result = LLMResult(generations=[[ChatGeneration(message=message)]], llm_output=llm_output)
    handler.on_llm_end(result, run_id=run_id)
    span = only(backend)["spans"][0]
    assert isinstance(span, dict)
    return span


def test_tokens_and_thoughts(client: pandaprobe.Client, backend: FakeBackend) -> None:
    message = AIMessage(
        content=[
            {"type": "thinking", "thinking": "Hmm."},
            {"type": "text", "text": "It is"},
            {"type": "text", "text": "sunny."},
        ],
        usage_metadata={
            "input_tokens": 12,
            "output_tokens": 9,
            "total_tokens": 21,
            "input_token_details": {"cache_read": 6, "cache_creation": 2},
            "output_token_details": {"reasoning": 4},
        },
    )
    span = finished_model(backend, message)
    assert span["output"] == {"messages": [{"role": "assistant", "content": "It is sunny."}]}
    assert span["metadata"] == {"reasoning_summary": "Hmm."}
    assert span["token_usage"] == {
        "prompt_tokens": 12,
        "completion_tokens": 5,
        "total_tokens": 21,
        "reasoning_tokens": 4,
        "cache_read_tokens": 6,
        "cache_creation_tokens": 2,
    }
    assert span["usage"] == {"input": 4, "cache_read": 6, "cache_write": 2, "output": 5, "reasoning": 4}


def test_tokens_of_older_models(client: pandaprobe.Client, backend: FakeBackend) -> None:
    counts = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    span = finished_model(backend, AIMessage("ok"), token_usage=counts)
    assert (span["token_usage"], span["usage"]) == (counts, {"input": 3, "output": 4})


def test_messages_of_every_kind(client: pandaprobe.Client, backend: FakeBackend) -> None:
    handler, run_id = LangGraphCallbackHandler(), uuid4()
    state = [
        HumanMessage("a", name="ada"),
        AIMessageChunk(content="b"),
        ToolMessage("c", tool_call_id="1", status="error"),
        ("ai", "d"),
        "e",
        {"role": "human", "content": "f"},
    ]
    handler.on_chain_start(None, {"messages": state, "more": {"last": HumanMessage("g")}}, run_id=run_id)
    handler.on_chain_end({"messages": []}, run_id=run_id)
    (span,) = only(backend)["spans"]
    assert span["name"] == "chain"
    assert span["input"] == {
        "messages": [
            {"role": "user", "content": "a", "name": "ada"},
            {"role": "assistant", "content": "b"},
            {"role": "tool", "content": "c", "tool_call_id": "1", "status": "error"},
            {"role": "assistant", "content": "d"},
            {"role": "user", "content": "e"},
            {"role": "user", "content": "f"},
        ],
        "more": {"last": {"role": "user", "content": "g"}},
    }


def test_a_tool_that_reports_an_error(client: pandaprobe.Client, backend: FakeBackend) -> None:
    handler, run_id = LangGraphCallbackHandler(), uuid4()
    handler.on_tool_start({"name": "look"}, "a picture", run_id=run_id, inputs={"what": "a picture"})
    handler.on_tool_end(ToolMessage("too dark", tool_call_id="1", status="error"), run_id=run_id)
    (span,) = only(backend)["spans"]
    assert (span["status"], span["error"], span["output"]) == ("ERROR", "too dark", "too dark")


def test_what_never_ends_goes_with_its_root(client: pandaprobe.Client, backend: FakeBackend) -> None:
    handler, (root, lost) = LangGraphCallbackHandler(), (uuid4(), uuid4())
    handler.on_chain_start({}, {}, run_id=root)
    handler.on_tool_start({"name": "lost"}, "x", run_id=lost, parent_run_id=root)
    handler.on_chain_end({}, run_id=root)
    handler.on_tool_end("late", run_id=lost)
    span = by_name(only(backend))["lost"][0]
    assert (span["status"], span["metadata"]) == ("UNSET", {"unfinished": True})
    assert len(handler._runs) == 0


def test_odd_events_never_raise(client: pandaprobe.Client, caplog: pytest.LogCaptureFixture) -> None:
    handler: Any = LangGraphCallbackHandler()
    handler.on_chain_end({}, run_id=uuid4())
    handler.on_llm_end(None, run_id=uuid4())
    handler.on_llm_new_token("x", run_id=uuid4())
    run_id = uuid4()
    handler.on_chat_model_start(None, None, run_id=run_id)
    handler.on_llm_end(object(), run_id=run_id)
    handler.on_llm_error(ValueError(), run_id=run_id)
    assert len(handler._runs) == 0


def test_without_a_client(
    llm: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PANDAPROBE_ENABLED", "false")
    handler = LangGraphCallbackHandler()
    agent_graph(llm).invoke(question(), config(handler))
    assert caplog.text == "" and len(handler._runs) == 0
    monkeypatch.delenv("PANDAPROBE_ENABLED")
    monkeypatch.setenv("PANDAPROBE_ENDPOINT", "https://example.invalid")
    monkeypatch.setattr("pandaprobe.client._auto_init_attempted", False)
    agent_graph(llm).invoke(question(), config(handler))
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1 and "API key is required" in errors[0].getMessage()


def test_a_client_of_one_s_own(llm: str, backend: FakeBackend) -> None:
    own = pandaprobe.Client(endpoint=backend.url)
    agent_graph(llm).invoke(question(), config(LangGraphCallbackHandler(client=own)))
    own.shutdown()
    assert len(backend.traces) == 1


@pytest.mark.parametrize("name", ["langgraph", "langchain"])
def test_what_is_missing_is_named(name: str) -> None:
    program = f"""
import sys
sys.modules["langchain_core"] = None
try:
    import pandaprobe.integrations.{name}
except ImportError as error:
    assert 'pip install "pandaprobe[{name}]"' in str(error), error
else:
    raise AssertionError
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
