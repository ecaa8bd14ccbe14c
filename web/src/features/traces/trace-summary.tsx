import { Link } from "@tanstack/react-router";

import { TraceStatusBadge } from "./status";

import { TagList } from "@/features/filters/tag-list";
import { Crumbs } from "@/features/shell/crumbs";
import { useTitle } from "@/features/shell/shell";
import { explainCost, formatInteger } from "@/lib/format";
import type { Trace } from "@/model/trace";
import type { ProjectName } from "@/model/units";
import { paths } from "@/paths";
import { RelativeTime } from "@/ui/clock";
import { CopyableId } from "@/ui/copy";
import { CostFigure, DurationFigure } from "@/ui/figures";
import { Stat, StatStrip } from "@/ui/stat";
import { TokensStat } from "@/ui/tokens-stat";

interface TraceProps {
  project: ProjectName;
  trace: Trace;
}

export function TraceHeader({ project, trace }: TraceProps) {
  useTitle(trace.name);
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b border-line bg-surface px-4">
      <Crumbs>
        {trace.sessionId === null ? (
          <Link {...paths.traces(project)} className="rounded hover:text-fg">
            Traces
          </Link>
        ) : (
          <Link {...paths.sessions(project)} className="rounded hover:text-fg">
            Sessions
          </Link>
        )}
        {trace.sessionId !== null && (
          <Link
            {...paths.session(project, trace.sessionId)}
            title={trace.sessionId}
            className="block max-w-64 truncate rounded hover:text-fg"
          >
            {trace.sessionName ?? trace.sessionId}
          </Link>
        )}
      </Crumbs>
      <h1 title={trace.name} className="min-w-16 truncate text-base font-semibold">
        {trace.name}
      </h1>
      <TraceStatusBadge status={trace.status} spanErrors={trace.spanErrors} wordy />
      <CopyableId id={trace.id} what="trace id" className="ml-auto max-w-80 shrink" />
    </header>
  );
}

export function TraceTotals({ project, trace }: TraceProps) {
  return (
    <StatStrip>
      <Stat label="Started">
        <RelativeTime at={trace.startedAt} />
      </Stat>
      <Stat label="Duration">
        <DurationFigure length={trace.duration} />
      </Stat>
      <Stat label="Spans">{formatInteger(trace.spanCount)}</Stat>
      <TokensStat usage={trace.usage} />
      <Stat label="Cost" hint={explainCost(trace.cost)}>
        <CostFigure cost={trace.cost} />
      </Stat>
      {trace.userId !== null && (
        <Stat label="User">
          <Link {...paths.traces(project, { user: trace.userId })} className="hover:text-accent">
            {trace.userId}
          </Link>
        </Stat>
      )}
      {trace.environment !== null && <Stat label="Environment">{trace.environment}</Stat>}
      {trace.release !== null && <Stat label="Release">{trace.release}</Stat>}
      {trace.tags.length > 0 && (
        <Stat label="Tags">
          <TagList tags={trace.tags} most={4} linkOf={(tag) => paths.traces(project, { tags: [tag] })} />
        </Stat>
      )}
    </StatStrip>
  );
}
