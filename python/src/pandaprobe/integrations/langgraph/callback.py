"""The callback handler for LangGraph."""

from __future__ import annotations

try:
    from pandaprobe.integrations._langchain.handler import CallbackHandler
except ModuleNotFoundError as error:
    raise ImportError(
        "pandaprobe.integrations.langgraph needs langgraph and langchain-core: "
        'pip install "pandaprobe[langgraph]"'
    ) from error

__all__ = ["LangGraphCallbackHandler"]


class LangGraphCallbackHandler(CallbackHandler):
    """Makes a trace of every run of a graph, named as the graph is.

    One handler serves any number of runs, also at the same time.

    Args:
        client: Where traces go; by default the client of the process when a run begins.
        session_id: Of the traces; by default that of the context in which a run begins.
        user_id: Likewise.
        tags: Of the traces.
        metadata: Of the traces.
    """
