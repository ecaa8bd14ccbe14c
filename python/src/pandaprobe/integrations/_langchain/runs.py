"""The runs that are under way, each with the trace that its root run made."""

from __future__ import annotations

import threading
import traceback
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from uuid import UUID

from pandaprobe.integrations._langchain.messages import Json, as_conversation, plain
from pandaprobe.tracing.context import TraceContext
from pandaprobe.validation import extract_last_assistant_message

# Frames of a stack that are told.
_FRAMES_MAX = 100

# How LangGraph stops a graph to ask somebody, or to go on elsewhere: no errors.
_INTERRUPTS = frozenset({"GraphBubbleUp", "GraphInterrupt", "NodeInterrupt"})


@dataclass
class Root:
    """A run that nothing contains, and the trace made of it."""

    run_id: UUID
    trace: TraceContext | None
    """None if there is no client to send it."""
    open: dict[UUID, Run] = field(default_factory=dict)

    def enter(self) -> None:
        """Starts the trace without making it current for the host."""
        if self.trace is not None:
            copy_context().run(self.trace.__enter__)

    def add(self, run: Run) -> None:
        """Hands a finished span over."""
        if self.trace is not None:
            self.trace.add_span_data(run.span)

    def finish(self, run: Run) -> None:
        """Ends the trace with its root run."""
        if self.trace is None:
            return
        output = run.span.get("output")
        if output is not None:
            self.trace.set_output(extract_last_assistant_message(as_conversation(output, "assistant")))
        if run.span["status"] == "ERROR":
            self.trace.set_status("ERROR")
        self.trace.__exit__(None, None, None)


@dataclass
class Run:
    """One run; `span` is what will be sent of it."""

    root: Root
    span: Json

    def end(self, fields: Json) -> None:
        """Adds what is known at the end."""
        metadata = {**self.span.get("metadata", {}), **fields.pop("metadata", {})}
        self.span.update({"status": "OK", **fields, "ended_at": now()})
        if metadata:
            self.span["metadata"] = metadata


class Runs:
    """All runs that one handler sees, in any thread or task."""

    def __init__(self) -> None:
        self._runs: dict[UUID, Run] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._runs)

    def get(self, run_id: UUID | None) -> Run | None:
        """A run under way."""
        return None if run_id is None else self._runs.get(run_id)

    def start(self, run_id: UUID, parent_id: UUID | None, root: Root, span: Json) -> None:
        """Notes a run; the handler may not have seen the parent."""
        parent = self.get(parent_id)
        span = {"span_id": str(run_id), **span, "started_at": now()}
        if parent is not None:
            span["parent_span_id"] = str(parent_id)
        with self._lock:
            self._runs[run_id] = root.open[run_id] = Run(root, span)

    def end(self, run_id: UUID, fields: Json) -> None:
        """Sends a run; with the root what is still open below it, too."""
        with self._lock:
            run = self._runs.pop(run_id, None)
            if run is None:
                return
            run.root.open.pop(run_id, None)
            left = list(run.root.open.items()) if run.root.run_id == run_id else []
            for other_id, _ in left:
                self._runs.pop(other_id, None)
        for _, other in left:
            other.end({"status": "UNSET", "metadata": {"unfinished": True}})
            run.root.add(other)
        run.end(fields)
        run.root.add(run)
        if run.root.run_id == run_id:
            run.root.finish(run)


def now() -> str:
    """The time as the wire has it."""
    return datetime.now(timezone.utc).isoformat()


def error_fields(error: BaseException) -> Json:
    """How a run failed; an interrupt is no failure, nor is a stream that the host left."""
    if isinstance(error, GeneratorExit):
        return {"metadata": {"stream_left_early": True}}
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if kinds & _INTERRUPTS:
        return {"metadata": {"interrupted": True, "interrupts": _interrupts(error)}}
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    message = str(error) or kind.__name__
    return {
        "status": "ERROR",
        "error": message,
        "metadata": {"exception": {"type": name, "stacktrace": f"{_frames(error)}{name}: {message}\n"}},
    }


def _interrupts(error: BaseException) -> Any:
    values = error.args[0] if error.args else []
    values = values if isinstance(values, (list, tuple)) else [values]
    return [plain(getattr(value, "value", value)) for value in values]


def _frames(error: BaseException) -> str:
    """The stack without source lines: reading files is no work for the host's thread."""
    frames = [
        f'  File "{frame.f_code.co_filename}", line {line}, in {frame.f_code.co_name}\n'
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return "Traceback (most recent call last):\n" + "".join(frames[-_FRAMES_MAX:]) if frames else ""
