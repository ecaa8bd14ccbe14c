import { describe, expect, test } from "vitest";

import {
  explainCost,
  formatBytes,
  formatCompact,
  formatCost,
  formatMoney,
  formatMoneyExact,
  plural,
} from "./format";

import { costOf } from "@/model/cost";
import { tokens, usd } from "@/model/units";

describe("money", () => {
  test.each([
    [0, "$0.00"],
    [12.4, "$12.40"],
    [1234.567, "$1,234.57"],
    [1, "$1.00"],
    [0.5, "$0.50"],
    [0.4213, "$0.421"],
    [0.0421, "$0.0421"],
    [0.00332, "$0.0033"],
    [0.000424, "$0.00042"],
    [0.000000123, "$0.00000012"],
    [1e-12, "$0.000000000001"],
    [-0.25, "-$0.25"],
  ])("%d is %s", (amount, text) => expect(formatMoney(usd(amount))).toBe(text));

  test("exactly", () => expect(formatMoneyExact(usd(0.3687675))).toBe("$0.3687675"));
});

describe("cost", () => {
  const cost = (total: number, unpriced: number, used: number) => costOf(total, unpriced, tokens(used));

  test.each([
    [cost(0, 0, 0), "—"],
    [cost(0, 2, 900), "unpriced"],
    [cost(0.4, 1, 900), "$0.40+"],
    [cost(0.4, 0, 900), "$0.40"],
    [cost(0, 0, 900), "$0.00"],
  ])("%o is %s", (state, text) => expect(formatCost(state)).toBe(text));

  test("what nobody priced is never called zero", () => {
    expect(formatCost(cost(0, 1, 10))).not.toContain("0");
    expect(explainCost(cost(0, 1, 10))).toBe("1 span used tokens without a cost or a known price");
  });

  test("a part that is missing is said", () => {
    expect(explainCost(cost(0.4, 3, 10))).toBe(
      "At least $0.40: 3 spans used tokens without a cost or a known price",
    );
  });
});

describe("counts", () => {
  test.each([
    [0, "0"],
    [999, "999"],
    [1_000, "1k"],
    [12_345, "12.3k"],
    [999_499, "999k"],
    [999_500, "1M"],
    [1_234_567, "1.23M"],
    [3_400_000_000, "3.4B"],
  ])("%d is %s", (count, text) => expect(formatCompact(count)).toBe(text));

  test("nouns", () =>
    expect([plural(0, "span"), plural(1, "span"), plural(1200, "span")]).toEqual([
      "0 spans",
      "1 span",
      "1,200 spans",
    ]));

  test("bytes", () =>
    expect([812, 4_200, 5_242_880].map(formatBytes)).toEqual(["812 B", "4.1 KB", "5.0 MB"]));
});
