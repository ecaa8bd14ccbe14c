import { describe, expect, test } from "vitest";

import {
  buildSpanTree,
  CONTEXT,
  MATCH,
  foldableSpans,
  revealSpan,
  searchSpans,
  visibleRows,
  type SpanTree,
} from "./span-tree";

import type { Span } from "@/model/trace";
import { spanId, type SpanId } from "@/model/units";
import { span } from "@/testing/spans";

/** The tree as an outline: two spaces a level, `?` after an orphan. */
const outline = (tree: SpanTree): string =>
  tree.nodes.map((node) => `${"  ".repeat(node.depth)}${node.span.id}${node.orphan ? "?" : ""}`).join("\n");

const check = (spans: Span[], expected: string[]) => {
  expect(outline(buildSpanTree(spans))).toBe(expected.join("\n"));
};

const ids = (...names: string[]): Set<SpanId> => new Set(names.map(spanId));
const shown = (tree: SpanTree, rows: number[]): string =>
  rows.map((row) => tree.nodes[row]?.span.id).join(" ");

describe("building the tree", () => {
  test("no spans", () => check([], []));

  test("children stand under their parent, siblings in order of start", () => {
    check(
      [span("b", "root", 5), span("a", "root", 2), span("root", null, 0), span("a1", "a", 3)],
      ["root", "  a", "    a1", "  b"],
    );
  });

  test("siblings that start together keep the order in which they came", () => {
    check([span("r", null), span("z", "r", 1), span("a", "r", 1)], ["r", "  z", "  a"]);
  });

  test("a span that starts before its parent stays its child", () => {
    check([span("early", "late", 1), span("late", null, 2)], ["late", "  early"]);
  });

  test("several roots", () =>
    check([span("a", null, 0), span("b", null, 1), span("a1", "a", 2)], ["a", "  a1", "b"]));

  test("a span whose parent is missing becomes a root and says so", () => {
    check([span("r", null, 0), span("o", "gone", 1), span("o1", "o", 2)], ["r", "o?", "  o1"]);
  });

  test("a span that is its own parent becomes a root", () => {
    check([span("self", "self", 0), span("child", "self", 1)], ["self", "  child"]);
  });

  test("a cycle is cut once and loses nothing", () => {
    check([span("a", "b", 0), span("b", "a", 1), span("c", "b", 2)], ["a", "  b", "    c"]);
  });

  test("what hangs on a cycle does not become its root, even when it starts first", () => {
    const tree = buildSpanTree([span("leaf", "a", 0), span("a", "b", 1), span("b", "a", 2)]);
    expect(tree.nodes.map((node) => node.depth)).toEqual([0, 1, 1]);
    expect(tree.nodes[0]?.span.id).toBe("a");
  });

  test("a chain of 50,000 spans does not overflow the stack", () => {
    const chain = Array.from({ length: 50_000 }, (_, at) =>
      span(`s${at}`, at === 0 ? null : `s${at - 1}`, at),
    );
    const tree = buildSpanTree(chain);
    expect(tree.nodes).toHaveLength(50_000);
    expect(tree.nodes.at(-1)?.depth).toBe(49_999);
    expect(tree.nodes[0]?.end).toBe(50_000);
  });

  test("errors are counted upwards, without the span's own", () => {
    const failed = { status: "ERROR" } as const;
    const tree = buildSpanTree([
      span("r", null, 0, 9, failed),
      span("a", "r", 1, 2),
      span("a1", "a", 1, 2, failed),
      span("b", "r", 3, 4, failed),
    ]);
    expect(tree.nodes.map((node) => [node.span.id, node.errorsBelow])).toEqual([
      ["r", 2],
      ["a", 1],
      ["a1", 0],
      ["b", 0],
    ]);
  });
});

describe("rows on screen", () => {
  const tree = buildSpanTree([
    span("r", null, 0),
    span("a", "r", 1),
    span("a1", "a", 2),
    span("a2", "a", 3),
    span("b", "r", 4),
    span("b1", "b", 5),
  ]);

  test("all when nothing is folded", () =>
    expect(shown(tree, visibleRows(tree, ids()))).toBe("r a a1 a2 b b1"));

  test("a folded span hides everything below it", () => {
    expect(shown(tree, visibleRows(tree, ids("a")))).toBe("r a b b1");
    expect(shown(tree, visibleRows(tree, ids("r", "b")))).toBe("r");
  });

  test("a search keeps matches and their ancestors, folded or not", () => {
    const { keep, matches } = searchSpans(tree, (one) => one.name.endsWith("1"));
    expect(shown(tree, [...matches])).toBe("a1 b1");
    expect([...keep]).toEqual([CONTEXT, CONTEXT, MATCH, 0, CONTEXT, MATCH]);
    expect(shown(tree, visibleRows(tree, ids("a"), keep))).toBe("r a a1 b b1");
  });

  test("a search without matches leaves nothing", () => {
    const { keep, matches } = searchSpans(tree, () => false);
    expect(matches).toEqual([]);
    expect(visibleRows(tree, ids(), keep)).toEqual([]);
  });

  test("only spans with children can be folded", () =>
    expect(foldableSpans(tree)).toEqual(ids("r", "a", "b")));

  test("revealing a span unfolds its ancestors and nothing else", () => {
    expect(revealSpan(tree, spanId("a2"), ids("r", "a", "b"))).toEqual(ids("b"));
  });

  test("revealing what is on screen, or unknown, changes nothing", () => {
    const folded = ids("a");
    expect(revealSpan(tree, spanId("b1"), folded)).toBe(folded);
    expect(revealSpan(tree, spanId("nope"), folded)).toBe(folded);
  });
});
