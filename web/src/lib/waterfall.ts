/** Where the bars of a trace go: everything in fractions of the trace's own time, 0 to 1. */
import { between, epochMicros, micros, type EpochMicros, type Micros } from "@/model/units";

/** The stretch of time that a waterfall shows. */
export interface Bounds {
  readonly start: EpochMicros;
  readonly end: EpochMicros;
}

interface Timed {
  readonly startedAt: EpochMicros;
  readonly endedAt: EpochMicros | null;
}

/** Returns the stretch from the earliest start to the latest end of the trace and its spans. */
export function boundsOf(trace: Timed, spans: readonly Timed[]): Bounds {
  let start: number = trace.startedAt;
  let end: number = trace.endedAt ?? trace.startedAt;
  for (const span of spans) {
    if (span.startedAt < start) start = span.startedAt;
    const spanEnd = span.endedAt ?? span.startedAt;
    if (spanEnd > end) end = spanEnd;
  }
  return { start: epochMicros(start), end: epochMicros(end) };
}

export interface Bar {
  /** Left edge, 0 to 1. */
  readonly offset: number;
  /** Width, 0 to 1; 0 is a moment, which the page still draws as a thin line. */
  readonly width: number;
  /** True while the end is unknown: the bar reaches to the right edge. */
  readonly open: boolean;
}

/** Returns the bar of one span. */
export function barOf(span: Timed, bounds: Bounds): Bar {
  const total = bounds.end - bounds.start;
  if (total <= 0) return { offset: 0, width: 1, open: span.endedAt === null };
  const offset = clamp((span.startedAt - bounds.start) / total);
  const right = span.endedAt === null ? 1 : clamp((span.endedAt - bounds.start) / total);
  return { offset, width: Math.max(0, right - offset), open: span.endedAt === null };
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

export interface Tick {
  readonly offset: number;
  readonly at: Micros;
}

/** Returns at most `most` round points in time (1, 2 or 5 of a power of ten) along the axis, the first at 0. */
export function ticksOf(bounds: Bounds, most: number): Tick[] {
  const total = between(bounds.start, bounds.end);
  if (total <= 0 || most < 1) return [{ offset: 0, at: micros(0) }];
  const step = roundStep(total / most);
  const ticks: Tick[] = [];
  for (let at = 0; at <= total && ticks.length <= most; at += step) {
    ticks.push({ offset: at / total, at: micros(at) });
  }
  return ticks;
}

function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  for (const factor of [1, 2, 5, 10]) if (power * factor >= least) return power * factor;
  return power * 10;
}
