/**
 * The time axis of a session. A conversation is seconds of work between hours of waiting; drawn to
 * scale it would be a line of dots. So long idle gaps are folded to one small width each, with
 * their length kept for the label, and what remains is drawn to one common scale.
 *
 * Linear after one sort by start.
 */
import { between, epochMicros, micros, type EpochMicros, type Micros } from "@/model/units";

export interface TimelineItem {
  readonly startedAt: EpochMicros;
  readonly endedAt: EpochMicros | null;
}

export interface TimelineBar<T> {
  readonly item: T;
  /** Edges as fractions of the axis. */
  readonly left: number;
  readonly right: number;
  /** 0 is the top; items that overlap in time are in different lanes. */
  readonly lane: number;
}

export interface FoldedGap {
  readonly left: number;
  readonly right: number;
  readonly length: Micros;
}

export interface ActiveSegment {
  readonly left: number;
  readonly right: number;
  readonly start: EpochMicros;
  readonly end: EpochMicros;
}

export interface Timeline<T> {
  readonly bars: readonly TimelineBar<T>[];
  readonly gaps: readonly FoldedGap[];
  readonly segments: readonly ActiveSegment[];
  readonly lanes: number;
}

export interface FoldRule {
  /** A gap longer than this part of the active time is folded. */
  readonly foldAbove: number;
  /** Width of one folded gap, as a fraction of the axis. */
  readonly gapWidth: number;
  /** All folded gaps together take at most this fraction. */
  readonly gapsAtMost: number;
  /** Overlapping items beyond this many share the last lane. */
  readonly maxLanes: number;
}

export const DEFAULT_FOLD: FoldRule = { foldAbove: 0.08, gapWidth: 0.035, gapsAtMost: 0.45, maxLanes: 6 };

const EMPTY: Timeline<never> = { bars: [], gaps: [], segments: [], lanes: 0 };

/** Returns where each item, each folded gap and each stretch of activity lies on the axis. */
export function layoutTimeline<T extends TimelineItem>(
  items: readonly T[],
  rule: FoldRule = DEFAULT_FOLD,
): Timeline<T> {
  if (items.length === 0) return EMPTY;
  const sorted = [...items].sort((a, b) => a.startedAt - b.startedAt);
  const stretches = foldGaps(mergeIntervals(sorted), rule);
  const segments = placeStretches(stretches, rule);
  const { bars, lanes } = placeBars(sorted, segments, rule.maxLanes);
  return { bars, gaps: gapsBetween(segments), segments, lanes };
}

interface Stretch {
  start: number;
  end: number;
}

const endOf = (item: TimelineItem): number => Math.max(item.startedAt, item.endedAt ?? item.startedAt);

function mergeIntervals(sorted: readonly TimelineItem[]): Stretch[] {
  const merged: Stretch[] = [];
  for (const item of sorted) {
    const last = merged.at(-1);
    if (last && item.startedAt <= last.end) last.end = Math.max(last.end, endOf(item));
    else merged.push({ start: item.startedAt, end: endOf(item) });
  }
  return merged;
}

/** Joins stretches whose gap is short enough to be drawn to scale. */
function foldGaps(active: readonly Stretch[], rule: FoldRule): Stretch[] {
  const busy = active.reduce((sum, stretch) => sum + stretch.end - stretch.start, 0);
  const longest = busy * rule.foldAbove;
  const joined: Stretch[] = [];
  for (const stretch of active) {
    const last = joined.at(-1);
    if (last && stretch.start - last.end <= longest) last.end = stretch.end;
    else joined.push({ ...stretch });
  }
  return joined;
}

function placeStretches(stretches: readonly Stretch[], rule: FoldRule): ActiveSegment[] {
  const gaps = stretches.length - 1;
  const gapWidth = gaps === 0 ? 0 : Math.min(rule.gapWidth, rule.gapsAtMost / gaps);
  const room = 1 - gapWidth * gaps;
  const total = stretches.reduce((sum, stretch) => sum + stretch.end - stretch.start, 0);
  let left = 0;
  return stretches.map((stretch, at) => {
    const share = total > 0 ? (stretch.end - stretch.start) / total : 1 / stretches.length;
    const right = at === gaps ? 1 : left + room * share;
    const segment = { left, right, start: epochMicros(stretch.start), end: epochMicros(stretch.end) };
    left = right + gapWidth;
    return segment;
  });
}

function gapsBetween(segments: readonly ActiveSegment[]): FoldedGap[] {
  const gaps: FoldedGap[] = [];
  for (let at = 1; at < segments.length; at++) {
    const before = segments[at - 1]!;
    const after = segments[at]!;
    gaps.push({ left: before.right, right: after.left, length: between(before.end, after.start) });
  }
  return gaps;
}

function placeBars<T extends TimelineItem>(
  sorted: readonly T[],
  segments: readonly ActiveSegment[],
  maxLanes: number,
) {
  const laneEnds: number[] = [];
  let at = 0;
  const bars = sorted.map((item): TimelineBar<T> => {
    while (at < segments.length - 1 && item.startedAt > segments[at]!.end) at++;
    const segment = segments[at]!;
    const lane = freeLane(laneEnds, item.startedAt, maxLanes);
    laneEnds[lane] = Math.max(laneEnds[lane] ?? 0, endOf(item));
    return { item, left: project(item.startedAt, segment), right: project(endOf(item), segment), lane };
  });
  return { bars, lanes: laneEnds.length };
}

function freeLane(laneEnds: readonly number[], start: number, maxLanes: number): number {
  const free = laneEnds.findIndex((end) => end <= start);
  if (free >= 0) return free;
  return Math.min(laneEnds.length, maxLanes - 1);
}

function project(time: number, segment: ActiveSegment): number {
  const length = segment.end - segment.start;
  if (length <= 0) return segment.left;
  return segment.left + ((time - segment.start) / length) * (segment.right - segment.left);
}

export interface AxisLabels {
  /** Starts of stretches, far enough apart to be read. */
  readonly times: readonly { readonly left: number; readonly at: EpochMicros }[];
  /** Lengths of folded gaps; none where the gaps are too narrow for them. */
  readonly gaps: readonly FoldedGap[];
}

/** Returns what is written under the axis when a label for a time takes `labelWidth` of it. */
export function axisLabels(
  timeline: Timeline<unknown>,
  labelWidth: number,
  gapLabelWidth: number,
): AxisLabels {
  const roomForGaps = timeline.gaps.every((gap) => gap.right - gap.left >= gapLabelWidth);
  let free = 0;
  const times = timeline.segments.flatMap(({ left, right, start }) => {
    // Between two gaps with their own labels, a time must fit into its stretch.
    const room = roomForGaps && timeline.gaps.length > 0 ? right - left : 1 - left;
    if (left < free || room < labelWidth) return [];
    free = left + labelWidth;
    return [{ left, at: start }];
  });
  return { times, gaps: roomForGaps ? timeline.gaps : [] };
}

/** Returns the pause before each item in the given order, counted from the latest end so far; null for the first. */
export function pausesBefore(items: readonly TimelineItem[]): (Micros | null)[] {
  let latest: number | null = null;
  return items.map((item) => {
    const pause = latest === null ? null : micros(Math.max(0, item.startedAt - latest));
    latest = Math.max(latest ?? 0, endOf(item));
    return pause;
  });
}
