"""Token counts of OpenAI and of what is compatible with it."""

from __future__ import annotations

from typing import Any

from pandaprobe.wrappers._api import Json
from pandaprobe.wrappers._values import as_dict, count


def chat_usage(usage: Any) -> tuple[Json, Json]:
    """Of a chat completion: as reported, and in disjoint buckets."""
    usage = as_dict(usage)
    prompt_details = as_dict(usage.get("prompt_tokens_details"))
    if "cached_tokens" not in prompt_details and count(usage.get("prompt_cache_hit_tokens")):
        # As DeepSeek reports it.
        prompt_details = {**prompt_details, "cached_tokens": usage["prompt_cache_hit_tokens"]}
    return _usage(
        usage,
        usage.get("prompt_tokens"),
        usage.get("completion_tokens"),
        prompt_details,
        as_dict(usage.get("completion_tokens_details")),
    )


def response_usage(usage: Any) -> tuple[Json, Json]:
    """Of a response: as reported, and in disjoint buckets."""
    usage = as_dict(usage)
    return _usage(
        usage,
        usage.get("input_tokens"),
        usage.get("output_tokens"),
        as_dict(usage.get("input_tokens_details")),
        as_dict(usage.get("output_tokens_details")),
    )


def _usage(
    usage: Json, prompt: Any, completion: Any, prompt_details: Json, details: Json
) -> tuple[Json, Json]:
    if not usage:
        return {}, {}
    prompt, completion, total = count(prompt), count(completion), count(usage.get("total_tokens"))
    cache_read, cache_write = (
        count(prompt_details.get("cached_tokens")),
        count(prompt_details.get("cache_write_tokens")),
    )
    reported = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": total,
        **{name: count(value) for name, value in details.items()},
        "cache_read_tokens": cache_read,
        "cache_creation_tokens": cache_write,
    }
    always = ("prompt_tokens", "completion_tokens")
    reported = {name: value for name, value in reported.items() if value or name in always}

    audio_in = count(prompt_details.get("audio_tokens"))
    reasoning, audio_out = count(details.get("reasoning_tokens")), count(details.get("audio_tokens"))
    # Some compatible providers count reasoning beside the completion, as their total shows.
    beside = reasoning > 0 and total == prompt + completion + reasoning
    buckets = {
        "input": max(0, prompt - cache_read - cache_write - audio_in),
        "cache_read": cache_read,
        "cache_write": cache_write,
        "audio_input": audio_in,
        "output": max(0, completion - audio_out - (0 if beside else reasoning)),
        "reasoning": reasoning,
        "audio_output": audio_out,
    }
    return reported, {name: value for name, value in buckets.items() if value or name in ("input", "output")}
