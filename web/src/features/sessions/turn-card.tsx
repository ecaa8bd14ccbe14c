import { Link } from "@tanstack/react-router";
import { CircleX, Hourglass, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

import { TraceStatusBadge } from "@/features/traces/status";
import { plural } from "@/lib/format";
import { formatAbsolute, formatClock, formatDuration, isoText } from "@/lib/time";
import type { Turn } from "@/lib/turns";
import { micros, type ProjectName } from "@/model/units";
import { paths } from "@/paths";
import { cx } from "@/ui/cx";
import { CostFigure, DurationFigure, TokensFigure } from "@/ui/figures";
import { ChatView } from "@/ui/payload/chat-view";
import { JsonView } from "@/ui/payload/json-view";
import { Prose } from "@/ui/payload/payload-view";

/** Shorter pauses are the rhythm of a conversation and go without saying. */
const PAUSE_WORTH_SAYING = micros(60_000_000);

/** One trace of a session, told as a turn of a conversation. */
export function TurnCard({ project, turn }: { project: ProjectName; turn: Turn }) {
  const { trace } = turn;
  return (
    <>
      {turn.pause !== null && turn.pause >= PAUSE_WORTH_SAYING && (
        <div className="flex items-center gap-2 pb-3 text-2xs text-subtle">
          <span className="idle-hatch h-1.5 flex-1 rounded opacity-50" />
          <Hourglass aria-hidden className="size-3" /> {formatDuration(turn.pause)} later
          <span className="idle-hatch h-1.5 flex-1 rounded opacity-50" />
        </div>
      )}
      <article
        aria-label={`Turn ${turn.number}: ${trace.name}`}
        className={cx(
          "overflow-hidden rounded-lg border bg-surface",
          trace.status === "ERROR" ? "border-danger/50" : "border-line",
        )}
      >
        <header className="num flex flex-wrap items-center gap-x-3 gap-y-0.5 border-b border-line px-3 py-1.5 text-xs text-muted">
          <span className="text-subtle">{turn.number}</span>
          <Link
            {...paths.trace(project, trace.id)}
            className="min-w-0 truncate text-sm font-medium text-fg hover:text-accent"
          >
            {trace.name}
          </Link>
          <TraceStatusBadge status={trace.status} spanErrors={trace.spanErrors} wordy />
          <span className="ml-auto flex items-center gap-3 whitespace-nowrap">
            <time
              dateTime={isoText(trace.startedAt)}
              title={formatAbsolute(trace.startedAt)}
              className="text-subtle"
            >
              {formatClock(trace.startedAt)}
            </time>
            <DurationFigure length={trace.duration} className="text-fg" />
            <span className="text-subtle">{plural(trace.spanCount, "span")}</span>
            {trace.usage.total > 0 && (
              <span>
                <TokensFigure count={trace.usage.total} /> tok
              </span>
            )}
            {trace.cost.kind !== "none" && <CostFigure cost={trace.cost} />}
          </span>
        </header>
        <div className="space-y-3 px-3 py-2.5">
          <Side label="Input" value={trace.input}>
            {turn.asked !== null && (
              <ChatView
                messages={turn.asked}
                folded={turn.repeated}
                foldedBecause="repeated from the turns before"
              />
            )}
          </Side>
          {turn.failure !== null && <Failure project={project} turn={turn} />}
          <Side label="Output" value={trace.output} quietWhenAbsent={turn.failure !== null}>
            {turn.answered !== null && <ChatView messages={turn.answered} />}
          </Side>
        </div>
      </article>
    </>
  );
}

interface SideProps {
  label: string;
  value: unknown;
  quietWhenAbsent?: boolean;
  /** The conversation, when the value is one. */
  children: ReactNode;
}

function Side({ label, value, quietWhenAbsent = false, children }: SideProps) {
  if (children !== false) return <div aria-label={label}>{children}</div>;
  if (value === null || value === undefined) {
    return quietWhenAbsent ? null : (
      <p className="text-xs text-subtle">No {label.toLowerCase()} was recorded.</p>
    );
  }
  return (
    <div>
      <div className="mb-1 text-2xs font-semibold tracking-wide text-subtle">{label.toLowerCase()}</div>
      {typeof value === "string" ? <Prose text={value} /> : <JsonView value={value} />}
    </div>
  );
}

function Failure({ project, turn }: { project: ProjectName; turn: Turn }) {
  const { trace, failure } = turn;
  if (failure === null) return null;
  const fatal = trace.status === "ERROR";
  return (
    <Link
      {...paths.span(project, trace.id, failure.id)}
      className={cx(
        "flex items-start gap-2 rounded-md px-2.5 py-1.5 text-xs hover:brightness-97 dark:hover:brightness-115",
        fatal ? "bg-danger-soft text-danger" : "bg-warn-soft text-warn",
      )}
    >
      {fatal ? (
        <CircleX aria-hidden className="mt-0.5 size-3.5 shrink-0" />
      ) : (
        <TriangleAlert aria-hidden className="mt-0.5 size-3.5 shrink-0" />
      )}
      <span className="min-w-0">
        <span className="font-medium">{failure.name}</span>
        {trace.spanErrors > 1 ? ` failed, the first of ${trace.spanErrors}` : " failed"}
        {failure.error !== null && failure.error !== "" && (
          <span className="line-clamp-4 break-words"> {failure.error}</span>
        )}
      </span>
    </Link>
  );
}
