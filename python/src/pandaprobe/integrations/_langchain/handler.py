"""The callback handler that turns runs into traces and spans."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.messages import BaseMessage, ToolMessage
from langchain_core.outputs import LLMResult

import pandaprobe.client
from pandaprobe.client import Client, get_client
from pandaprobe.integrations._langchain.answers import answer_fields, request_fields
from pandaprobe.integrations._langchain.messages import (
    Json,
    as_conversation,
    first_prompt,
    plain,
    tool_input,
)
from pandaprobe.integrations._langchain.runs import Root, Runs, error_fields, now
from pandaprobe.tracing.context import TraceContext
from pandaprobe.validation import extract_last_user_message

_log = logging.getLogger("pandaprobe")

_Method = TypeVar("_Method", bound=Callable[..., None])


def _never_raises(method: _Method) -> _Method:
    @functools.wraps(method)
    def quiet(*arguments: Any, **keywords: Any) -> None:
        try:
            method(*arguments, **keywords)
        except Exception as error:
            _log.warning("%s is not recorded: %r", method.__name__, error)

    return quiet  # type: ignore[return-value]


class CallbackHandler(BaseCallbackHandler):
    """Makes a trace of every run that nothing contains. State is kept per such run."""

    # Otherwise async runs call it from other threads, and events may overtake each other.
    run_inline = True

    _renamed: ClassVar[Mapping[str, str]] = {}
    """Names of root runs that say little → name of the trace."""

    def __init__(
        self,
        *,
        client: Client | None = None,
        session_id: str | None = None,
        user_id: str | None = None,
        tags: Sequence[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self._client = client
        self._session_id = session_id
        self._user_id = user_id
        self._tags = tags
        self._metadata = metadata
        self._runs = Runs()

    # --- runs

    def _start(self, run_id: UUID, parent_id: UUID | None, span: Json) -> None:
        parent = self._runs.get(parent_id)
        if parent is not None:
            self._runs.start(run_id, parent_id, parent.root, span)
            return
        root = Root(run_id, self._make_trace(span))
        root.enter()
        self._runs.start(run_id, parent_id, root, span)

    def _make_trace(self, span: Json) -> TraceContext | None:
        client = self._client or get_client()
        if client is None:
            problem = getattr(pandaprobe.client, "_auto_init_error", None)
            if problem is not None:
                _log.error("no PandaProbe client available, a run is not recorded: %s", problem)
            return None
        if not client.enabled:
            return None
        return client.trace(
            self._renamed.get(span["name"], span["name"]),
            input=extract_last_user_message(as_conversation(span.get("input"), "user")),
            session_id=self._session_id,
            user_id=self._user_id,
            tags=self._tags,
            metadata=self._metadata,
        )

    def _fail(self, run_id: UUID, error: BaseException) -> None:
        self._runs.end(run_id, error_fields(error))

    # --- chains

    @_never_raises
    def on_chain_start(
        self,
        serialized: dict[str, Any] | None,
        inputs: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        """A chain, a graph or a node of a graph begins."""
        kind = "CHAIN" if self._runs.get(parent_run_id) is None else "AGENT"
        name = _name(serialized, kwargs, "chain")
        self._start(run_id, parent_run_id, {"name": name, "kind": kind, "input": plain(inputs)})

    @_never_raises
    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """It ends."""
        self._runs.end(run_id, {"output": plain(outputs)})

    @_never_raises
    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """It fails, or is interrupted."""
        self._fail(run_id, error)

    # --- models

    @_never_raises
    def on_chat_model_start(
        self,
        serialized: dict[str, Any] | None,
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """A chat model is asked."""
        request = request_fields(kwargs.get("invocation_params"), metadata)
        span = {"name": _name(serialized, kwargs, "llm"), "kind": "LLM", "input": first_prompt(messages)}
        self._start(run_id, parent_run_id, {**span, **request})

    @_never_raises
    def on_llm_start(
        self,
        serialized: dict[str, Any] | None,
        prompts: list[str],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """A text model is asked."""
        request = request_fields(kwargs.get("invocation_params"), metadata)
        span = {"name": _name(serialized, kwargs, "llm"), "kind": "LLM", "input": list(prompts)}
        self._start(run_id, parent_run_id, {**span, **request})

    @_never_raises
    def on_llm_new_token(self, token: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """A part of a streamed answer; the first one counts."""
        run = self._runs.get(run_id)
        if run is not None:
            run.span.setdefault("completion_start_time", now())

    @_never_raises
    def on_stream_event(self, event: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """The same in LangChain's newer form of streams."""
        kind = event.get("event") if isinstance(event, dict) else None
        if str(kind).startswith("content-block"):
            self.on_llm_new_token("", run_id=run_id)

    @_never_raises
    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """The model has answered."""
        run = self._runs.get(run_id)
        if run is not None:
            self._runs.end(run_id, answer_fields(response, run.span.get("model")))

    @_never_raises
    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """The model failed, maybe after a part of the answer."""
        run, partial = self._runs.get(run_id), kwargs.get("response")
        fields: Json = {}
        if run is not None and isinstance(partial, LLMResult) and any(partial.generations):
            fields = answer_fields(partial, run.span.get("model"))
        self._runs.end(run_id, {**fields, **error_fields(error)})

    # --- tools

    @_never_raises
    def on_tool_start(
        self,
        serialized: dict[str, Any] | None,
        input_str: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        inputs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """A tool is called."""
        span = {
            "name": _name(serialized, kwargs, "tool"),
            "kind": "TOOL",
            "input": tool_input(input_str, inputs),
        }
        self._start(run_id, parent_run_id, span)

    @_never_raises
    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """It has a result, which may be an error that the tool reports itself."""
        fields: Json = {"output": plain(output)}
        if isinstance(output, ToolMessage):
            content = fields["output"]["content"]
            fields["output"] = content
            if output.status == "error":
                fields.update(status="ERROR", error=content if isinstance(content, str) else "tool error")
        self._runs.end(run_id, fields)

    @_never_raises
    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """It raised."""
        self._fail(run_id, error)

    # --- retrievers

    @_never_raises
    def on_retriever_start(
        self,
        serialized: dict[str, Any] | None,
        query: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        """Documents are looked for."""
        span = {"name": _name(serialized, kwargs, "retriever"), "kind": "RETRIEVER", "input": query}
        self._start(run_id, parent_run_id, span)

    @_never_raises
    def on_retriever_end(self, documents: Sequence[Document], *, run_id: UUID, **kwargs: Any) -> None:
        """Documents were found."""
        self._runs.end(run_id, {"output": plain(list(documents))})

    @_never_raises
    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """The search failed."""
        self._fail(run_id, error)


def _name(serialized: Any, keywords: Mapping[str, Any], fallback: str) -> str:
    serialized = serialized if isinstance(serialized, dict) else {}
    path = serialized.get("id")
    last = path[-1] if isinstance(path, (list, tuple)) and path else None
    return str(keywords.get("name") or serialized.get("name") or last or fallback)
