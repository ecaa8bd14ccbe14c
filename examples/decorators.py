"""A small research agent, recorded with decorators only.

Arguments and results of the decorated functions are recorded as they are; calls inside of each
other become a tree. See examples/README.md for how to run it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import needs_model
import openai
import pandaprobe
from pandaprobe.wrappers import wrap_openai

MODEL = "gpt-4o-mini"
NOTES = {
    "coffee": "Coffee was first grown in Ethiopia, and most of it is grown in Brazil today.",
    "tea": "Tea comes from China, where it has been drunk for more than two thousand years.",
}

client: openai.AsyncOpenAI


@pandaprobe.span(kind="TOOL")
async def look_up(subject: str) -> str:
    """A tool: its arguments are the input of its span, what it returns is the output."""
    await asyncio.sleep(0.01)
    return NOTES[subject]


@pandaprobe.span(name="write", kind="AGENT")
async def write(question: str, notes: list[str]) -> AsyncIterator[str]:
    """A generator: its span lasts as long as it is read."""
    context = "\n".join(notes)
    stream = await client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": f"{question}\n\nContext:\n{context}"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    async for chunk in stream:
        for choice in chunk.choices:
            if choice.delta.content:
                yield choice.delta.content


@pandaprobe.trace(name="research", tags=["example"])
async def research(messages: list[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    """One request: tools at the same time, then a streamed answer."""
    question = messages[-1]["content"]
    subjects = [subject for subject in NOTES if subject in question.lower()]
    notes = await asyncio.gather(*[look_up(subject) for subject in subjects])
    text = ""
    async for piece in write(question, notes):
        text += piece
    return {"messages": [*messages, {"role": "assistant", "content": text}]}


async def ask_all() -> None:
    """Two requests of one session."""
    global client
    async with openai.AsyncOpenAI() as made:
        client = wrap_openai(made)
        with pandaprobe.session("research-demo", name="Where drinks come from"), pandaprobe.user("user-abc"):
            for question in ("Where was coffee first grown?", "Where do tea and coffee come from?"):
                result = await research([{"role": "user", "content": question}])
                print(f"{question}\n  {result['messages'][-1]['content']}")


def main() -> None:
    """Runs it and sends what is left."""
    needs_model.check()
    asyncio.run(ask_all())
    pandaprobe.flush()


if __name__ == "__main__":
    main()
