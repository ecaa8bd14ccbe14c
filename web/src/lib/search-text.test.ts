import { describe, expect, test } from "vitest";

import {
  choiceParam,
  countParam,
  listParam,
  parseSearch,
  stringifySearch,
  switchParam,
  textParam,
} from "./search-text";

describe("the query string", () => {
  test.each(["007", "1e5", "true", "null", '{"a":1}', "crm/ticket #4471?é&x=1", "a+b c", "%41"])(
    "keeps the id %s as it is",
    (id) => {
      expect(parseSearch(stringifySearch({ id }))).toEqual({ id });
    },
  );

  test("lists repeat their key", () => {
    expect(stringifySearch({ tags: ["a", "b"], q: undefined, page: 2 })).toBe("?tags=a&tags=b&page=2");
    expect(parseSearch("?tags=a&tags=b&tags=c")).toEqual({ tags: ["a", "b", "c"] });
  });

  test("nothing to say is an empty text", () => expect(stringifySearch({ q: undefined })).toBe(""));

  test("a key named like a method is only a key", () =>
    expect(parseSearch("?toString=x")).toEqual({ toString: "x" }));
});

describe("reading parameters", () => {
  const raw = { q: "x", tags: ["a", "", "b"], page: "3", order: "desc", errors: "1" };

  test("what is right is read", () => {
    expect(textParam(raw, "q")).toBe("x");
    expect(listParam(raw, "tags")).toEqual(["a", "b"]);
    expect(listParam({ tags: "one" }, "tags")).toEqual(["one"]);
    expect(countParam(raw, "page")).toBe(3);
    expect(choiceParam(raw, "order", ["asc", "desc"])).toBe("desc");
    expect(switchParam(raw, "errors")).toBe(true);
  });

  test("what is wrong is as if it were missing", () => {
    expect(textParam({ q: "" }, "q")).toBeUndefined();
    expect(textParam({ q: ["a"] }, "q")).toBeUndefined();
    expect(listParam({ tags: "" }, "tags")).toBeUndefined();
    for (const page of ["0", "-1", "1.5", "x", "1e99", undefined])
      expect(countParam({ page }, "page")).toBeUndefined();
    expect(choiceParam({ order: "up" }, "order", ["asc", "desc"])).toBeUndefined();
    expect(switchParam({ errors: "no" }, "errors")).toBeUndefined();
  });
});
