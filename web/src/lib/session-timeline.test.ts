import { describe, expect, test } from "vitest";

import {
  axisLabels,
  DEFAULT_FOLD,
  layoutTimeline,
  pausesBefore,
  type FoldRule,
  type TimelineItem,
} from "./session-timeline";

import { epochMicros } from "@/model/units";

const item = (start: number, end: number | null): TimelineItem => ({
  startedAt: epochMicros(start),
  endedAt: end === null ? null : epochMicros(end),
});

const RULE: FoldRule = { foldAbove: 0.1, gapWidth: 0.1, gapsAtMost: 0.5, maxLanes: 3 };
const rounded = (value: number) => Math.round(value * 1000) / 1000;

/** Bars as `left-right@lane`. */
const bars = (items: TimelineItem[], rule = RULE) =>
  layoutTimeline(items, rule).bars.map((bar) => `${rounded(bar.left)}-${rounded(bar.right)}@${bar.lane}`);

describe("session timeline", () => {
  test("nothing", () => expect(layoutTimeline([])).toEqual({ bars: [], gaps: [], segments: [], lanes: 0 }));

  test("one trace fills the axis", () => expect(bars([item(50, 90)])).toEqual(["0-1@0"]));

  test("short pauses are drawn to scale", () => {
    expect(bars([item(0, 50), item(52, 100)])).toEqual(["0-0.5@0", "0.52-1@0"]);
  });

  test("a long pause is folded to one width and keeps its length", () => {
    const timeline = layoutTimeline([item(0, 60), item(1_000_000, 1_000_030)], RULE);
    expect(timeline.gaps.map((gap) => [rounded(gap.left), rounded(gap.right), gap.length])).toEqual([
      [0.6, 0.7, 999_940],
    ]);
    expect(bars([item(0, 60), item(1_000_000, 1_000_030)])).toEqual(["0-0.6@0", "0.7-1@0"]);
  });

  test("many folded pauses share a limited part of the axis", () => {
    const items = Array.from({ length: 21 }, (_, at) => item(at * 10_000, at * 10_000 + 10));
    const { gaps } = layoutTimeline(items, RULE);
    expect(gaps).toHaveLength(20);
    expect(rounded(gaps.reduce((sum, gap) => sum + gap.right - gap.left, 0))).toBe(0.5);
  });

  test("order of arrival does not matter", () => {
    expect(bars([item(52, 100), item(0, 50)])).toEqual(bars([item(0, 50), item(52, 100)]));
  });

  test("overlapping traces get lanes, and a free lane is used again", () => {
    expect(bars([item(0, 60), item(20, 80), item(60, 100)])).toEqual(["0-0.6@0", "0.2-0.8@1", "0.6-1@0"]);
  });

  test("beyond the last lane they share it", () => {
    const lanes = layoutTimeline(
      Array.from({ length: 10 }, () => item(0, 10)),
      RULE,
    );
    expect(lanes.lanes).toBe(3);
    expect(Math.max(...lanes.bars.map((bar) => bar.lane))).toBe(2);
  });

  test("an open trace is a moment at its start", () =>
    expect(bars([item(0, 100), item(50, null)])[1]).toBe("0.5-0.5@1"));

  test("traces without any length are spread evenly", () => {
    const { segments } = layoutTimeline([item(0, 0), item(100, 100)], RULE);
    expect(segments.map((segment) => [rounded(segment.left), rounded(segment.right)])).toEqual([
      [0, 0.45],
      [0.55, 1],
    ]);
  });

  test("every bar stays on the axis, left to right, for irregular input", () => {
    const items = Array.from({ length: 400 }, (_, at) =>
      item((at * 7919) % 50_000, ((at * 7919) % 50_000) + (at % 37) * 11),
    );
    for (const bar of layoutTimeline(items, DEFAULT_FOLD).bars) {
      expect(bar.left).toBeGreaterThanOrEqual(0);
      expect(bar.right).toBeLessThanOrEqual(1 + 1e-9);
      expect(bar.right).toBeGreaterThanOrEqual(bar.left);
    }
  });
});

describe("labels under the axis", () => {
  const label = (items: TimelineItem[]) => {
    const { times, gaps } = axisLabels(layoutTimeline(items, RULE), 0.08, 0.05);
    return [times.map(({ at }) => at), gaps.map(({ length }) => length)];
  };

  test("few pauses are labelled, and each stretch that has room", () => {
    expect(label([item(0, 60), item(1_000, 1_030), item(5_000, 5_005)])).toEqual([
      [0, 1_000],
      [940, 3_970],
    ]);
  });

  test("many pauses give way to times, far enough apart", () => {
    const [times, gaps] = label(Array.from({ length: 60 }, (_, at) => item(at * 1_000, at * 1_000 + 1)));
    expect(gaps).toEqual([]);
    expect(times?.length).toBeGreaterThan(8);
    expect(times?.length).toBeLessThanOrEqual(12);
    expect(times?.[0]).toBe(0);
  });
});

describe("pauses", () => {
  test("count from the latest end so far, and overlap is no pause", () => {
    expect(
      pausesBefore([item(0, 100), item(20, 30), item(150, 160), item(155, null), item(170, 171)]),
    ).toEqual([null, 0, 50, 0, 10]);
  });
});
