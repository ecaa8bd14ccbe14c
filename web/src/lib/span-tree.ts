/**
 * The tree of a trace as one flat list in depth-first order, so that everything else (rows on
 * screen, collapsing, searching) is a single pass over an array. Nothing here recurses: depth is
 * bounded by the number of spans, not by the stack. Linear in the number of spans when they come
 * in order of start, as the API sends them; else one sort is added.
 */
import type { Span } from "@/model/trace";
import type { SpanId } from "@/model/units";

/** A span in its place. */
export interface SpanNode {
  readonly span: Span;
  readonly depth: number;
  /** Position of the parent in the list, or -1 for a root. */
  readonly parent: number;
  /** Position just after the last descendant. */
  readonly end: number;
  readonly childCount: number;
  /** True when the span names a parent that is not in the trace: it is shown as a root. */
  readonly orphan: boolean;
  /** Spans with status ERROR below this one. */
  readonly errorsBelow: number;
}

export interface SpanTree {
  /** Depth-first, siblings by start. */
  readonly nodes: readonly SpanNode[];
  readonly position: ReadonlyMap<SpanId, number>;
}

type Draft = { -readonly [K in keyof SpanNode]: SpanNode[K] };

/** Returns the tree of the spans. Orphans, self-parents and one span of each cycle become roots. */
export function buildSpanTree(spans: readonly Span[]): SpanTree {
  const ordered = inOrderOfStart(spans);
  const index = new Map<SpanId, number>();
  ordered.forEach((span, at) => index.set(span.id, at));

  const { firstChild, nextSibling, roots } = linkSiblings(ordered, index);
  const seen = new Uint8Array(ordered.length);
  const nodes: Draft[] = [];
  const walk = (start: number) => appendSubtree(start, ordered, index, firstChild, nextSibling, seen, nodes);
  for (const root of roots) walk(root);
  // What no root reaches hangs on a cycle of parents, which has to be entered somewhere.
  for (let at = 0; at < ordered.length; at++) if (seen[at] === 0) walk(cycleAbove(at, ordered, index));

  sumErrors(nodes);
  const position = new Map<SpanId, number>();
  nodes.forEach((node, at) => position.set(node.span.id, at));
  return { nodes, position };
}

function inOrderOfStart(spans: readonly Span[]): readonly Span[] {
  for (let at = 1; at < spans.length; at++) {
    if (compareStart(spans[at - 1]!, spans[at]!) > 0) return [...spans].sort(compareStart);
  }
  return spans;
}

const compareStart = (a: Span, b: Span): number => a.startedAt - b.startedAt;

function linkSiblings(ordered: readonly Span[], index: ReadonlyMap<SpanId, number>) {
  const firstChild = new Int32Array(ordered.length).fill(-1);
  const nextSibling = new Int32Array(ordered.length).fill(-1);
  const roots: number[] = [];
  // Backwards, so that each push to the front leaves the siblings in order of start.
  for (let at = ordered.length - 1; at >= 0; at--) {
    const parentId = ordered[at]!.parentId;
    const parent = parentId === null ? undefined : index.get(parentId);
    if (parent === undefined || parent === at) {
      roots.push(at);
    } else {
      nextSibling[at] = firstChild[parent]!;
      firstChild[parent] = at;
    }
  }
  roots.reverse();
  return { firstChild, nextSibling, roots };
}

/** Returns the first span on the way up that was met before: it lies on the cycle. */
function cycleAbove(start: number, ordered: readonly Span[], index: ReadonlyMap<SpanId, number>): number {
  const met = new Set<number>();
  let at = start;
  while (!met.has(at)) {
    met.add(at);
    const parentId = ordered[at]!.parentId;
    const parent = parentId === null ? undefined : index.get(parentId);
    if (parent === undefined) return at;
    at = parent;
  }
  return at;
}

function appendSubtree(
  start: number,
  ordered: readonly Span[],
  index: ReadonlyMap<SpanId, number>,
  firstChild: Int32Array,
  nextSibling: Int32Array,
  seen: Uint8Array,
  nodes: Draft[],
): void {
  const open: { at: number; node: number; next: number }[] = [];
  const enter = (at: number, parent: number) => {
    seen[at] = 1;
    const span = ordered[at]!;
    nodes.push({
      span,
      depth: open.length,
      parent,
      end: nodes.length + 1,
      childCount: 0,
      orphan: parent < 0 && span.parentId !== null && !index.has(span.parentId),
      errorsBelow: 0,
    });
    open.push({ at, node: nodes.length - 1, next: firstChild[at]! });
  };
  enter(start, -1);
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    if (top.next < 0) {
      nodes[top.node]!.end = nodes.length;
      open.pop();
      continue;
    }
    const child = top.next;
    top.next = nextSibling[child]!;
    if (seen[child] === 1) continue;
    nodes[top.node]!.childCount++;
    enter(child, top.node);
  }
}

function sumErrors(nodes: Draft[]): void {
  // Children come after their parent, so backwards every node is complete before it is added upwards.
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at]!;
    const parent = nodes[node.parent];
    if (parent) parent.errorsBelow += node.errorsBelow + (node.span.status === "ERROR" ? 1 : 0);
  }
}

/**
 * Returns the positions of the nodes that are on screen, top to bottom. Without `keep`, what lies
 * under a collapsed span is left out. With it, exactly the kept nodes stay, collapsed or not.
 */
export function visibleRows(
  tree: SpanTree,
  collapsed: ReadonlySet<SpanId>,
  keep: Uint8Array | null = null,
): number[] {
  const rows: number[] = [];
  let at = 0;
  while (at < tree.nodes.length) {
    const node = tree.nodes[at]!;
    if (keep !== null) {
      if (keep[at] !== 0) rows.push(at);
      at++;
      continue;
    }
    rows.push(at);
    at = collapsed.has(node.span.id) ? node.end : at + 1;
  }
  return rows;
}

export const CONTEXT = 1;
export const MATCH = 2;

/** Matches of a search and what must be shown with them. */
export interface SpanSearch {
  /** `MATCH` for each match, `CONTEXT` for each other ancestor of one. */
  readonly keep: Uint8Array;
  /** Positions of the matches, top to bottom. */
  readonly matches: readonly number[];
}

/** Returns the spans that `accepts`, with their ancestors, so that a match keeps its context. */
export function searchSpans(tree: SpanTree, accepts: (span: Span) => boolean): SpanSearch {
  const keep = new Uint8Array(tree.nodes.length);
  const matches: number[] = [];
  tree.nodes.forEach((node, at) => {
    if (!accepts(node.span)) return;
    matches.push(at);
    keep[at] = MATCH;
    // Parents come first in the list, so one that is kept has its own ancestors kept already.
    for (let up = node.parent; up >= 0 && keep[up] === 0; up = tree.nodes[up]!.parent) keep[up] = CONTEXT;
  });
  return { keep, matches };
}

/** Returns the spans that have children: what "collapse all" folds. */
export function foldableSpans(tree: SpanTree): Set<SpanId> {
  const ids = new Set<SpanId>();
  for (const node of tree.nodes) if (node.childCount > 0) ids.add(node.span.id);
  return ids;
}

/** Returns `collapsed` without the ancestors of a span, so that it is on screen; the same set if it already is. */
export function revealSpan(tree: SpanTree, id: SpanId, collapsed: ReadonlySet<SpanId>): ReadonlySet<SpanId> {
  const at = tree.position.get(id);
  if (at === undefined) return collapsed;
  let open: Set<SpanId> | null = null;
  for (let up = tree.nodes[at]!.parent; up >= 0; up = tree.nodes[up]!.parent) {
    const above = tree.nodes[up]!.span.id;
    if (!collapsed.has(above)) continue;
    open ??= new Set(collapsed);
    open.delete(above);
  }
  return open ?? collapsed;
}
