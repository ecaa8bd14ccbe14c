import { CircleX, TriangleAlert } from "lucide-react";

import { formatInteger, plural } from "@/lib/format";
import { Badge } from "@/ui/badge";
import { Nothing } from "@/ui/figures";

interface ErrorCountsProps {
  traceErrors: number;
  spanErrors: number;
}

/** Failed traces and failed spans apart: a trace that completed may hide spans that failed. */
export function ErrorCounts({ traceErrors, spanErrors }: ErrorCountsProps) {
  return (
    <span className="inline-flex gap-1">
      {traceErrors > 0 && (
        <Badge tone="danger" title={`${plural(traceErrors, "trace")} failed`}>
          <CircleX aria-hidden />
          {plural(traceErrors, "trace")} failed
        </Badge>
      )}
      {spanErrors > 0 && (
        <Badge tone="warn" title={`${plural(spanErrors, "span")} failed`}>
          <TriangleAlert aria-hidden />
          {plural(spanErrors, "span")} failed
        </Badge>
      )}
    </span>
  );
}

/** The same for a table: the nouns go where there is little room. */
export function ErrorCountsCell({ traceErrors, spanErrors }: ErrorCountsProps) {
  if (traceErrors === 0 && spanErrors === 0) return <Nothing title="no errors" />;
  return (
    <span className="inline-flex gap-1">
      {traceErrors > 0 && (
        <Badge tone="danger" title={`${plural(traceErrors, "trace")} failed`}>
          <CircleX aria-hidden />
          <Count count={traceErrors} noun="trace" />
        </Badge>
      )}
      {spanErrors > 0 && (
        <Badge tone="warn" title={`${plural(spanErrors, "span")} failed`}>
          <TriangleAlert aria-hidden />
          <Count count={spanErrors} noun="span" />
        </Badge>
      )}
    </span>
  );
}

function Count({ count, noun }: { count: number; noun: string }) {
  return (
    <span>
      {formatInteger(count)}
      <span className="sr-only @5xl:not-sr-only">
        {" "}
        {noun}
        {count !== 1 && "s"}
      </span>
    </span>
  );
}
