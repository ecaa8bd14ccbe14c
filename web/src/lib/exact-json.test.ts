import { describe, expect, test } from "vitest";

import { isExact, parseExact, rawNumber } from "./exact-json";

describe("whether a double holds a number", () => {
  test.each([
    "0",
    "-0",
    "1",
    "1.0",
    "-12.50",
    "1e3",
    "1E+3",
    "0.1",
    "9007199254740992",
    "1.5e300",
    "0.30000000000000004",
    "1e-7",
    "123456789012345680000",
  ])("%s is held", (source) => expect(isExact(source, Number(source))).toBe(true));

  test.each([
    "9007199254740993",
    "1234567890123456789",
    "1180591620717411303424",
    "0.12345678901234567890",
    "1e400",
    "-98765432109876543",
  ])("%s is not", (source) => expect(isExact(source, Number(source))).toBe(false));
});

test("ordinary JSON is parsed as ever", () => {
  const value = { a: [1, "12345678901234567890", null], b: { c: 0.30000000000000004 } };
  expect(parseExact(JSON.stringify(value))).toEqual(value);
  expect(() => parseExact("{")).toThrow(SyntaxError);
  expect([1, "1", null, {}].map(rawNumber)).toEqual([null, null, null, null]);
});
