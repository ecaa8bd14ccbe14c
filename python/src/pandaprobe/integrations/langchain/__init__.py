"""LangChain: pass `LangChainCallbackHandler()` in ``config={"callbacks": [handler]}``."""

from pandaprobe.integrations.langchain.callback import LangChainCallbackHandler

__all__ = ["LangChainCallbackHandler"]
