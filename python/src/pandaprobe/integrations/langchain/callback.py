"""The callback handler for LangChain."""

from __future__ import annotations

from typing import ClassVar

try:
    from pandaprobe.integrations._langchain.handler import CallbackHandler
except ModuleNotFoundError as error:
    raise ImportError(
        'pandaprobe.integrations.langchain needs langchain-core: pip install "pandaprobe[langchain]"'
    ) from error

__all__ = ["LangChainCallbackHandler"]


class LangChainCallbackHandler(CallbackHandler):
    """Makes a trace of every run of a chain, model, tool or retriever.

    Chains that LangChain names by their mere type are traces named ``LangChain``. One handler
    serves any number of runs, also at the same time.

    Args:
        client: Where traces go; by default the client of the process when a run begins.
        session_id: Of the traces; by default that of the context in which a run begins.
        user_id: Likewise.
        tags: Of the traces.
        metadata: Of the traces.
    """

    _renamed: ClassVar = {"LangGraph": "LangChain", "RunnableSequence": "LangChain"}
