import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { SearchX } from "lucide-react";

import { TraceHeader, TraceTotals } from "./trace-summary";
import { TraceWorkbench } from "./trace-workbench";

import { ApiProblem } from "@/api/problem";
import { traceQuery } from "@/api/queries";
import { QueryError } from "@/features/shell/query-error";
import type { Trace } from "@/model/trace";
import type { ProjectName, TraceId } from "@/model/units";
import { paths } from "@/paths";
import { Notice, Skeleton } from "@/ui/state";

const route = getRouteApi("/p/$project/trace/$traceId");

/** An open trace is asked for again this often, while it is young enough to be really running. */
const FOLLOW_MS = 3_000;
const FOLLOW_FOR_MS = 3_600_000;

export function TracePage() {
  const { project, traceId } = route.useParams();
  const query = useQuery({
    ...traceQuery(project, traceId),
    refetchInterval: ({ state }) => (state.data !== undefined && isRunning(state.data) ? FOLLOW_MS : false),
  });
  const trace = query.data;
  if (trace === undefined) {
    if (!query.isError) return <TraceSkeleton />;
    if (query.error instanceof ApiProblem && query.error.isNotFound)
      return <NoSuchTrace project={project} id={traceId} />;
    return <QueryError error={query.error} what="this trace" onRetry={() => void query.refetch()} />;
  }
  return (
    <>
      <TraceHeader project={project} trace={trace} />
      <TraceTotals project={project} trace={trace} />
      <TraceWorkbench key={trace.id} project={project} trace={trace} />
    </>
  );
}

function isRunning({ status, startedAt }: Trace): boolean {
  return (status === "RUNNING" || status === "PENDING") && Date.now() - startedAt / 1000 < FOLLOW_FOR_MS;
}

function NoSuchTrace({ project, id }: { project: ProjectName; id: TraceId }) {
  return (
    <Notice icon={<SearchX />} title="There is no such trace">
      <p className="break-all">
        Project “{project}” has no trace with the id <code className="font-mono">{id}</code>.
      </p>
      <Link {...paths.traces(project)} className="mt-3 inline-block text-accent hover:underline">
        All traces
      </Link>
    </Notice>
  );
}

function TraceSkeleton() {
  return (
    <div aria-busy className="flex min-h-0 flex-1 flex-col">
      <div className="flex h-12 items-center gap-3 border-b border-line bg-surface px-4">
        <Skeleton className="h-4 w-24" />
        <Skeleton className="h-4 w-72" />
      </div>
      <div className="flex h-[3.7rem] items-center gap-8 border-b border-line bg-surface px-4">
        {Array.from({ length: 6 }, (_, at) => (
          <Skeleton key={at} className="h-7 w-16" />
        ))}
      </div>
      <div className="flex-1 space-y-3 bg-surface p-4">
        {Array.from({ length: 12 }, (_, at) => (
          <Skeleton key={at} className="h-4 w-1/2" />
        ))}
      </div>
    </div>
  );
}
