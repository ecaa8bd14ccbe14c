"""Traces, spans, and what they are bound to in the current context."""

from pandaprobe._core import SpanContext, TraceContext
from pandaprobe.tracing.context import current_span, current_trace

__all__ = ["SpanContext", "TraceContext", "current_span", "current_trace"]
