/**
 * Wire → model, once and in one place: texts become ids, times and amounts of their own types.
 * Nothing past this file knows the wire's names.
 */
import type { WireSession, WireSpan, WireTrace, WireTraceItem, WireUsage } from "./wire";

import { parseTimestamp } from "@/lib/time";
import { costOf } from "@/model/cost";
import type { Session } from "@/model/session";
import type { Span, Trace, TraceSummary } from "@/model/trace";
import {
  between,
  epochMicros,
  micros,
  sessionId,
  spanId,
  tokens,
  traceId,
  userId,
  type EpochMicros,
  type Micros,
} from "@/model/units";
import type { Usage } from "@/model/usage";

const millis = (value: number | null): Micros | null => (value === null ? null : micros(value * 1000));

const brandOrNull = <T>(value: string | null, brand: (text: string) => T): T | null =>
  value === null ? null : brand(value);

/** The contract makes a start mandatory; an unreadable one falls to the epoch rather than breaking the page. */
const startOf = (text: string): EpochMicros => parseTimestamp(text) ?? epochMicros(0);

export function toUsage(wire: WireUsage): Usage {
  return {
    input: tokens(wire.input),
    cacheRead: tokens(wire.cache_read),
    cacheWrite: tokens(wire.cache_write),
    output: tokens(wire.output),
    reasoning: tokens(wire.reasoning),
    audioInput: tokens(wire.audio_input),
    audioOutput: tokens(wire.audio_output),
    total: tokens(wire.total),
  };
}

export function toTraceSummary(wire: WireTraceItem): TraceSummary {
  const usage = toUsage(wire.usage);
  return {
    id: traceId(wire.trace_id),
    name: wire.name,
    status: wire.status,
    startedAt: startOf(wire.started_at),
    endedAt: parseTimestamp(wire.ended_at),
    sessionId: brandOrNull(wire.session_id, sessionId),
    sessionName: wire.session_name,
    userId: brandOrNull(wire.user_id, userId),
    tags: wire.tags,
    environment: wire.environment,
    release: wire.release,
    duration: millis(wire.latency_ms),
    spanCount: wire.span_count,
    spanErrors: wire.span_error_count,
    usage,
    cost: costOf(wire.total_cost, wire.unpriced_span_count, usage.total),
  };
}

export function toTrace(wire: WireTrace): Trace {
  const usage = toUsage(wire.usage);
  const startedAt = startOf(wire.started_at);
  const endedAt = parseTimestamp(wire.ended_at);
  return {
    id: traceId(wire.trace_id),
    name: wire.name,
    status: wire.status,
    startedAt,
    endedAt,
    sessionId: brandOrNull(wire.session_id, sessionId),
    sessionName: wire.session_name,
    userId: brandOrNull(wire.user_id, userId),
    tags: wire.tags,
    environment: wire.environment,
    release: wire.release,
    duration: endedAt === null ? null : between(startedAt, endedAt),
    spanCount: wire.span_count,
    spanErrors: wire.span_error_count,
    usage,
    cost: costOf(wire.total_cost, wire.unpriced_span_count, usage.total),
    input: wire.input,
    output: wire.output,
    metadata: wire.metadata,
    spans: wire.spans.map(toSpan),
    raw: { ...wire, spans: undefined },
  };
}

export function toSpan(wire: WireSpan): Span {
  const usage = wire.usage ? toUsage(wire.usage) : null;
  const used = usage?.total ?? tokens(0);
  const costParts = wire.cost;
  const total = wire.total_cost;
  return {
    id: spanId(wire.span_id),
    parentId: brandOrNull(wire.parent_span_id, spanId),
    traceId: traceId(wire.trace_id),
    name: wire.name,
    kind: wire.kind,
    status: wire.status,
    model: wire.model,
    startedAt: startOf(wire.started_at),
    endedAt: parseTimestamp(wire.ended_at),
    duration: millis(wire.latency_ms),
    timeToFirstToken: millis(wire.time_to_first_token_ms),
    error: wire.error,
    input: wire.input,
    output: wire.output,
    metadata: wire.metadata,
    modelParameters: wire.model_parameters,
    tokenUsage: wire.token_usage,
    costParts,
    cost: costOf(total ?? 0, used > 0 && total === null ? 1 : 0, used),
    usage,
    counted: wire.counted,
    raw: wire,
  };
}

export function toSession(wire: WireSession): Session {
  const usage = toUsage(wire.usage);
  return {
    id: sessionId(wire.session_id),
    name: wire.session_name,
    userId: brandOrNull(wire.user_id, userId),
    tags: wire.tags,
    metadata: wire.metadata,
    traceCount: wire.trace_count,
    spanCount: wire.total_span_count,
    traceErrors: wire.error_count,
    spanErrors: wire.span_error_count,
    usage,
    cost: costOf(wire.total_cost, wire.unpriced_span_count, usage.total),
    duration: millis(wire.duration_ms),
    latencySum: millis(wire.total_latency_ms),
    firstActivityAt: parseTimestamp(wire.first_activity_at),
    lastActivityAt: parseTimestamp(wire.last_activity_at),
  };
}
