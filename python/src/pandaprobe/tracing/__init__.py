"""Traces, spans, and what they are bound to in the current context."""

from pandaprobe._core import SpanContext, TraceContext

__all__ = ["SpanContext", "TraceContext"]
