import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { SearchX } from "lucide-react";
import { useCallback, useMemo, useState } from "react";

import { Conversation } from "./conversation";
import { SessionHeader, SessionRail, SessionTotals } from "./session-summary";
import { SessionTimeline } from "./session-timeline";

import { ApiProblem } from "@/api/problem";
import { sessionQuery, sessionTimelineQuery } from "@/api/queries";
import { QueryError } from "@/features/shell/query-error";
import { turnsOf } from "@/lib/turns";
import type { ProjectName, SessionId, TraceId } from "@/model/units";
import { paths } from "@/paths";
import { Notice, Skeleton } from "@/ui/state";

const route = getRouteApi("/p/$project/session");

export function SessionPage() {
  const { project } = route.useParams();
  const { id } = route.useSearch();
  // Another session is another page: nothing of the old one's scroll position may stay.
  return <SessionView key={`${project}/${id}`} project={project} id={id} />;
}

function SessionView({ project, id }: { project: ProjectName; id: SessionId }) {
  const query = useInfiniteQuery(sessionQuery(project, id));
  const timeline = useQuery(sessionTimelineQuery(project, id));
  const [view, setView] = useState({ first: 0, last: 0 });
  const turns = useMemo(() => turnsOf(query.data?.pages.flatMap((page) => page.traces) ?? []), [query.data]);
  const inView = useMemo(
    () => new Set<TraceId>(turns.slice(view.first, view.last + 1).map((turn) => turn.trace.id)),
    [turns, view],
  );
  const onView = useCallback((first: number, last: number) => setView({ first, last }), []);
  const { fetchNextPage } = query;
  const onMore = useCallback(() => void fetchNextPage(), [fetchNextPage]);

  const session = query.data?.pages.at(-1)?.session;
  if (session === undefined) {
    if (!query.isError) return <SessionSkeleton />;
    if (query.error instanceof ApiProblem && query.error.isNotFound)
      return <NoSuchSession project={project} id={id} />;
    return <QueryError error={query.error} what="this session" onRetry={() => void query.refetch()} />;
  }
  return (
    <>
      <SessionHeader project={project} session={session} />
      <SessionTotals session={session} />
      {timeline.data === undefined ? (
        <div className="h-[3.25rem] shrink-0 border-b border-line bg-surface" />
      ) : (
        <SessionTimeline
          project={project}
          traces={timeline.data.items}
          total={timeline.data.total}
          inView={inView}
        />
      )}
      <div className="flex min-h-0 flex-1 max-lg:flex-col">
        <Conversation
          project={project}
          turns={turns}
          total={session.traceCount}
          hasMore={query.hasNextPage}
          loadingMore={query.isFetchingNextPage}
          onMore={onMore}
          onView={onView}
        />
        <SessionRail project={project} session={session} />
      </div>
    </>
  );
}

function NoSuchSession({ project, id }: { project: ProjectName; id: SessionId }) {
  return (
    <Notice icon={<SearchX />} title="There is no such session">
      <p className="break-all">
        Project “{project}” has no session with the id{" "}
        <code className="font-mono">{id === "" ? "(empty)" : id}</code>.
      </p>
      <Link {...paths.sessions(project)} className="mt-3 inline-block text-accent hover:underline">
        All sessions
      </Link>
    </Notice>
  );
}

function SessionSkeleton() {
  return (
    <div aria-busy className="flex flex-1 flex-col">
      <div className="flex h-12 items-center gap-3 border-b border-line bg-surface px-4">
        <Skeleton className="h-4 w-24" />
        <Skeleton className="h-4 w-72" />
      </div>
      <div className="flex h-[3.7rem] items-center gap-8 border-b border-line bg-surface px-4">
        {Array.from({ length: 8 }, (_, at) => (
          <Skeleton key={at} className="h-7 w-16" />
        ))}
      </div>
      <div className="h-[3.25rem] border-b border-line bg-surface" />
      <div className="mx-auto w-full max-w-4xl flex-1 space-y-3 px-4 pt-3">
        {Array.from({ length: 3 }, (_, at) => (
          <Skeleton key={at} className="h-48 w-full rounded-lg" />
        ))}
      </div>
    </div>
  );
}
