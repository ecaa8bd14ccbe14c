"""Retrieval-augmented answers, recorded with context managers.

Each question is one trace: an embedding, a retrieval, and a model call that `wrap_openai`
records. See examples/README.md for how to run it.
"""

from __future__ import annotations

import math

import needs_model
import openai
import pandaprobe
from pandaprobe.wrappers import wrap_openai

MODEL = "gpt-4o-mini"
EMBEDDING_MODEL = "text-embedding-3-small"
DOCUMENTS = [
    "A session is one agent lifecycle: a conversation, a workflow run or a support ticket.",
    "A trace is one request of a session, and a span is one step of a trace.",
    "Refunds are paid within five working days after the parcel has come back.",
    "A parcel can be sent back for free within thirty days of its delivery.",
    "Support answers on weekdays from nine in the morning to five in the afternoon.",
    "Orders above fifty euros are delivered without a delivery fee.",
]
QUESTIONS = [
    "How many days do I have to send a parcel back for free?",
    "When are refunds paid?",
    "On which days does support answer?",
]

client: openai.OpenAI


def embed(trace: pandaprobe.tracing.TraceContext, texts: list[str]) -> list[list[float]]:
    """Embeds texts; the wrapper records chats only, so this span is written by hand."""
    with trace.span("embed", kind="EMBEDDING", model=EMBEDDING_MODEL) as span:
        span.set_input({"texts": texts})
        result = client.embeddings.create(model=EMBEDDING_MODEL, input=texts)
        span.set_token_usage(prompt_tokens=result.usage.prompt_tokens)
        span.set_output({"vectors": len(result.data), "dimensions": len(result.data[0].embedding)})
        return [item.embedding for item in result.data]


def similarity(one: list[float], other: list[float]) -> float:
    """Cosine of the angle between two vectors."""
    product = sum(a * b for a, b in zip(one, other, strict=True))
    return product / (math.hypot(*one) * math.hypot(*other))


def retrieve(trace: pandaprobe.tracing.TraceContext, question: str, top_k: int = 2) -> list[str]:
    """The documents nearest to the question."""
    with trace.span("retrieve", kind="RETRIEVER", metadata={"documents": len(DOCUMENTS)}) as span:
        span.set_input({"query": question, "top_k": top_k})
        wanted, *known = embed(trace, [question, *DOCUMENTS])
        scored = [(similarity(wanted, vector), text) for vector, text in zip(known, DOCUMENTS, strict=True)]
        best = sorted(scored, reverse=True)[:top_k]
        span.set_output([{"score": round(score, 3), "text": text} for score, text in best])
        return [text for _, text in best]


def answer(question: str) -> str:
    """Answers from the documents."""
    asked = {"messages": [{"role": "user", "content": question}]}
    with pandaprobe.start_trace("rag", input=asked, tags=["example"]) as trace:
        context = "\n".join(retrieve(trace, question))
        completion = client.chat.completions.create(
            model=MODEL,
            temperature=0,
            messages=[
                {"role": "system", "content": f"Answer only from this context:\n{context}"},
                {"role": "user", "content": question},
            ],
        )
        text = completion.choices[0].message.content or ""
        trace.set_output({"messages": [{"role": "assistant", "content": text}]})
        return text


def main() -> None:
    """Asks all questions in one session."""
    global client
    needs_model.check()
    client = wrap_openai(openai.OpenAI())
    with pandaprobe.session("rag-demo", name="Questions about the shop"), pandaprobe.user("user-abc"):
        for question in QUESTIONS:
            print(f"{question}\n  {answer(question)}")
    pandaprobe.flush()


if __name__ == "__main__":
    main()
