import type { Cost } from "./cost";
import type { EpochMicros, Micros, SessionId, SpanId, TraceId, UserId } from "./units";
import type { Usage } from "./usage";

export const TRACE_STATUSES = ["COMPLETED", "ERROR", "RUNNING", "PENDING"] as const;
export type TraceStatus = (typeof TRACE_STATUSES)[number];
export type SpanStatus = "UNSET" | "OK" | "ERROR";
export const SPAN_KINDS = ["AGENT", "LLM", "TOOL", "RETRIEVER", "CHAIN", "EMBEDDING", "OTHER"] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

export type JsonObject = Readonly<Record<string, unknown>>;

/** One request, without its payloads: what a list row or a timeline bar needs. */
export interface TraceSummary {
  readonly id: TraceId;
  readonly name: string;
  readonly status: TraceStatus;
  readonly startedAt: EpochMicros;
  readonly endedAt: EpochMicros | null;
  readonly sessionId: SessionId | null;
  readonly sessionName: string | null;
  readonly userId: UserId | null;
  readonly tags: readonly string[];
  readonly environment: string | null;
  readonly release: string | null;
  /** Start to end; null while the trace is open. */
  readonly duration: Micros | null;
  readonly spanCount: number;
  readonly spanErrors: number;
  readonly usage: Usage;
  readonly cost: Cost;
}

/** A trace with its payloads and spans. */
export interface Trace extends TraceSummary {
  readonly input: unknown;
  readonly output: unknown;
  readonly metadata: JsonObject;
  readonly spans: readonly Span[];
  /** The trace as the server sent it, without its spans. */
  readonly raw: unknown;
}

/** One step inside a trace. */
export interface Span {
  readonly id: SpanId;
  readonly parentId: SpanId | null;
  readonly traceId: TraceId;
  readonly name: string;
  readonly kind: SpanKind;
  readonly status: SpanStatus;
  readonly model: string | null;
  readonly startedAt: EpochMicros;
  readonly endedAt: EpochMicros | null;
  readonly duration: Micros | null;
  readonly timeToFirstToken: Micros | null;
  readonly error: string | null;
  readonly input: unknown;
  readonly output: unknown;
  readonly metadata: JsonObject;
  readonly modelParameters: JsonObject | null;
  /** `token_usage` as the caller sent it, every key. */
  readonly tokenUsage: JsonObject | null;
  /** `cost` as the caller sent it, every key. */
  readonly costParts: JsonObject | null;
  readonly cost: Cost;
  readonly usage: Usage | null;
  /** False when a span below carries usage, so that this one's is not added to any total. */
  readonly counted: boolean;
  /** The span exactly as the server sent it. */
  readonly raw: unknown;
}
