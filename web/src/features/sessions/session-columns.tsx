import { createColumnHelper } from "@tanstack/react-table";
import { Link } from "@tanstack/react-router";

import { ErrorCountsCell } from "./error-counts";

import type { SessionSort } from "@/api/queries";
import type { Session } from "@/model/session";
import type { ProjectName } from "@/model/units";
import { paths } from "@/paths";
import { RelativeTime } from "@/ui/clock";
import { dataTableFeatures, type DataColumns } from "@/ui/data-table";
import { CostFigure, CountFigure, DurationFigure, Nothing, TokensFigure } from "@/ui/figures";

const column = createColumnHelper<typeof dataTableFeatures, Session>();

/** The id of a column is the server's name for sorting by it. */
const by = (id: SessionSort) => id;

export function sessionColumns(project: ProjectName): DataColumns<Session> {
  return column.columns([
    column.accessor((session) => session.name, {
      id: by("name"),
      header: "Name",
      sortDescFirst: false,
      cell: ({ row: { original: session } }) => (
        <Link
          {...paths.session(project, session.id)}
          title={session.name ?? undefined}
          className="font-medium group-hover/row:text-accent"
        >
          {session.name ?? <span className="font-normal text-subtle">unnamed</span>}
        </Link>
      ),
    }),
    column.accessor((session) => session.id, {
      id: by("session_id"),
      header: "Session",
      sortDescFirst: false,
      meta: { width: "w-32 @5xl:w-40", hint: "Session id" },
      cell: ({ row: { original: session } }) => (
        <Link
          {...paths.session(project, session.id)}
          title={session.id}
          className="font-mono text-xs text-muted hover:text-accent"
        >
          {session.id}
        </Link>
      ),
    }),
    column.accessor((session) => session.userId, {
      id: by("user"),
      header: "User",
      sortDescFirst: false,
      meta: { width: "w-28 @5xl:w-36" },
      cell: ({ row: { original: session } }) =>
        session.userId === null ? (
          <Nothing title="no user" />
        ) : (
          <Link
            {...paths.sessions(project, { user: session.userId })}
            title={`Only sessions of ${session.userId}`}
            className="text-muted hover:text-accent"
          >
            {session.userId}
          </Link>
        ),
    }),
    column.accessor((session) => session.traceCount, {
      id: by("trace_count"),
      header: "Traces",
      sortDescFirst: true,
      meta: { width: "w-[4.25rem]", align: "right" },
      cell: ({ row }) => <CountFigure count={row.original.traceCount} />,
    }),
    column.accessor((session) => session.spanCount, {
      id: by("span_count"),
      header: "Spans",
      sortDescFirst: true,
      meta: { width: "w-[4.25rem]", align: "right" },
      cell: ({ row }) => <CountFigure count={row.original.spanCount} />,
    }),
    column.accessor((session) => session.usage.total, {
      id: by("tokens"),
      header: "Tokens",
      sortDescFirst: true,
      meta: { width: "w-[4.5rem]", align: "right", hint: "All buckets: input, cache, output, reasoning" },
      cell: ({ row }) => <TokensFigure count={row.original.usage.total} />,
    }),
    column.accessor((session) => session.cost, {
      id: by("cost"),
      header: "Cost",
      sortDescFirst: true,
      meta: { width: "w-20", align: "right" },
      cell: ({ row }) => <CostFigure cost={row.original.cost} />,
    }),
    column.accessor((session) => session.duration, {
      id: by("duration"),
      header: "Duration",
      sortDescFirst: true,
      meta: { width: "w-[5.25rem]", align: "right", hint: "Wall clock, first start to last end" },
      cell: ({ row }) => <DurationFigure length={row.original.duration} />,
    }),
    column.accessor((session) => session.lastActivityAt, {
      id: by("recent"),
      header: "Last activity",
      sortDescFirst: true,
      meta: { width: "w-[6.5rem]", align: "right" },
      cell: ({ row: { original: session } }) =>
        session.lastActivityAt === null ? (
          <Nothing />
        ) : (
          <RelativeTime at={session.lastActivityAt} className="text-muted" />
        ),
    }),
    column.accessor((session) => session.traceErrors, {
      id: by("errors"),
      header: "Errors",
      sortDescFirst: true,
      meta: {
        width: "w-28 @5xl:w-44",
        hint: "Failed traces, and failed spans also in traces that completed",
      },
      cell: ({ row: { original: session } }) => (
        <ErrorCountsCell traceErrors={session.traceErrors} spanErrors={session.spanErrors} />
      ),
    }),
  ]);
}
