"""Which trace and spans are open in the current context (task or thread)."""

from pandaprobe._core import SpanContext, TraceContext, get_current_trace, get_span_stack

__all__ = [
    "SpanContext",
    "TraceContext",
    "current_span",
    "current_trace",
    "get_current_trace",
    "get_span_stack",
]


def current_trace() -> TraceContext | None:
    """Returns the innermost open trace of this context."""
    return get_current_trace()


def current_span() -> SpanContext | None:
    """Returns the innermost open span of this context's trace."""
    stack = get_span_stack()
    return stack[-1] if stack else None
