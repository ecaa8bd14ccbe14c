"""LangGraph: pass `LangGraphCallbackHandler()` in ``config={"callbacks": [handler]}``."""

from pandaprobe.integrations.langgraph.callback import LangGraphCallbackHandler

__all__ = ["LangGraphCallbackHandler"]
