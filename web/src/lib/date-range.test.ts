import { describe, expect, test } from "vitest";

import { fromLocalField, resolveRange, toLocalField } from "./date-range";

import { at } from "@/testing/spans";

const NOW = at("2026-11-20T12:00:00Z");

describe("date ranges", () => {
  test.each([
    [{}, {}],
    [{ range: "1h" }, { after: "2026-11-20T11:00:00.000Z" }],
    [{ range: "7d" }, { after: "2026-11-13T12:00:00.000Z" }],
    [{ from: "2026-01-01T00:00:00Z" }, { after: "2026-01-01T00:00:00Z" }],
    [{ to: "2026-01-01T00:00:00Z" }, { before: "2026-01-01T00:00:00Z" }],
  ] as const)("%o", (choice, limits) => expect(resolveRange(choice, NOW)).toEqual(limits));

  test("a preset wins over fixed limits", () => {
    expect(resolveRange({ range: "24h", from: "2020-01-01T00:00:00Z" }, NOW)).toEqual({
      after: "2026-11-19T12:00:00.000Z",
    });
  });

  test("fields for local time give back what they were given", () => {
    const iso = "2026-03-04T05:06:00.000Z";
    expect(fromLocalField(toLocalField(iso))).toBe(iso);
    expect([fromLocalField(""), fromLocalField("x"), toLocalField(undefined), toLocalField("x")]).toEqual([
      undefined,
      undefined,
      "",
      "",
    ]);
  });
});
