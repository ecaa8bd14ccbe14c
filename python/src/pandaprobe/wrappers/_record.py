"""The record of one call: an LLM span, and the trace around it if there is none."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import Context, copy_context
from datetime import datetime, timezone
from typing import Any, TypeVar

from pandaprobe.client import get_client
from pandaprobe.tracing.context import SpanContext, TraceContext, get_current_trace
from pandaprobe.validation import extract_last_user_message
from pandaprobe.wrappers._api import Answer, Api, Json
from pandaprobe.wrappers._values import given, plain

_T = TypeVar("_T")

log = logging.getLogger("pandaprobe")


class Record:
    """An open span, with the trace around it if it has one of its own.

    `succeed`, `fail` or `leave` ends it, whichever comes first.

    A *detached* record never becomes current in the caller's context: it lives on after the
    call that opened it has returned.
    """

    __slots__ = ("_around", "_context", "_open", "_span", "_trace", "api")

    def __init__(
        self,
        api: Api,
        around: TraceContext | None,
        trace: TraceContext,
        span: SpanContext,
        context: Context | None,
    ) -> None:
        self.api = api
        self._around = around
        self._trace = trace
        self._span = span
        self._context = context
        self._open = True

    @classmethod
    def open(cls, api: Api, arguments: Json, *, detached: bool) -> Record | None:
        """Starts the record of a call; None if nothing is to be recorded, or can be."""
        try:
            trace = get_current_trace()
            client = None if trace is not None else get_client()
            if trace is None and (client is None or not client.enabled):
                return None
            request = api.request(given(arguments))
            around = None
            if trace is None and client is not None:
                around = client.trace(api.name, input=extract_last_user_message(request.input))
                trace = around
            assert trace is not None
            span = trace.span(api.name, kind="LLM", model=request.model)
            record = cls(api, around, trace, span, copy_context() if detached else None)
            record.run(record._enter)
        except Exception as error:
            log.warning("%s: the call is not recorded: %r", api.name, error)
            return None
        record._quietly(record._set_request, request.input, request.parameters)
        return record

    def _enter(self) -> None:
        if self._around is not None:
            self._around.__enter__()
        self._span.__enter__()

    def _set_request(self, input: Json | None, parameters: Json) -> None:
        self._span.set_input(input)
        if parameters:
            self._span.set_model_parameters(parameters)

    def run(self, function: Callable[..., _T], *arguments: Any, **keywords: Any) -> _T:
        """Calls `function` where this record is the current one."""
        if self._context is None:
            return function(*arguments, **keywords)
        return self._context.run(function, *arguments, **keywords)

    def output_begins(self) -> None:
        """Notes when the first token came."""
        self._span.set_completion_start_time(datetime.now(timezone.utc))

    def succeed(self, response: Any) -> None:
        """Ends the record with a response."""
        self._end(response, None)

    def fail(self, error: BaseException, partial: Any = None) -> None:
        """Ends the record with an error, and what had come before it."""
        self._end(partial, error)

    def leave(self, partial: Any) -> None:
        """Ends the record of a stream that was not read to its end."""
        if self._open:
            self._quietly(self._span.set_metadata, {"stream_left_early": True})
        self._end(partial, None)

    def _end(self, response: Any, error: BaseException | None) -> None:
        if not self._open:
            return
        self._open = False
        if response is not None:
            self._quietly(self._set_response, response)
        self._quietly(self._exit, error)

    def _set_response(self, response: Any) -> None:
        response = plain(response)
        if isinstance(response, dict):
            self._set_answer(self.api.answer(response))

    def _set_answer(self, answer: Answer) -> None:
        span, trace = self._span, self._around
        if answer.model:
            span.set_model(answer.model)
        if answer.token_usage:
            span.set_token_usage(**answer.token_usage)
        if answer.usage:
            span.set_usage(**answer.usage)
        if answer.metadata:
            span.set_metadata(answer.metadata)
        span.set_output(answer.output)
        if trace is not None:
            trace.set_output(answer.output)
        if answer.error is not None:
            span.set_error(answer.error)
            if trace is not None:
                trace.set_status("ERROR")
        self.run(self._add_tools, answer)

    def _add_tools(self, answer: Answer) -> None:
        for tool in answer.tools:
            with self._trace.span(tool.name, kind="TOOL") as span:
                span.set_input(tool.input)
                if tool.output is not None:
                    span.set_output(tool.output)

    def _exit(self, error: BaseException | None) -> None:
        details = (None, None, None) if error is None else (type(error), error, error.__traceback__)
        self._span.__exit__(*details)
        if self._around is not None:
            self._around.__exit__(*details)

    def _quietly(self, function: Callable[..., None], *arguments: Any) -> None:
        try:
            function(*arguments)
        except Exception as error:
            log.warning("%s: the call is recorded only in part: %r", self.api.name, error)
