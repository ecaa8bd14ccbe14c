import { Link } from "@tanstack/react-router";
import { ListTree, User } from "lucide-react";
import type { ReactNode } from "react";

import { ErrorCounts } from "./error-counts";

import { TagList } from "@/features/filters/tag-list";
import { Crumbs } from "@/features/shell/crumbs";
import { useTitle } from "@/features/shell/shell";
import { explainCost, formatInteger } from "@/lib/format";
import type { Session } from "@/model/session";
import type { ProjectName } from "@/model/units";
import { paths } from "@/paths";
import { RelativeTime } from "@/ui/clock";
import { CopyableId } from "@/ui/copy";
import { CostFigure, DurationFigure, Nothing } from "@/ui/figures";
import { JsonView } from "@/ui/payload/json-view";
import { Stat, StatStrip } from "@/ui/stat";
import { TokensStat } from "@/ui/tokens-stat";
import { UsageBreakdown } from "@/ui/usage-breakdown";

interface SessionProps {
  project: ProjectName;
  session: Session;
}

export function SessionHeader({ project, session }: SessionProps) {
  useTitle(session.name ?? session.id);
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b border-line bg-surface px-4">
      <Crumbs>
        <Link {...paths.sessions(project)} className="rounded hover:text-fg">
          Sessions
        </Link>
      </Crumbs>
      <h1 title={session.name ?? undefined} className="min-w-16 truncate text-base font-semibold">
        {session.name ?? <span className="font-normal text-subtle">unnamed session</span>}
      </h1>
      <CopyableId id={session.id} what="session id" className="max-w-64 shrink" />
      {session.userId !== null && (
        <Link
          {...paths.sessions(project, { user: session.userId })}
          title={`Sessions of ${session.userId}`}
          className="inline-flex min-w-0 shrink items-center gap-1 rounded text-xs text-muted hover:text-accent"
        >
          <User aria-hidden className="size-3.5 shrink-0" />
          <span className="truncate">{session.userId}</span>
        </Link>
      )}
      <TagList tags={session.tags} most={3} linkOf={(tag) => paths.sessions(project, { tags: [tag] })} />
      <span className="ml-auto shrink-0 pl-2">
        <ErrorCounts traceErrors={session.traceErrors} spanErrors={session.spanErrors} />
      </span>
    </header>
  );
}

export function SessionTotals({ session }: { session: Session }) {
  return (
    <StatStrip>
      <Stat label="Traces">{formatInteger(session.traceCount)}</Stat>
      <Stat label="Spans">{formatInteger(session.spanCount)}</Stat>
      <TokensStat usage={session.usage} />
      <Stat label="Cost" hint={explainCost(session.cost)}>
        <CostFigure cost={session.cost} />
      </Stat>
      <Stat label="Duration" hint="Wall clock, first start to last end">
        <DurationFigure length={session.duration} />
      </Stat>
      <Stat label="Sum of trace latencies" hint="Not a duration: traces may overlap, and pauses are left out">
        <DurationFigure length={session.latencySum} />
      </Stat>
      <Stat label="First activity">
        {session.firstActivityAt === null ? <Nothing /> : <RelativeTime at={session.firstActivityAt} />}
      </Stat>
      <Stat label="Last activity">
        {session.lastActivityAt === null ? <Nothing /> : <RelativeTime at={session.lastActivityAt} />}
      </Stat>
    </StatStrip>
  );
}

/** What stands beside the conversation: the sums in detail, and the metadata. */
export function SessionRail({ project, session }: SessionProps) {
  return (
    <aside
      aria-label="Session details"
      className="w-80 shrink-0 overflow-y-auto border-l border-line bg-surface max-lg:order-first max-lg:max-h-56 max-lg:w-full max-lg:border-b max-lg:border-l-0"
    >
      <RailSection title="Tokens">
        <UsageBreakdown usage={session.usage} />
      </RailSection>
      <RailSection title="Cost">
        <p className="num text-sm">
          <CostFigure cost={session.cost} className="font-medium" />
        </p>
        {(session.cost.kind === "unpriced" || session.cost.kind === "partial") && (
          <p className="mt-1 text-xs text-subtle">{explainCost(session.cost)}.</p>
        )}
      </RailSection>
      <RailSection title="Metadata">
        {Object.keys(session.metadata).length === 0 ? (
          <p className="text-sm text-subtle">No metadata.</p>
        ) : (
          <JsonView value={session.metadata} />
        )}
      </RailSection>
      {session.tags.length > 0 && (
        <RailSection title="Tags">
          <div className="flex flex-wrap gap-1">
            {session.tags.map((tag) => (
              <TagList key={tag} tags={[tag]} linkOf={(one) => paths.sessions(project, { tags: [one] })} />
            ))}
          </div>
        </RailSection>
      )}
      <div className="px-4 py-3">
        <Link
          {...paths.traces(project, { session: session.id })}
          className="inline-flex items-center gap-1.5 text-sm text-accent hover:underline"
        >
          <ListTree aria-hidden className="size-4" /> Traces of this session as a table
        </Link>
      </div>
    </aside>
  );
}

function RailSection({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="border-b border-line px-4 py-3">
      <h2 className="mb-2 text-xs font-semibold text-muted">{title}</h2>
      {children}
    </section>
  );
}
