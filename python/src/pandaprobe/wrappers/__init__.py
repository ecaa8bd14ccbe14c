"""Wrappers: every call of a provider's client becomes a span, without further code.

    client = wrap_openai(OpenAI())

Inside an open trace a call is a child of the innermost open span; outside it is a trace of its
own. The client stays the same object, and behaves the same.
"""

from pandaprobe.wrappers.openai import wrap_openai

__all__ = ["wrap_openai"]
