import { cx } from "./cx";

import { explainCost, formatCompact, formatCost, formatInteger } from "@/lib/format";
import { formatDuration, formatDurationExact } from "@/lib/time";
import type { Cost } from "@/model/cost";
import type { Micros, Tokens } from "@/model/units";

/** A quantity that is not known, or not there. */
export function Nothing({ title }: { title?: string }) {
  return (
    <span title={title} className="text-subtle">
      —
    </span>
  );
}

export function DurationFigure({ length, className }: { length: Micros | null; className?: string }) {
  if (length === null) return <Nothing title="not ended" />;
  return (
    <span title={formatDurationExact(length)} className={className}>
      {formatDuration(length)}
    </span>
  );
}

export function TokensFigure({ count, className }: { count: Tokens; className?: string }) {
  if (count === 0) return <Nothing title="no tokens" />;
  return (
    <span title={`${formatInteger(count)} tokens`} className={className}>
      {formatCompact(count)}
    </span>
  );
}

export function CountFigure({ count }: { count: number }) {
  return (
    <span title={formatInteger(count)}>{count < 100_000 ? formatInteger(count) : formatCompact(count)}</span>
  );
}

export function CostFigure({ cost, className }: { cost: Cost; className?: string }) {
  if (cost.kind === "none") return <Nothing title={explainCost(cost)} />;
  return (
    <span
      title={explainCost(cost)}
      className={cx(cost.kind === "unpriced" && "text-subtle italic", className)}
    >
      {formatCost(cost)}
    </span>
  );
}
