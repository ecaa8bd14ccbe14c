import { describe, expect, test } from "vitest";

import { blocksOf, runsOf } from "./rich-text";
import { toLines } from "./text-lines";

describe("lines of a long text", () => {
  test.each([
    ["", [""]],
    ["a\nb", ["a", "b"]],
    ["a\n\nb\n", ["a", "", "b", ""]],
    ["abcdef", ["abc", "def"]],
    ["abcd\nef", ["abc", "d", "ef"]],
  ])("%j", (text, expected) => expect(toLines(text, 3)).toEqual(expected));

  test("nothing is lost", () => {
    const text = "word ".repeat(10_000);
    expect(toLines(text).join("")).toBe(text);
  });

  test("a pair of surrogates is not cut apart", () => {
    expect(toLines("ab😀c", 3)).toEqual(["ab", "😀c"]);
    expect(toLines("😀😀", 1).join("")).toBe("😀😀");
  });
});

describe("blocks of an answer", () => {
  const shape = (text: string) =>
    blocksOf(text).map((block) =>
      block.kind === "code" ? `${block.language}|${block.text}` : block.runs.map((run) => run.text).join(""),
    );

  test("code stands apart from prose", () => {
    expect(shape("Try:\n```py\nx = 1\n\ny = 2\n```\nDone.")).toEqual(["Try:", "py|x = 1\n\ny = 2", "Done."]);
  });

  test("a fence that was cut off is still code", () => expect(shape("```\nab")).toEqual(["|ab"]));

  test("line breaks inside prose stay", () => expect(shape("a\n\nb")).toEqual(["a\n\nb"]));

  test("italics, but not arithmetic", () => {
    expect(runsOf("say *hola* now").map((run) => run.style)).toEqual(["plain", "italic", "plain"]);
    expect(runsOf("2 * 3 * 4 and a*b*c")).toEqual([{ style: "plain", text: "2 * 3 * 4 and a*b*c" }]);
  });

  test("bold words and inline code", () => {
    expect(runsOf("a **b** `c` d*e")).toEqual([
      { style: "plain", text: "a " },
      { style: "bold", text: "b" },
      { style: "plain", text: " " },
      { style: "code", text: "c" },
      { style: "plain", text: " d*e" },
    ]);
  });
});
