/**
 * Every address inside the app. Pages link through these and never write a path themselves, so
 * that the addresses of shared links can be read, and are tested, in one place.
 */
import { linkOptions } from "@tanstack/react-router";

import type { SessionsSearch } from "@/features/sessions/sessions-search";
import type { TraceSearch } from "@/features/traces/trace-search";
import type { TracesSearch } from "@/features/traces/traces-search";
import type { ProjectName, SessionId, SpanId, TraceId } from "@/model/units";

export const paths = {
  home: () => linkOptions({ to: "/" }),

  sessions: (project: ProjectName, search: SessionsSearch = {}) =>
    linkOptions({ to: "/p/$project/sessions", params: { project }, search }),

  session: (project: ProjectName, id: SessionId) =>
    linkOptions({ to: "/p/$project/session", params: { project }, search: { id } }),

  traces: (project: ProjectName, search: TracesSearch = {}) =>
    linkOptions({ to: "/p/$project/traces", params: { project }, search }),

  trace: (project: ProjectName, traceId: TraceId, search: TraceSearch = {}) =>
    linkOptions({ to: "/p/$project/trace/$traceId", params: { project, traceId }, search }),

  span: (project: ProjectName, traceId: TraceId, span: SpanId) =>
    linkOptions({ to: "/p/$project/trace/$traceId", params: { project, traceId }, search: { span } }),
};
