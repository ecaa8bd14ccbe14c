/** Builders for tests: a span or trace with only the interesting parts said. */
import { parseTimestamp } from "@/lib/time";
import type { Span, Trace } from "@/model/trace";
import { epochMicros, micros, spanId, tokens, traceId, type EpochMicros } from "@/model/units";
import type { Usage } from "@/model/usage";

export const NO_USAGE: Usage = {
  input: tokens(0),
  cacheRead: tokens(0),
  cacheWrite: tokens(0),
  output: tokens(0),
  reasoning: tokens(0),
  audioInput: tokens(0),
  audioOutput: tokens(0),
  total: tokens(0),
};

/** A span `id` under `parent`, from `start` to `end` in microseconds. */
export function span(
  id: string,
  parent: string | null,
  start = 0,
  end: number | null = start,
  more: Partial<Span> = {},
): Span {
  return {
    id: spanId(id),
    parentId: parent === null ? null : spanId(parent),
    traceId: traceId("t"),
    name: id,
    kind: "OTHER",
    status: "OK",
    model: null,
    startedAt: epochMicros(start),
    endedAt: end === null ? null : epochMicros(end),
    duration: end === null ? null : micros(end - start),
    timeToFirstToken: null,
    error: null,
    input: null,
    output: null,
    metadata: {},
    modelParameters: null,
    tokenUsage: null,
    costParts: null,
    cost: { kind: "none" },
    usage: null,
    counted: true,
    raw: null,
    ...more,
  };
}

export function trace(id: string, more: Partial<Trace> = {}): Trace {
  return {
    id: traceId(id),
    name: id,
    status: "COMPLETED",
    startedAt: epochMicros(0),
    endedAt: epochMicros(1),
    sessionId: null,
    sessionName: null,
    userId: null,
    tags: [],
    environment: null,
    release: null,
    duration: micros(1),
    spanCount: 0,
    spanErrors: 0,
    usage: NO_USAGE,
    cost: { kind: "none" },
    input: null,
    output: null,
    metadata: {},
    spans: [],
    raw: null,
    ...more,
  };
}

/** The moment that an ISO 8601 text names. */
export function at(iso: string): EpochMicros {
  const moment = parseTimestamp(iso);
  if (moment === null) throw new Error(`not a time: ${iso}`);
  return moment;
}
