import { expect, test } from "vitest";

import { exceptionOf, firstFailure } from "./failure";

import { span } from "@/testing/spans";

const failed = { status: "ERROR" } as const;

test("the failure that ended first is where an error began", () => {
  expect(firstFailure([])).toBeNull();
  expect(firstFailure([span("ok", null, 0, 1)])).toBeNull();
  const spans = [
    span("outer", null, 0, 100, failed),
    span("inner", "outer", 5, 20, failed),
    span("open", "outer", 1, null, failed),
  ];
  expect(firstFailure(spans)?.id).toBe("inner");
});

test.each([
  [{}, null],
  [{ exception: 7 }, null],
  [{ exception: {} }, null],
  [{ exception: "Traceback…" }, { type: null, message: null, stack: "Traceback…" }],
  [
    { exception: { type: "ValueError", message: "no", stacktrace: "Traceback…" } },
    { type: "ValueError", message: "no", stack: "Traceback…" },
  ],
  [{ exception: { type: "E", traceback: ["a\n", "b\n"] } }, { type: "E", message: null, stack: "a\nb\n" }],
])("exception of %j", (metadata, expected) => expect(exceptionOf(metadata)).toEqual(expected));
