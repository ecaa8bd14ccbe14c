/** Every question the app asks the server, as TanStack Query options. Pages and loaders share them. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { answerOf, api, projectHeader } from "./client";
import { toSession, toTrace, toTraceSummary } from "./convert";
import type { WireSessionDetail, WireSessionSort, WireTrace, WireTraceSort } from "./wire";

import { resolveRange, type DateRange } from "@/lib/date-range";
import { parseExact } from "@/lib/exact-json";
import type { Session } from "@/model/session";
import type { Trace, TraceStatus, TraceSummary } from "@/model/trace";
import {
  epochMicros,
  projectName,
  type ProjectName,
  type SessionId,
  type TraceId,
  type UserId,
} from "@/model/units";

export const SESSION_SORTS = [
  "recent",
  "session_id",
  "name",
  "user",
  "trace_count",
  "span_count",
  "tokens",
  "cost",
  "duration",
  "errors",
] as const satisfies readonly WireSessionSort[];
export type SessionSort = (typeof SESSION_SORTS)[number];

export const TRACE_SORTS = [
  "started_at",
  "name",
  "latency",
  "status",
  "tokens",
  "cost",
  "span_count",
] as const satisfies readonly WireTraceSort[];
export type TraceSort = (typeof TRACE_SORTS)[number];

export type SortOrder = "asc" | "desc";

export interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
}

export interface SessionFilter extends DateRange {
  readonly text?: string | undefined;
  readonly user?: UserId | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly errorsOnly?: boolean | undefined;
  readonly sort: SessionSort;
  readonly order: SortOrder;
  readonly limit: number;
  readonly offset: number;
}

export interface TraceFilter extends DateRange {
  readonly name?: string | undefined;
  readonly status?: TraceStatus | undefined;
  readonly user?: UserId | undefined;
  readonly session?: SessionId | undefined;
  readonly hasSession?: boolean | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly sort: TraceSort;
  readonly order: SortOrder;
  readonly limit: number;
  readonly offset: number;
}

/** Presets move with the clock, so they are resolved for each request and not in the key. */
const now = () => epochMicros(Date.now() * 1000);

export function sessionsQuery(project: ProjectName, filter: SessionFilter) {
  return queryOptions({
    queryKey: ["sessions", project, filter] as const,
    queryFn: async ({ signal }): Promise<Page<Session>> => {
      const { after, before } = resolveRange(filter, now());
      const request = api.GET("/sessions", {
        params: {
          query: {
            limit: filter.limit,
            offset: filter.offset,
            sort_by: filter.sort,
            sort_order: filter.order,
            ...(filter.text ? { query: filter.text } : {}),
            ...(filter.user ? { user_id: filter.user } : {}),
            ...(filter.tags ? { tags: [...filter.tags] } : {}),
            ...(filter.errorsOnly ? { has_error: true } : {}),
            ...(after ? { started_after: after } : {}),
            ...(before ? { started_before: before } : {}),
          },
        },
        headers: projectHeader(project),
        signal,
      });
      const page = await answerOf(request, signal);
      return { items: page.items.map(toSession), total: page.total };
    },
    // Old rows stay on screen while new ones load, but never another project's.
    placeholderData: (previous, query) => (query?.queryKey[1] === project ? previous : undefined),
  });
}

export function tracesQuery(project: ProjectName, filter: TraceFilter) {
  return queryOptions({
    queryKey: ["traces", project, filter] as const,
    queryFn: ({ signal }) => fetchTraces(project, filter, signal),
    placeholderData: (previous, query) => (query?.queryKey[1] === project ? previous : undefined),
  });
}

async function fetchTraces(
  project: ProjectName,
  filter: TraceFilter,
  signal: AbortSignal,
): Promise<Page<TraceSummary>> {
  const { after, before } = resolveRange(filter, now());
  const request = api.GET("/traces", {
    params: {
      query: {
        limit: filter.limit,
        offset: filter.offset,
        sort_by: filter.sort,
        sort_order: filter.order,
        ...(filter.name ? { name: filter.name } : {}),
        ...(filter.status ? { status: filter.status } : {}),
        ...(filter.user ? { user_id: filter.user } : {}),
        ...(filter.session ? { session_id: filter.session } : {}),
        ...(filter.hasSession === undefined ? {} : { has_session: filter.hasSession }),
        ...(filter.tags ? { tags: [...filter.tags] } : {}),
        ...(after ? { started_after: after } : {}),
        ...(before ? { started_before: before } : {}),
      },
    },
    headers: projectHeader(project),
    signal,
  });
  const page = await answerOf(request, signal);
  return { items: page.items.map(toTraceSummary), total: page.total };
}

export function traceQuery(project: ProjectName, id: TraceId) {
  return queryOptions({
    queryKey: ["trace", project, id] as const,
    queryFn: async ({ signal }): Promise<Trace> => {
      const params = { path: { trace_id: id } };
      const headers = projectHeader(project);
      const request = api.GET("/traces/{trace_id}", { params, headers, signal, parseAs: "text" });
      return toTrace(parseExact(await answerOf(request, signal)) as WireTrace);
    },
  });
}

/** Turns loaded at a time: each carries its spans and payloads. */
export const TURNS_PER_LOAD = 50;

export interface SessionTurns {
  readonly session: Session;
  readonly traces: readonly Trace[];
}

export function sessionQuery(project: ProjectName, id: SessionId) {
  return infiniteQueryOptions({
    queryKey: ["session", project, id] as const,
    queryFn: async ({ signal, pageParam }): Promise<SessionTurns> => {
      const query = { id, limit: TURNS_PER_LOAD, offset: pageParam };
      const headers = projectHeader(project);
      const request = api.GET("/sessions/by-id", { params: { query }, headers, signal, parseAs: "text" });
      const { traces, ...session } = parseExact(await answerOf(request, signal)) as WireSessionDetail;
      return { session: toSession(session), traces: traces.map(toTrace) };
    },
    initialPageParam: 0,
    getNextPageParam: (last, _pages, offset) =>
      offset + last.traces.length < last.session.traceCount && last.traces.length > 0
        ? offset + last.traces.length
        : undefined,
  });
}

/** The timeline draws at most this many traces; they come without payloads, 200 at a time. */
export const TIMELINE_LIMIT = 1000;
const TRACES_PER_REQUEST = 200;

/** The session's traces in order of start, without payloads, up to `TIMELINE_LIMIT`. */
export function sessionTimelineQuery(project: ProjectName, id: SessionId) {
  return queryOptions({
    queryKey: ["session-timeline", project, id] as const,
    queryFn: async ({ signal }): Promise<Page<TraceSummary>> => {
      const items: TraceSummary[] = [];
      for (;;) {
        const page = await fetchTraces(
          project,
          { session: id, sort: "started_at", order: "asc", limit: TRACES_PER_REQUEST, offset: items.length },
          signal,
        );
        items.push(...page.items);
        const done = page.items.length === 0 || items.length >= Math.min(page.total, TIMELINE_LIMIT);
        if (done) return { items, total: page.total };
      }
    },
  });
}

/** The names of all projects that the server offers, newest first; empty when it offers none. */
export const projectsQuery = queryOptions({
  queryKey: ["projects"] as const,
  staleTime: 60_000,
  queryFn: async ({ signal }): Promise<readonly ProjectName[]> => {
    const organizations = await answerOf(api.GET("/organizations", { signal }), signal);
    const lists = await Promise.all(
      organizations.map(({ id }) =>
        answerOf(
          api.GET("/organizations/{org_id}/projects", { params: { path: { org_id: id } }, signal }),
          signal,
        ),
      ),
    );
    return lists.flat().map(({ name }) => projectName(name));
  },
});

/** Whether a project holds any trace. */
export function hasTracesQuery(project: ProjectName) {
  return queryOptions({
    queryKey: ["has-traces", project] as const,
    queryFn: async ({ signal }): Promise<boolean> => {
      const filter: TraceFilter = { sort: "started_at", order: "desc", limit: 1, offset: 0 };
      return (await fetchTraces(project, filter, signal)).total > 0;
    },
  });
}
