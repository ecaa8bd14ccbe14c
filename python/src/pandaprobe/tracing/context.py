"""Which trace and spans are open in the current context (task or thread)."""

from pandaprobe._core import SpanContext, TraceContext, get_current_trace, get_span_stack

__all__ = ["SpanContext", "TraceContext", "get_current_trace", "get_span_stack"]
