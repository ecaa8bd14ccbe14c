import { describe, expect, test } from "vitest";

import {
  formatDuration,
  formatDurationExact,
  formatDurationShort,
  formatRelative,
  isoText,
  parseTimestamp,
} from "./time";

import { epochMicros, micros } from "@/model/units";

describe("reading timestamps", () => {
  test.each([
    ["1970-01-01T00:00:01+00:00", 1_000_000],
    ["1970-01-01T00:00:01.000001+00:00", 1_000_001],
    ["1970-01-01T00:00:01.5Z", 1_500_000],
    ["1970-01-01T00:00:01.123456789Z", 1_123_456],
    ["1970-01-01T01:00:00.25+01:00", 250_000],
    ["2026-01-02T03:04:05.123456+00:00", 1_767_323_045_123_456],
  ])("%s", (text, expected) => expect(parseTimestamp(text)).toBe(expected));

  test("before the epoch the fraction still counts forward", () => {
    expect(parseTimestamp("1969-12-31T23:59:59.250000+00:00")).toBe(-750_000);
  });

  test.each([null, undefined, "", "soon"])("%s is no time", (text) =>
    expect(parseTimestamp(text)).toBeNull(),
  );

  test("writes back what it read, to the millisecond", () => {
    expect(isoText(epochMicros(1_767_323_045_123_456))).toBe("2026-01-02T03:04:05.123Z");
  });
});

describe("durations", () => {
  test.each([
    [0, "0 µs"],
    [420, "420 µs"],
    [999, "999 µs"],
    [1_000, "1.0 ms"],
    [9_994, "10.0 ms"],
    [9_995, "10 ms"],
    [312_400, "312 ms"],
    [999_499, "999 ms"],
    [999_500, "1.00 s"],
    [4_210_000, "4.21 s"],
    [9_994_000, "9.99 s"],
    [9_996_000, "10.0 s"],
    [59_940_000, "59.9 s"],
    [59_960_000, "1m 00s"],
    [192_000_000, "3m 12s"],
    [3_599_400_000, "59m 59s"],
    [3_599_600_000, "1h 00m"],
    [7_500_000_000, "2h 05m"],
    [86_399_000_000, "1d 0h"],
    [273_600_000_000, "3d 4h"],
  ])("%d µs is %s", (length, text) => expect(formatDuration(micros(length))).toBe(text));

  test.each([
    [250_000, "250 ms"],
    [28_300_000, "28 s"],
    [59_700_000, "1 min"],
    [22_080_000_000, "6 h"],
    [172_800_000_000, "2 d"],
  ])("%d µs is %s where there is little room", (length, text) => {
    expect(formatDurationShort(micros(length))).toBe(text);
  });

  test("exactly", () => expect(formatDurationExact(micros(1_234_567_891))).toBe("1,234,567.891 ms"));
});

describe("relative times", () => {
  const now = epochMicros(Date.UTC(2026, 10, 20, 12) * 1000);
  const ago = (seconds: number) => formatRelative(epochMicros(now - seconds * 1_000_000), now);

  test.each([
    [0, "just now"],
    [9, "just now"],
    [45, "45 s ago"],
    [60, "1 min ago"],
    [3_599, "59 min ago"],
    [7_200, "2 h ago"],
    [86_400 * 3, "3 d ago"],
    [86_400 * 20, "31 Oct"],
    [86_400 * 400, "16 Oct 2025"],
  ])("%d s", (seconds, text) => expect(ago(seconds)).toBe(text));

  test("a clock that is a little behind is now, one that is far behind shows the date", () => {
    expect(ago(-30)).toBe("just now");
    expect(ago(-86_400)).toBe("21 Nov");
  });
});
