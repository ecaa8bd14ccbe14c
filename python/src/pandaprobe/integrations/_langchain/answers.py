"""What models answered: messages and tokens."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGeneration, Generation, LLMResult

from pandaprobe.integrations._langchain.messages import Json, message_dict, thoughts
from pandaprobe.wrappers._openai_usage import chat_usage
from pandaprobe.wrappers._values import as_dict, count

_PARAMETERS = (
    "temperature",
    "top_p",
    "top_k",
    "seed",
    "n",
    "candidate_count",
    "max_tokens",
    "max_output_tokens",
    "max_completion_tokens",
    "frequency_penalty",
    "presence_penalty",
    "stop",
    "stop_sequences",
    "response_format",
    "response_modalities",
    "response_mime_type",
    "reasoning_effort",
    "reasoning",
    "thinking",
    "thinking_level",
    "thinking_budget",
    "thinking_config",
    "stream_options",
    "service_tier",
    "truncation",
)


def request_fields(invocation: Any, metadata: Any) -> Json:
    """Model and parameters of a call, as the fields of its span."""
    invocation, metadata = as_dict(invocation), as_dict(metadata)
    model = invocation.get("model") or invocation.get("model_name") or metadata.get("ls_model_name")
    known = {name: invocation[name] for name in _PARAMETERS if invocation.get(name) is not None}
    fields: Json = {"model": model} if isinstance(model, str) else {}
    if known:
        fields["model_parameters"] = known
    return fields


def answer_fields(result: LLMResult, model: str | None) -> Json:
    """Output, tokens and thoughts of a call, as the fields of its span."""
    generation = next((one for several in result.generations for one in several), None)
    message = generation.message if isinstance(generation, ChatGeneration) else None
    fields: Json = {"output": _output(generation, message)}
    reported, buckets = _usage(message, result.llm_output)
    if reported:
        fields.update(token_usage=reported, usage=buckets)
    if message is not None:
        thought = thoughts(message)
        if thought:
            fields["metadata"] = {"reasoning_summary": thought}
        told = message.response_metadata.get("model_name") or message.response_metadata.get("model")
        if model is None and isinstance(told, str):
            fields["model"] = told
    return fields


def _output(generation: Generation | None, message: BaseMessage | None) -> Json | None:
    if message is not None:
        return {"messages": [message_dict(message)]}
    if generation is None:
        return None
    return {"messages": [{"role": "assistant", "content": generation.text}]}


def _usage(message: BaseMessage | None, llm_output: Any) -> tuple[Json, Json]:
    usage = as_dict(getattr(message, "usage_metadata", None))
    if usage:
        return _from_metadata(usage)
    llm_output = as_dict(llm_output)
    return chat_usage(llm_output.get("token_usage") or llm_output.get("usage"))


def _from_metadata(usage: Json) -> tuple[Json, Json]:
    """LangChain's own counts: input and output hold all of their details."""
    prompt, output = count(usage.get("input_tokens")), count(usage.get("output_tokens"))
    of_input, of_output = (
        as_dict(usage.get("input_token_details")),
        as_dict(usage.get("output_token_details")),
    )
    cache_read, cache_write = _detail(of_input, "cache_read"), _detail(of_input, "cache_creation")
    reasoning = _detail(of_output, "reasoning")
    audio_in, audio_out = _detail(of_input, "audio"), _detail(of_output, "audio")
    reported = {
        "prompt_tokens": prompt,
        "completion_tokens": max(0, output - reasoning),
        "total_tokens": count(usage.get("total_tokens")),
        "reasoning_tokens": reasoning,
        "cache_read_tokens": cache_read,
        "cache_creation_tokens": cache_write,
    }
    buckets = {
        "input": max(0, prompt - cache_read - cache_write - audio_in),
        "cache_read": cache_read,
        "cache_write": cache_write,
        "audio_input": audio_in,
        "output": max(0, output - reasoning - audio_out),
        "reasoning": reasoning,
        "audio_output": audio_out,
    }
    return _without_zeros(reported, "prompt_tokens", "completion_tokens"), _without_zeros(
        buckets, "input", "output"
    )


def _detail(details: Json, name: str) -> int:
    """A detail; with a service tier its name has the tier in front."""
    tiers = sum(count(value) for key, value in details.items() if key.endswith(f"_{name}"))
    return count(details.get(name)) or tiers


def _without_zeros(counts: dict[str, int], *kept: str) -> Json:
    return {name: value for name, value in counts.items() if value or name in kept}
