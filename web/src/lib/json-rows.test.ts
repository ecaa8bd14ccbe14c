import { describe, expect, test } from "vitest";

import { CLOSED_STATE, jsonRows, PAGE, showMore, toggle, type JsonOpenState } from "./json-rows";

/** The rows as text: `label:` then the value, the size, or what is hidden. */
const rows = (value: unknown, state: JsonOpenState = CLOSED_STATE) =>
  jsonRows(value, state).map(({ depth, label, content }) => {
    const shown =
      content.kind === "scalar"
        ? JSON.stringify(content.value)
        : content.kind === "raw-number"
          ? content.text
          : content.kind === "more"
            ? `+${content.hidden}`
            : `${content.list ? "list" : "object"} ${content.size}${content.open ? "" : " …"}`;
    return `${"  ".repeat(depth)}${label === null ? "" : `${label}: `}${shown}`;
  });

describe("rows of a JSON value", () => {
  test("scalars", () => {
    expect([rows("a"), rows(1.5), rows(null), rows(false)]).toEqual([['"a"'], ["1.5"], ["null"], ["false"]]);
  });

  test("objects and lists, in the order of the value", () => {
    expect(rows({ b: 1, a: [true, {}] })).toEqual([
      "object 2",
      "  b: 1",
      "  a: list 2",
      "    0: true",
      "    1: object 0 …",
    ]);
  });

  test("what lies deep starts closed, and opens", () => {
    const value = { a: { b: { c: 1 } } };
    expect(rows(value)).toEqual(["object 1", "  a: object 1", "    b: object 1 …"]);
    expect(rows(value, toggle(CLOSED_STATE, "$/a/b"))).toEqual([
      "object 1",
      "  a: object 1",
      "    b: object 1",
      "      c: 1",
    ]);
  });

  test("what is open closes, and opens again", () => {
    const closed = toggle(CLOSED_STATE, "$");
    expect(rows({ a: 1 }, closed)).toEqual(["object 1 …"]);
    expect(rows({ a: 1 }, toggle(closed, "$"))).toEqual(["object 1", "  a: 1"]);
  });

  test("long lists come in pages", () => {
    const list = Array.from({ length: PAGE + 30 }, (_, at) => at);
    expect(rows(list)).toHaveLength(1 + PAGE + 1);
    expect(rows(list).at(-1)).toBe("  +30");
    expect(rows(list, showMore(CLOSED_STATE, "$")).at(-1)).toBe(`  ${PAGE + 29}: ${PAGE + 29}`);
  });

  test("keys with slashes do not meet other paths", () => {
    const value = { "a/b": { c: 1 }, a: { b: { c: 2 } } };
    expect(new Set(jsonRows(value, toggle(CLOSED_STATE, "$/a/b")).map((row) => row.path)).size).toBe(6);
  });

  test("a million entries cost only what is shown", () => {
    expect(rows({ big: Array.from({ length: 1_000_000 }, () => 0) })).toEqual([
      "object 1",
      "  big: list 1000000 …",
    ]);
  });

  test("deep nesting does not overflow the stack", () => {
    let value: unknown = 1;
    for (let depth = 0; depth < 20_000; depth++) value = [value];
    expect(jsonRows(value, CLOSED_STATE)).toHaveLength(3);
  });
});
