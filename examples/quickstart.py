"""What PandaProbe records, in five small programs.

Start the server with `make run`, install the SDK with `pip install ./python`, then:

    python examples/quickstart.py

and open http://127.0.0.1:8000/ui/p/default/sessions. No model is called.
"""

from __future__ import annotations

import asyncio
import time

import pandaprobe


def rag_pipeline() -> None:
    """A retrieval and a model call, with tokens and cost."""
    question = {"messages": [{"role": "user", "content": "What is PandaProbe?"}]}
    answer = {"messages": [{"role": "assistant", "content": "A tracing platform."}]}
    with pandaprobe.start_trace("rag-pipeline", input=question, tags=["rag", "example"]) as trace:
        with trace.span("retrieve", kind="RETRIEVER", metadata={"index": "docs"}) as span:
            span.set_input({"query": "What is PandaProbe?", "top_k": 2})
            span.set_output([{"id": 1, "text": "A tracing platform."}, {"id": 2, "text": "Open source."}])
        with trace.span("generate", kind="LLM", model="gpt-5.4") as span:
            span.set_input(question)
            span.set_model_parameters({"temperature": 0.7, "max_tokens": 1000})
            span.set_token_usage(
                prompt_tokens=150, completion_tokens=80, reasoning_tokens=12, cache_read_tokens=64
            )
            span.set_cost(total=0.002, prompt=0.0015, completion=0.0005)
            span.set_output(answer)
        trace.set_output(answer)


def nested_spans() -> None:
    """Spans inside spans: the innermost open one is the parent."""
    with pandaprobe.start_trace("pipeline") as trace:
        with trace.span("agent", kind="AGENT"):
            with trace.span("llm-call", kind="LLM", model="gpt-5.4") as span:
                span.set_token_usage(prompt_tokens=3, completion_tokens=4)
            with trace.span("tool-call", kind="TOOL") as span:
                span.set_input("ls -l")
                span.set_output(["a.txt", 3, None, True, 2.5])
        with trace.span("after"):
            pass


async def parallel_tools() -> None:
    """Concurrent spans keep their own parents."""

    async def tool(name: str) -> None:
        async with trace.span(name, kind="TOOL"):
            await asyncio.sleep(0.01)

    async with pandaprobe.start_trace("parallel-tools") as trace:
        async with trace.span("agent", kind="AGENT"):
            await asyncio.gather(tool("search"), tool("weather"), tool("calendar"))


def conversation() -> None:
    """Three turns of one session of one user."""
    history: list[dict[str, str]] = []
    with pandaprobe.session("conversation-123", name="Where is my parcel?"), pandaprobe.user("user-abc"):
        for question, reply in [
            ("Where is my parcel?", "It left the warehouse this morning."),
            ("When will it arrive?", "Tomorrow before noon."),
            ("Thank you!", "You are welcome."),
        ]:
            history.append({"role": "user", "content": question})
            with pandaprobe.start_trace("turn", input={"messages": list(history)}) as trace:
                with trace.span("chat", kind="LLM", model="gpt-4o") as span:
                    span.set_input({"messages": list(history)})
                    time.sleep(0.02)
                    span.set_token_usage(prompt_tokens=12 * len(history), completion_tokens=9)
                    span.set_cost(total=0.0001 * len(history))
                    history.append({"role": "assistant", "content": reply})
                    span.set_output({"messages": history[-1:]})
                trace.set_output({"messages": history[-1:]})


def risky_operation() -> None:
    """An exception marks span and trace, and goes on."""
    with pandaprobe.start_trace("risky-operation") as trace:
        with trace.span("might-fail", kind="LLM") as span:
            span.set_model("gpt-4o")
            raise ValueError("Something went wrong")


def main() -> None:
    """Runs them all and says where to look."""
    rag_pipeline()
    nested_spans()
    asyncio.run(parallel_tools())
    conversation()
    try:
        risky_operation()
    except ValueError as error:
        print(f"risky_operation raised, as it should: {error}")
    pandaprobe.flush()
    print("sent five kinds of traces to the project `default`")


if __name__ == "__main__":
    main()
