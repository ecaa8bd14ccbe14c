import { useCallback, useDeferredValue, useMemo, useState } from "react";

import { useSelection } from "./selection";
import { SpanPanel, TracePanel } from "./span-panel";
import { SpanTreeView } from "./span-tree-view";
import { TreeToolbar } from "./tree-toolbar";
import { useSplit } from "./use-split";

import { buildSpanTree, foldableSpans, revealSpan, searchSpans, visibleRows } from "@/lib/span-tree";
import { boundsOf } from "@/lib/waterfall";
import type { Span, Trace } from "@/model/trace";
import type { ProjectName, SpanId } from "@/model/units";

const NONE: ReadonlySet<SpanId> = new Set();

/** The tree of a trace with its time bars, and beside it all about the chosen span. */
export function TraceWorkbench({ project, trace }: { project: ProjectName; trace: Trace }) {
  const selection = useSelection(project, trace.id);
  const { selected, text, choose, moveTo } = selection;
  const { container, percent, handle } = useSplit();
  const [folded, setFolded] = useState(NONE);
  const [revealed, setRevealed] = useState<SpanId | null>(null);

  const tree = useMemo(() => buildSpanTree(trace.spans), [trace.spans]);
  const bounds = useMemo(() => boundsOf(trace, trace.spans), [trace]);
  const found = useMemo(() => (text === "" ? null : searchSpans(tree, matcher(text))), [tree, text]);
  const failed = useMemo(() => searchSpans(tree, (span) => span.status === "ERROR").matches, [tree]);

  // A span that is chosen from outside (a link, the next error) must not stay under a folded parent.
  let collapsed = folded;
  if (selected !== revealed) {
    setRevealed(selected);
    collapsed = selected === null ? folded : revealSpan(tree, selected, folded);
    if (collapsed !== folded) setFolded(collapsed);
  }
  const rows = useMemo(() => visibleRows(tree, collapsed, found?.keep ?? null), [tree, collapsed, found]);

  const toggle = useCallback((id: SpanId, fold: boolean) => {
    setFolded((old) => {
      const next = new Set(old);
      if (fold) next.add(id);
      else next.delete(id);
      return next;
    });
  }, []);
  const jump = (positions: readonly number[], step: 1 | -1) => {
    const at = nextPosition(positions, selected === null ? -1 : (tree.position.get(selected) ?? -1), step);
    const node = at === null ? undefined : tree.nodes[at];
    if (node) moveTo(node.span.id);
  };

  // The panel may be heavy; the tree must not wait for it.
  const shown = useDeferredValue(selected);
  const position = shown === null ? undefined : tree.position.get(shown);
  const node = position === undefined ? undefined : tree.nodes[position];
  return (
    <div ref={container} className="flex min-h-0 flex-1 max-lg:flex-col">
      <div
        className="flex min-h-0 min-w-0 flex-col bg-surface max-lg:h-1/2 max-lg:w-full!"
        style={{ width: `${percent}%` }}
      >
        <TreeToolbar
          text={text}
          onText={selection.setText}
          matches={found?.matches.length ?? null}
          onMatch={(step) => jump(found?.matches ?? [], step)}
          errors={failed.length}
          onError={(step) => jump(failed, step)}
          onExpandAll={() => setFolded(NONE)}
          onCollapseAll={() => setFolded(foldableSpans(tree))}
        />
        <SpanTreeView
          trace={trace}
          tree={tree}
          rows={rows}
          bounds={bounds}
          collapsed={collapsed}
          found={found}
          selected={selected}
          onChoose={choose}
          onMove={moveTo}
          onFold={toggle}
        />
      </div>
      <div
        {...handle}
        className="group relative w-px shrink-0 cursor-col-resize bg-line focus-visible:outline-none max-lg:hidden"
      >
        <div className="absolute inset-y-0 -left-1 z-10 w-2 group-hover:bg-accent/25 group-focus-visible:bg-accent/40" />
      </div>
      <div className="min-h-0 min-w-0 flex-1 bg-surface max-lg:border-t max-lg:border-line">
        {node === undefined ? (
          <TracePanel trace={trace} tab={selection.tab} onTab={selection.setTab} missing={shown} />
        ) : (
          <SpanPanel key={node.span.id} node={node} tab={selection.tab} onTab={selection.setTab} />
        )}
      </div>
    </div>
  );
}

/** Random ids contain any short text, so they are searched only for longer ones. */
const ID_PART = 6;

/** Matches the words of a search in name, model, kind and id, all of them, in any case. */
function matcher(text: string): (span: Span) => boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (span) => {
    const hay = `${span.name} ${span.model ?? ""} ${span.kind}`.toLowerCase();
    return words.every((word) => hay.includes(word) || (word.length >= ID_PART && span.id.includes(word)));
  };
}

/** Returns the first of the ordered positions after (or before) `from`, round the end if need be. */
function nextPosition(positions: readonly number[], from: number, step: 1 | -1): number | null {
  if (positions.length === 0) return null;
  const next =
    step === 1
      ? positions.find((at) => at > from)
      : positions.findLast((at) => at < (from < 0 ? Infinity : from));
  return next ?? positions.at(step === 1 ? 0 : -1) ?? null;
}
