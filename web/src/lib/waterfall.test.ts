import { describe, expect, test } from "vitest";

import { barOf, boundsOf, ticksOf } from "./waterfall";

import { epochMicros } from "@/model/units";
import { span } from "@/testing/spans";

const bounds = (start: number, end: number) => ({ start: epochMicros(start), end: epochMicros(end) });

describe("bounds", () => {
  test("reach from the first start to the last end, of the trace and its spans", () => {
    const trace = { startedAt: epochMicros(100), endedAt: epochMicros(200) };
    expect(boundsOf(trace, [span("early", null, 90, 150), span("late", null, 120, 260)])).toEqual(
      bounds(90, 260),
    );
  });

  test("an open span reaches at least its own start", () => {
    const trace = { startedAt: epochMicros(100), endedAt: null };
    expect(boundsOf(trace, [span("open", null, 300, null)])).toEqual(bounds(100, 300));
  });
});

describe("bars", () => {
  test("lie in proportion", () => {
    expect(barOf(span("s", null, 125, 150), bounds(100, 200))).toEqual({
      offset: 0.25,
      width: 0.25,
      open: false,
    });
  });

  test("an open span reaches to the right edge", () => {
    expect(barOf(span("s", null, 150, null), bounds(100, 200))).toEqual({
      offset: 0.5,
      width: 0.5,
      open: true,
    });
  });

  test("a moment has no width", () => {
    expect(barOf(span("s", null, 150, 150), bounds(100, 200))).toEqual({
      offset: 0.5,
      width: 0,
      open: false,
    });
  });

  test("an end before its start is a moment", () => {
    expect(barOf(span("s", null, 150, 120), bounds(100, 200)).width).toBe(0);
  });

  test("a trace without length fills the row", () => {
    expect(barOf(span("s", null, 100, 100), bounds(100, 100))).toEqual({ offset: 0, width: 1, open: false });
  });
});

describe("ticks", () => {
  const at = (start: number, end: number, most: number) =>
    ticksOf(bounds(start, end), most).map((tick) => tick.at);

  test("are round", () => {
    expect(at(0, 2_710_000, 4)).toEqual([0, 1_000_000, 2_000_000]);
    expect(at(0, 900, 4)).toEqual([0, 500]);
    expect(at(0, 100, 4)).toEqual([0, 50, 100]);
  });

  test("never exceed what was asked by more than the one at 0", () => {
    for (let total = 1; total < 3_000; total += 7) expect(at(0, total, 4).length).toBeLessThanOrEqual(5);
  });

  test("nothing to divide", () => expect(at(5, 5, 4)).toEqual([0]));
});
