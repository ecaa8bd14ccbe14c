import { describe, expect, test } from "vitest";

import { projectHeader } from "./client";
import { problemOf, unreachable } from "./problem";

import { projectName } from "@/model/units";

describe("problems", () => {
  test("say what the server says", () => {
    const problem = problemOf(422, {
      title: "Unprocessable Entity",
      detail: "Validation error",
      code: "validation_error",
      errors: [{ field: "query -> limit", message: "Input should be less than or equal to 200" }, 7],
    });
    expect(problem.message).toBe("Validation error");
    expect(problem.code).toBe("validation_error");
    expect(problem.fields).toEqual([
      { field: "query -> limit", message: "Input should be less than or equal to 200" },
    ]);
  });

  test.each([null, "Bad Gateway", {}, { detail: 4 }])(
    "an unreadable body %j still names the status",
    (body) => {
      expect(problemOf(502, body).message).toBe("the server answered 502");
    },
  );

  test("what may be tried again", () => {
    const transient = [problemOf(500, null), problemOf(503, null), problemOf(429, null), unreachable()];
    expect(transient.every((problem) => problem.isTransient)).toBe(true);
    expect([400, 401, 403, 404, 413, 422].some((status) => problemOf(status, null).isTransient)).toBe(false);
  });

  test("what needs a key", () => {
    expect([401, 403, 404].map((status) => problemOf(status, null).isAccess)).toEqual([true, true, false]);
  });
});

test("a project's name travels as its UTF-8 bytes", () => {
  expect(projectHeader(projectName("demo"))).toEqual({ "X-Project-Name": "demo" });
  const sent = new Headers(projectHeader(projectName("Zürich 東京"))).get("X-Project-Name") ?? "";
  expect(new TextDecoder().decode(Uint8Array.from(sent, (one) => one.charCodeAt(0)))).toBe("Zürich 東京");
});
