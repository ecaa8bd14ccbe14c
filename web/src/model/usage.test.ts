import { expect, test } from "vitest";

import { tokens } from "./units";
import { bucketShares, meaningOfUsageKey, unexplainedTokens } from "./usage";

import { NO_USAGE } from "@/testing/spans";

const usage = {
  ...NO_USAGE,
  input: tokens(60),
  cacheRead: tokens(30),
  output: tokens(10),
  total: tokens(100),
};

test("shares add up and empty buckets are left out", () => {
  expect(bucketShares(usage).map(({ label, share }) => [label, share])).toEqual([
    ["Input", 0.6],
    ["Cache read", 0.3],
    ["Output", 0.1],
  ]);
  expect(unexplainedTokens(usage)).toBe(0);
});

test("what the buckets do not explain is shown, not hidden", () => {
  expect(unexplainedTokens({ ...usage, total: tokens(120) })).toBe(20);
});

test("unknown keys have no meaning of their own", () => {
  expect(meaningOfUsageKey("reasoning_tokens")).toBe("tokens spent on thinking");
  expect(meaningOfUsageKey("accepted_prediction_tokens")).toBeNull();
});
