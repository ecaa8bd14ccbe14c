"""Traces, spans and scores as data, for `Client.log_trace` and `TraceContext.add_span_data`.

Importing this module imports pydantic; nothing else of the package does.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any
from uuid import UUID, uuid4

from pydantic import BaseModel, Field

from pandaprobe._internal.enums import ScoreDataType, SpanKind, SpanStatusCode, TraceStatus

__all__ = [
    "ScoreData",
    "ScoreDataType",
    "SpanData",
    "SpanKind",
    "SpanStatusCode",
    "TraceData",
    "TraceStatus",
]


class SpanData(BaseModel):
    """A step of a trace."""

    span_id: UUID = Field(default_factory=uuid4)
    parent_span_id: UUID | None = None
    name: str = Field(min_length=1, max_length=512)
    kind: SpanKind = SpanKind.OTHER
    status: SpanStatusCode = SpanStatusCode.UNSET
    input: Any = None
    output: Any = None
    model: str | None = Field(default=None, max_length=255)
    token_usage: dict[str, int] | None = None
    usage: dict[str, int] | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    started_at: datetime
    ended_at: datetime | None = None
    error: str | None = None
    completion_start_time: datetime | None = None
    model_parameters: dict[str, Any] | None = None
    cost: dict[str, float] | None = None

    def to_api_dict(self) -> dict[str, Any]:
        """Returns the fields of the wire that are set; inputs, outputs and metadata as given."""
        return _given(
            span_id=_text(self.span_id),
            parent_span_id=_text(self.parent_span_id),
            name=self.name,
            kind=_word(self.kind),
            status=_word(self.status),
            input=self.input,
            output=self.output,
            model=self.model,
            token_usage=self.token_usage,
            usage=self.usage,
            metadata=self.metadata or None,
            started_at=_time(self.started_at),
            ended_at=_time(self.ended_at),
            error=self.error,
            completion_start_time=_time(self.completion_start_time),
            model_parameters=self.model_parameters,
            cost=self.cost,
        )


class TraceData(BaseModel):
    """A trace with its spans, of which there may be any number."""

    trace_id: UUID = Field(default_factory=uuid4)
    name: str = Field(min_length=1, max_length=512)
    status: TraceStatus = TraceStatus.COMPLETED
    input: Any = None
    output: Any = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    started_at: datetime
    ended_at: datetime | None = None
    session_id: str | None = Field(default=None, max_length=255)
    session_name: str | None = Field(default=None, max_length=255)
    session_metadata: dict[str, Any] | None = None
    user_id: str | None = Field(default=None, max_length=255)
    tags: list[str] = Field(default_factory=list)
    environment: str | None = Field(default=None, max_length=255)
    release: str | None = Field(default=None, max_length=255)
    spans: list[SpanData] = Field(default_factory=list)

    def to_api_dict(self) -> dict[str, Any]:
        """Returns the fields of the wire that are set; inputs, outputs and metadata as given."""
        return _given(
            trace_id=_text(self.trace_id),
            name=self.name,
            status=_word(self.status),
            started_at=_time(self.started_at),
            input=self.input,
            output=self.output,
            metadata=self.metadata or None,
            ended_at=_time(self.ended_at),
            session_id=_id(self.session_id),
            session_name=self.session_name,
            session_metadata=self.session_metadata,
            user_id=_id(self.user_id),
            tags=self.tags or None,
            environment=self.environment,
            release=self.release,
            spans=[span.to_api_dict() for span in self.spans] or None,
        )


class ScoreData(BaseModel):
    """A judgement of a trace."""

    trace_id: UUID
    name: str
    value: str
    data_type: ScoreDataType = ScoreDataType.NUMERIC
    source: str = "PROGRAMMATIC"
    reason: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)

    def to_api_dict(self) -> dict[str, Any]:
        """Returns the fields of the wire that are set."""
        return _given(
            trace_id=_text(self.trace_id),
            name=self.name,
            value=self.value,
            data_type=_word(self.data_type),
            source=self.source,
            reason=self.reason,
            metadata=self.metadata or None,
        )


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _word(value: str) -> str:
    # Assigned later, a plain str may be here.
    return str(value)


def _id(value: str | None) -> str | None:
    """An id that is blank counts as not given."""
    return value if value and value.strip() else None


def _time(value: datetime | None) -> str | None:
    """ISO 8601 in UTC; a naive time is taken as UTC."""
    if value is None:
        return None
    known = value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value
    return known.astimezone(timezone.utc).isoformat()
