"""PandaProbe: trace AI agents, session by session.

    import pandaprobe

    with pandaprobe.session("support-4711"), pandaprobe.start_trace("answer") as trace:
        with trace.span("llm", kind="LLM") as span:
            span.set_model("gpt-4o")

Without any configuration traces go to ``http://127.0.0.1:8000``. Nothing here blocks or
breaks the program that uses it.
"""

from pandaprobe._core import __version__
from pandaprobe._internal.enums import ScoreDataType, SpanKind, SpanStatusCode, TraceStatus
from pandaprobe.client import Client, flush, get_client, init, score, shutdown, start_trace
from pandaprobe.decorators import span, trace
from pandaprobe.tracing.session import session, set_session, set_user, user

__all__ = [
    "Client",
    "ScoreDataType",
    "SpanKind",
    "SpanStatusCode",
    "TraceStatus",
    "__version__",
    "flush",
    "get_client",
    "init",
    "score",
    "session",
    "set_session",
    "set_user",
    "shutdown",
    "span",
    "start_trace",
    "trace",
    "user",
]
