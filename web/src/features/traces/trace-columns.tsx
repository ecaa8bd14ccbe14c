import { createColumnHelper } from "@tanstack/react-table";
import { Link } from "@tanstack/react-router";

import { TraceStatusBadge } from "./status";
import type { TracesSearch } from "./traces-search";

import type { TraceSort } from "@/api/queries";
import { TagList } from "@/features/filters/tag-list";
import type { TraceSummary } from "@/model/trace";
import type { ProjectName } from "@/model/units";
import { paths } from "@/paths";
import { RelativeTime } from "@/ui/clock";
import { dataTableFeatures, type DataColumns } from "@/ui/data-table";
import { CostFigure, CountFigure, DurationFigure, Nothing, TokensFigure } from "@/ui/figures";

const column = createColumnHelper<typeof dataTableFeatures, TraceSummary>();

/** The id of a column is the server's name for sorting by it. */
const by = (id: TraceSort) => id;

/** `narrow` adds a filter to the list as it is now. */
export function traceColumns(
  project: ProjectName,
  narrow: (part: TracesSearch) => TracesSearch,
): DataColumns<TraceSummary> {
  return column.columns([
    column.accessor((trace) => trace.name, {
      id: by("name"),
      header: "Name",
      sortDescFirst: false,
      cell: ({ row: { original: trace } }) => (
        <Link
          {...paths.trace(project, trace.id)}
          title={trace.name}
          className="font-medium group-hover/row:text-accent"
        >
          {trace.name}
        </Link>
      ),
    }),
    column.accessor((trace) => trace.status, {
      id: by("status"),
      header: "Status",
      sortDescFirst: false,
      meta: { width: "w-32 @5xl:w-36" },
      cell: ({ row: { original: trace } }) => (
        <TraceStatusBadge status={trace.status} spanErrors={trace.spanErrors} />
      ),
    }),
    column.accessor((trace) => trace.sessionId, {
      id: "session",
      header: "Session",
      enableSorting: false,
      meta: { width: "w-36 @5xl:w-52" },
      cell: ({ row: { original: trace } }) =>
        trace.sessionId === null ? (
          <Nothing title="no session" />
        ) : (
          <Link
            {...paths.session(project, trace.sessionId)}
            title={`${trace.sessionName ?? ""}\n${trace.sessionId}`.trim()}
            className="text-muted hover:text-accent"
          >
            {trace.sessionName ?? <span className="font-mono text-xs">{trace.sessionId}</span>}
          </Link>
        ),
    }),
    column.accessor((trace) => trace.userId, {
      id: "user",
      header: "User",
      enableSorting: false,
      meta: { width: "w-24 @5xl:w-32" },
      cell: ({ row: { original: trace } }) =>
        trace.userId === null ? (
          <Nothing title="no user" />
        ) : (
          <Link
            {...paths.traces(project, narrow({ user: trace.userId }))}
            title={`Only traces of ${trace.userId}`}
            className="text-muted hover:text-accent"
          >
            {trace.userId}
          </Link>
        ),
    }),
    column.accessor((trace) => trace.startedAt, {
      id: by("started_at"),
      header: "Started",
      sortDescFirst: true,
      meta: { width: "w-[5.5rem]", align: "right" },
      cell: ({ row }) => <RelativeTime at={row.original.startedAt} className="text-muted" />,
    }),
    column.accessor((trace) => trace.duration, {
      id: by("latency"),
      header: "Duration",
      sortDescFirst: true,
      meta: { width: "w-20", align: "right", hint: "Start to end" },
      cell: ({ row }) => <DurationFigure length={row.original.duration} />,
    }),
    column.accessor((trace) => trace.spanCount, {
      id: by("span_count"),
      header: "Spans",
      sortDescFirst: true,
      meta: { width: "w-16", align: "right" },
      cell: ({ row }) => <CountFigure count={row.original.spanCount} />,
    }),
    column.accessor((trace) => trace.usage.total, {
      id: by("tokens"),
      header: "Tokens",
      sortDescFirst: true,
      meta: { width: "w-[4.5rem]", align: "right", hint: "All buckets: input, cache, output, reasoning" },
      cell: ({ row }) => <TokensFigure count={row.original.usage.total} />,
    }),
    column.accessor((trace) => trace.cost, {
      id: by("cost"),
      header: "Cost",
      sortDescFirst: true,
      meta: { width: "w-[5.25rem]", align: "right" },
      cell: ({ row }) => <CostFigure cost={row.original.cost} />,
    }),
    column.accessor((trace) => trace.tags, {
      id: "tags",
      header: "Tags",
      enableSorting: false,
      meta: { width: "w-28 @5xl:w-40" },
      cell: ({ row: { original: trace } }) => (
        <TagList
          tags={trace.tags}
          most={2}
          linkOf={(tag) => paths.traces(project, narrow({ tags: [tag] }))}
        />
      ),
    }),
  ]);
}
