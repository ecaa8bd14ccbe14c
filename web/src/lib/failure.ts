import type { Span } from "@/model/trace";

/** Returns the failed span that explains a failed trace best: the first one to fail, else null. */
export function firstFailure(spans: readonly Span[]): Span | null {
  let found: Span | null = null;
  for (const span of spans) {
    if (span.status !== "ERROR") continue;
    // The error rises from the inside out, so the span that ended first is where it began.
    if (found === null || endOf(span) < endOf(found)) found = span;
  }
  return found;
}

const endOf = (span: Span): number => span.endedAt ?? Infinity;

export interface ExceptionFacts {
  readonly type: string | null;
  readonly message: string | null;
  readonly stack: string | null;
}

/** Returns what `metadata.exception` says about an error, or null when there is nothing. */
export function exceptionOf(metadata: Readonly<Record<string, unknown>>): ExceptionFacts | null {
  const exception = metadata.exception;
  if (typeof exception === "string") return { type: null, message: null, stack: exception };
  if (typeof exception !== "object" || exception === null) return null;
  const fields = exception as Record<string, unknown>;
  const type = text(fields.type ?? fields.name);
  const message = text(fields.message ?? fields.value);
  const stack = text(fields.stacktrace ?? fields.stack ?? fields.traceback);
  return type === null && message === null && stack === null ? null : { type, message, stack };
}

function text(value: unknown): string | null {
  if (typeof value === "string" && value !== "") return value;
  return Array.isArray(value) && value.every((line) => typeof line === "string") && value.length > 0
    ? value.join("")
    : null;
}
