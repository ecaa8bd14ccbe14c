import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef, type KeyboardEvent } from "react";

import { SpanRow, TraceRow, ROW_GRID } from "./span-row";

import { CONTEXT, type SpanNode, type SpanSearch, type SpanTree } from "@/lib/span-tree";
import { formatDuration } from "@/lib/time";
import { ticksOf, type Bounds } from "@/lib/waterfall";
import type { Trace } from "@/model/trace";
import type { SpanId } from "@/model/units";
import { cx } from "@/ui/cx";

const ROW = 28;
const TICKS = 4;

interface SpanTreeViewProps {
  trace: Trace;
  tree: SpanTree;
  /** Positions of the nodes on screen, top to bottom. */
  rows: readonly number[];
  bounds: Bounds;
  collapsed: ReadonlySet<SpanId>;
  /** What a search found; while there is one, nothing is folded. */
  found: SpanSearch | null;
  selected: SpanId | null;
  onChoose: (span: SpanId | null) => void;
  onMove: (span: SpanId | null) => void;
  onFold: (span: SpanId, fold: boolean) => void;
}

/** The rows of a trace: the trace itself, then its spans. Only those near the screen are drawn. */
export function SpanTreeView(props: SpanTreeViewProps) {
  const { trace, tree, rows, bounds, collapsed, found, selected, onChoose, onMove, onFold } = props;
  const searching = found !== null;
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: rows.length + 1,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 16,
  });
  const rowOf = useMemo(() => new Map(rows.map((position, at) => [position, at + 1])), [rows]);
  const selectedPosition = selected === null ? undefined : tree.position.get(selected);
  const selectedRow = selectedPosition === undefined ? 0 : (rowOf.get(selectedPosition) ?? 0);

  useEffect(() => {
    virtualizer.scrollToIndex(selectedRow, { align: "auto" });
  }, [virtualizer, selectedRow]);

  const nodeAt = (row: number): SpanNode | undefined => tree.nodes[rows[row - 1] ?? -1];
  const go = (row: number) => {
    const bounded = Math.min(rows.length, Math.max(0, row));
    onMove(nodeAt(bounded)?.span.id ?? null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const node = nodeAt(selectedRow);
    const open = node !== undefined && node.childCount > 0 && (searching || !collapsed.has(node.span.id));
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? ROW) / ROW) - 2);
    const actions: Record<string, () => void> = {
      ArrowDown: () => go(selectedRow + 1),
      ArrowUp: () => go(selectedRow - 1),
      PageDown: () => go(selectedRow + page),
      PageUp: () => go(selectedRow - page),
      Home: () => go(0),
      End: () => go(rows.length),
      ArrowRight: () => {
        if (node === undefined || open) go(selectedRow + 1);
        else if (node.childCount > 0) onFold(node.span.id, false);
      },
      ArrowLeft: () => {
        if (node === undefined) return;
        if (open && !searching) onFold(node.span.id, true);
        else go(node.parent < 0 ? 0 : (rowOf.get(node.parent) ?? 0));
      },
    };
    const action = actions[event.key];
    if (action === undefined || event.altKey || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    action();
  };
  const chooseTrace = useCallback(() => onChoose(null), [onChoose]);

  return (
    <div className="@container flex min-h-0 flex-1 flex-col">
      <Axis bounds={bounds} />
      <div
        ref={scroller}
        role="tree"
        tabIndex={0}
        aria-label="Spans"
        aria-activedescendant={`row-${selectedRow}`}
        onKeyDown={onKeyDown}
        className="group/tree min-h-0 flex-1 overflow-x-hidden overflow-y-scroll focus-visible:outline-none"
        data-testid="span-tree"
      >
        <div className="relative" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const node = nodeAt(index);
            if (index === 0 || node === undefined) {
              return (
                <TraceRow
                  key="trace"
                  trace={trace}
                  bounds={bounds}
                  top={start}
                  selected={selectedRow === 0}
                  onChoose={chooseTrace}
                />
              );
            }
            return (
              <SpanRow
                key={node.span.id}
                row={index}
                node={node}
                bounds={bounds}
                top={start}
                selected={index === selectedRow}
                dimmed={found !== null && found.keep[rows[index - 1] ?? -1] === CONTEXT}
                folded={!searching && collapsed.has(node.span.id)}
                onChoose={onChoose}
                onFold={onFold}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

function Axis({ bounds }: { bounds: Bounds }) {
  return (
    <div
      aria-hidden
      className={cx(
        ROW_GRID,
        "num h-6 shrink-0 overflow-hidden overflow-y-scroll border-b border-line text-2xs text-subtle [scrollbar-color:transparent_transparent]",
      )}
    >
      <span className="pl-3">Span</span>
      <span className="pr-2 text-right">Duration</span>
      <span className="hidden pr-2 text-right @xl:block">Tokens</span>
      <div className="relative h-full">
        {ticksOf(bounds, TICKS).map(({ offset, at }) =>
          offset > 0.92 ? null : (
            <span
              key={at}
              className="absolute top-0 h-full border-l border-line pl-1 leading-6"
              style={{ left: `${offset * 100}%` }}
            >
              {at === 0 ? "0" : formatDuration(at)}
            </span>
          ),
        )}
      </div>
    </div>
  );
}
