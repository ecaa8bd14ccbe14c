import { Check, CircleDashed, CircleX, Hourglass, TriangleAlert } from "lucide-react";

import { formatInteger, plural } from "@/lib/format";
import type { TraceStatus } from "@/model/trace";
import { Badge } from "@/ui/badge";

interface TraceStatusBadgeProps {
  status: TraceStatus;
  spanErrors: number;
  /** Says "2 spans failed" rather than 2. */
  wordy?: boolean;
}

/** A trace's status. Success stays quiet, so that failures stand out. */
export function TraceStatusBadge({ status, spanErrors, wordy = false }: TraceStatusBadgeProps) {
  return (
    <span className="inline-flex items-center gap-1">
      {status === "COMPLETED" && (
        <span className="inline-flex h-5 items-center gap-1 text-2xs font-medium text-muted">
          <Check aria-hidden className="size-3 text-accent" /> Completed
        </span>
      )}
      {status === "ERROR" && (
        <Badge tone="danger">
          <CircleX aria-hidden /> Error
        </Badge>
      )}
      {status === "RUNNING" && (
        <Badge tone="info">
          <CircleDashed aria-hidden className="animate-spin" /> Running
        </Badge>
      )}
      {status === "PENDING" && (
        <Badge>
          <Hourglass aria-hidden /> Pending
        </Badge>
      )}
      {spanErrors > 0 && (
        <Badge tone="warn" title={`${plural(spanErrors, "span")} failed`}>
          <TriangleAlert aria-hidden />{" "}
          {wordy ? `${plural(spanErrors, "span")} failed` : formatInteger(spanErrors)}
        </Badge>
      )}
    </span>
  );
}
