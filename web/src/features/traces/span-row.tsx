import { ChevronRight, CircleX, Unlink } from "lucide-react";
import { memo, type MouseEvent } from "react";

import { KindIcon, kindBar, TraceIcon } from "./kind";

import { formatCompact } from "@/lib/format";
import type { SpanNode } from "@/lib/span-tree";
import { formatDuration } from "@/lib/time";
import { barOf, type Bar, type Bounds } from "@/lib/waterfall";
import type { Trace } from "@/model/trace";
import type { SpanId } from "@/model/units";
import { cx } from "@/ui/cx";

/** The columns of a row; the tokens go first where there is little room. */
export const ROW_GRID =
  "grid grid-cols-[minmax(0,1fr)_4.5rem_minmax(0,38%)] items-center @xl:grid-cols-[minmax(0,1fr)_4.5rem_3.75rem_minmax(0,42%)]";

const ROW =
  "num absolute inset-x-0 top-0 h-7 cursor-pointer text-xs contain-strict hover:bg-hover aria-selected:bg-selected group-focus-visible/tree:aria-selected:ring-1 group-focus-visible/tree:aria-selected:ring-accent group-focus-visible/tree:aria-selected:ring-inset";
const INDENT = 14;
/** Deeper spans are no longer moved to the right, or nothing would be left of their names. */
const DEEPEST_INDENT = 14;

interface SpanRowProps {
  row: number;
  node: SpanNode;
  bounds: Bounds;
  top: number;
  selected: boolean;
  folded: boolean;
  /** Shown only for the sake of a match below it. */
  dimmed: boolean;
  onChoose: (span: SpanId) => void;
  onFold: (span: SpanId, fold: boolean) => void;
}

export const SpanRow = memo(function SpanRow(props: SpanRowProps) {
  const { row, node, bounds, top, selected, folded, dimmed, onChoose, onFold } = props;
  const { span } = node;
  const failed = span.status === "ERROR";
  const fold = (event: MouseEvent) => {
    event.stopPropagation();
    onFold(span.id, !folded);
  };
  return (
    <div
      id={`row-${row}`}
      role="treeitem"
      aria-level={node.depth + 2}
      aria-selected={selected}
      aria-expanded={node.childCount > 0 ? !folded : undefined}
      onClick={() => onChoose(span.id)}
      className={cx(ROW, ROW_GRID, dimmed && "opacity-55")}
      style={{ transform: `translateY(${top}px)` }}
    >
      <div
        className="flex min-w-0 items-center gap-1.5 pr-2"
        style={{ paddingLeft: 10 + Math.min(node.depth + 1, DEEPEST_INDENT) * INDENT }}
      >
        {node.childCount > 0 ? (
          <span
            aria-hidden
            title={folded ? "Unfold" : "Fold"}
            onClick={fold}
            className="-m-1 rounded p-1 text-subtle hover:text-fg"
          >
            <ChevronRight className={cx("size-3.5", !folded && "rotate-90")} />
          </span>
        ) : (
          <span className="w-3.5 shrink-0" />
        )}
        <KindIcon kind={span.kind} className="size-3.5" />
        <span className={cx("truncate", failed ? "text-danger" : "text-fg")}>{span.name}</span>
        {span.model !== null && (
          <span className="min-w-8 shrink-[3] truncate text-2xs text-subtle">{span.model}</span>
        )}
        {failed && <CircleX aria-label="failed" className="size-3.5 shrink-0 text-danger" />}
        {folded && node.errorsBelow > 0 && (
          <span
            title={`${node.errorsBelow} failed below`}
            className="shrink-0 rounded bg-danger-soft px-1 text-2xs text-danger"
          >
            {node.errorsBelow}
          </span>
        )}
        {folded && <span className="shrink-0 text-2xs text-subtle">+{node.childCount}</span>}
        {node.orphan && (
          <span title="Its parent is not in this trace" className="shrink-0 text-warn">
            <Unlink aria-label="parent missing" className="size-3" />
          </span>
        )}
      </div>
      <span className="pr-2 text-right text-muted">
        {span.duration === null ? "open" : formatDuration(span.duration)}
      </span>
      <span
        title={span.counted ? undefined : "Not counted: a span below repeats it"}
        className="hidden pr-2 text-right text-subtle @xl:block"
      >
        {span.usage !== null &&
          span.usage.total > 0 &&
          (span.counted ? formatCompact(span.usage.total) : `(${formatCompact(span.usage.total)})`)}
      </span>
      <BarTrack
        bar={barOf(span, bounds)}
        colour={failed ? (node.errorsBelow > 0 ? "bg-danger/50" : "bg-danger") : kindBar(span.kind)}
      />
    </div>
  );
});

interface TraceRowProps {
  trace: Trace;
  bounds: Bounds;
  top: number;
  selected: boolean;
  onChoose: () => void;
}

/** The first row: the trace itself. */
export const TraceRow = memo(function TraceRow({ trace, bounds, top, selected, onChoose }: TraceRowProps) {
  return (
    <div
      id="row-0"
      role="treeitem"
      aria-level={1}
      aria-selected={selected}
      onClick={onChoose}
      className={cx(ROW, ROW_GRID, "font-medium")}
      style={{ transform: `translateY(${top}px)` }}
    >
      <div className="flex min-w-0 items-center gap-1.5 pr-2 pl-3">
        <TraceIcon className="size-3.5" />
        <span className={cx("truncate", trace.status === "ERROR" && "text-danger")}>{trace.name}</span>
        {trace.status === "ERROR" && (
          <CircleX aria-label="failed" className="size-3.5 shrink-0 text-danger" />
        )}
      </div>
      <span className="pr-2 text-right text-muted">
        {trace.duration === null ? "open" : formatDuration(trace.duration)}
      </span>
      <span className="hidden pr-2 text-right text-subtle @xl:block">
        {trace.usage.total > 0 && formatCompact(trace.usage.total)}
      </span>
      <BarTrack
        bar={barOf(trace, bounds)}
        colour={trace.status === "ERROR" ? "bg-danger/50" : "bg-accent/60"}
      />
    </div>
  );
});

function BarTrack({ bar, colour }: { bar: Bar; colour: string }) {
  return (
    <div className="relative mr-3 h-full">
      <div
        className={cx(
          "absolute top-2 h-3 min-w-[2px] rounded-[2px]",
          colour,
          bar.open && "rounded-r-none opacity-60",
        )}
        style={{ left: `${Math.min(bar.offset * 100, 99.5)}%`, width: `${bar.width * 100}%` }}
      />
    </div>
  );
}
