"""One run of `bench.py`: traces with 3 nested spans, timed round by round.

Arguments: SDK, port, number of traces, characters of a message, rounds per second (0: as
fast as it goes). Prints one line of JSON.
"""

from __future__ import annotations

import json
import logging
import statistics
import sys
import time
from collections.abc import Callable

NODES = 4


def pandaprobe_round(port: int, text: str) -> tuple[Callable[[], None], Callable[[], None]]:
    """Returns round and flush for `pandaprobe`, ours or the original."""
    import pandaprobe

    pandaprobe.init(api_key="sk_pp_bench", project_name="bench", endpoint=f"http://127.0.0.1:{port}")
    question = {"messages": [{"role": "user", "content": text}]}
    answer = {"messages": [{"role": "assistant", "content": text}]}

    def round_() -> None:
        with pandaprobe.start_trace("request", input=question) as trace:
            with trace.span("agent", kind="AGENT"), trace.span("step", kind="CHAIN"):
                with trace.span("llm", kind="LLM") as span:
                    span.set_input(question)
                    span.set_model("gpt-4o")
                    span.set_token_usage(prompt_tokens=12, completion_tokens=7)
                    span.set_output(answer)
            trace.set_output(answer)

    return round_, lambda: pandaprobe.flush(60)


def opentelemetry_round(port: int, text: str) -> tuple[Callable[[], None], Callable[[], None]]:
    """Returns round and flush for OpenTelemetry with its batch processor over HTTP."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    exporter = OTLPSpanExporter(endpoint=f"http://127.0.0.1:{port}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    start = provider.get_tracer("bench").start_as_current_span
    question = [{"role": "user", "content": text}]
    answer = [{"role": "assistant", "content": text}]

    def round_() -> None:
        with start("request") as trace:
            trace.set_attribute("input", json.dumps(question))
            with start("agent"), start("step"), start("llm") as span:
                span.set_attribute("input", json.dumps(question))
                span.set_attribute("model", "gpt-4o")
                span.set_attribute("prompt_tokens", 12)
                span.set_attribute("completion_tokens", 7)
                span.set_attribute("output", json.dumps(answer))
            trace.set_attribute("output", json.dumps(answer))

    return round_, lambda: (provider.force_flush(60_000), None)[1]


def main() -> None:
    """Runs the workload."""
    logging.disable(logging.CRITICAL)
    sdk, port, traces, text, rate = (
        sys.argv[1],
        int(sys.argv[2]),
        int(sys.argv[3]),
        int(sys.argv[4]),
        float(sys.argv[5]),
    )
    make = opentelemetry_round if sdk.startswith("opentelemetry") else pandaprobe_round
    round_, flush = make(port, "x" * text)
    for _ in range(200):
        round_()
    flush()
    nanoseconds = []
    thread_start, process_start = time.thread_time_ns(), time.process_time_ns()
    next_at = time.perf_counter()
    idle = 0
    for _ in range(traces - 200):
        if rate:
            next_at += 1 / rate
            before_sleep = time.thread_time_ns()
            time.sleep(max(0.0, next_at - time.perf_counter()))
            idle += time.thread_time_ns() - before_sleep
        start = time.perf_counter_ns()
        round_()
        nanoseconds.append(time.perf_counter_ns() - start)
    thread = time.thread_time_ns() - thread_start - idle
    flush()
    process = time.process_time_ns() - process_start
    micros = sorted(nanosecond / 1000 / NODES for nanosecond in nanoseconds)
    rounds = len(micros)
    print(
        json.dumps(
            {
                "p50": statistics.median(micros),
                "mean": statistics.fmean(micros),
                "p99": micros[int(rounds * 0.99)],
                "thread CPU": thread / 1000 / NODES / rounds,
                "process CPU": process / 1000 / NODES / rounds,
            }
        )
    )


if __name__ == "__main__":
    main()
