import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { ListTree, MessagesSquare, SearchX, User } from "lucide-react";
import { useCallback, useMemo } from "react";

import { traceColumns } from "./trace-columns";
import { isFiltered, traceFilter, withoutFilters, type TracesSearch } from "./traces-search";

import { TRACE_SORTS, tracesQuery } from "@/api/queries";
import { ActiveTags } from "@/features/filters/active-tags";
import { DateRangeFilter } from "@/features/filters/date-range-filter";
import { RefreshControl, useAutoRefresh } from "@/features/filters/refresh-control";
import { TextFilter } from "@/features/filters/text-filter";
import { FirstSteps } from "@/features/shell/first-steps";
import { QueryError } from "@/features/shell/query-error";
import { PageHeader } from "@/features/shell/shell";
import { formatInteger } from "@/lib/format";
import { TRACE_STATUSES } from "@/model/trace";
import type { ProjectName } from "@/model/units";
import { paths } from "@/paths";
import { DataTable, type Sorting } from "@/ui/data-table";
import { SearchField, Select } from "@/ui/fields";
import { Pagination } from "@/ui/pagination";
import { BusyLine, Notice } from "@/ui/state";

const route = getRouteApi("/p/$project/traces");

export function TracesPage() {
  const { project } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate();
  const auto = useAutoRefresh();
  const filter = traceFilter(search);
  const query = useQuery({ ...tracesQuery(project, filter), refetchInterval: auto.interval });
  // Another filter or order starts at the first page again.
  const narrow = useCallback(
    (part: TracesSearch): TracesSearch => ({ ...search, page: undefined, ...part }),
    [search],
  );
  const columns = useMemo(() => traceColumns(project, narrow), [project, narrow]);
  const change = useCallback(
    (part: TracesSearch) => void navigate(paths.traces(project, narrow(part))),
    [navigate, project, narrow],
  );
  const onText = useCallback((text: string) => change({ q: text === "" ? undefined : text }), [change]);
  const onSort = ({ id, descending }: Sorting) => {
    change({ sort: TRACE_SORTS.find((one) => one === id), order: descending ? "desc" : "asc" });
  };

  const { data } = query;
  return (
    <>
      <PageHeader title="Traces">
        <span className="num text-sm text-subtle">{data !== undefined && formatInteger(data.total)}</span>
        <RefreshControl auto={auto} busy={query.isFetching} onRefresh={() => void query.refetch()} />
      </PageHeader>
      <div
        role="search"
        aria-label="Filter traces"
        className="flex flex-wrap items-center gap-2 border-b border-line bg-surface px-4 py-2"
      >
        <SearchField
          label="Search by name"
          value={search.q ?? ""}
          onChange={onText}
          shortcut="/"
          className="w-60 max-w-full"
        />
        <Select
          aria-label="Status"
          value={search.status ?? ""}
          onChange={(event) => change({ status: TRACE_STATUSES.find((one) => one === event.target.value) })}
        >
          <option value="">Any status</option>
          {TRACE_STATUSES.map((status) => (
            <option key={status} value={status}>
              {status.charAt(0) + status.slice(1).toLowerCase()}
            </option>
          ))}
        </Select>
        <SessionFilterControl search={search} change={change} />
        <DateRangeFilter value={search} onChange={change} />
        <TextFilter
          icon={<User />}
          label="User"
          hint="Exact user id"
          value={search.user}
          onChange={(user) => change({ user })}
        />
        <ActiveTags tags={search.tags} onChange={(tags) => change({ tags })} />
        {isFiltered(search) && (
          <Link
            {...paths.traces(project, withoutFilters(search))}
            className="rounded px-1.5 text-sm text-muted hover:text-fg hover:underline"
          >
            Clear filters
          </Link>
        )}
      </div>
      <div
        className="@container relative min-h-0 flex-1 overflow-auto bg-surface"
        data-scroll-restoration-id="traces"
      >
        <BusyLine busy={query.isFetching && query.isPlaceholderData} />
        {query.isError ? (
          <QueryError error={query.error} what="traces" onRetry={() => void query.refetch()} />
        ) : data?.items.length === 0 ? (
          <NoTraces project={project} search={search} total={data.total} />
        ) : (
          <DataTable
            label="Traces"
            columns={columns}
            rows={data?.items}
            rowKey={(trace) => trace.id}
            sorting={{ id: filter.sort, descending: filter.order === "desc" }}
            onSort={onSort}
            onOpen={(trace) => void navigate(paths.trace(project, trace.id))}
            expected={20}
            stale={query.isPlaceholderData}
          />
        )}
      </div>
      <div className="h-11 shrink-0 border-t border-line bg-surface">
        {data !== undefined && data.total > 0 && (
          <Pagination
            page={search.page ?? 1}
            size={filter.limit}
            total={data.total}
            onPage={(page) => change({ page: page === 1 ? undefined : page })}
            onSize={(size) => change({ size })}
          />
        )}
      </div>
    </>
  );
}

function SessionFilterControl({
  search,
  change,
}: {
  search: TracesSearch;
  change: (part: TracesSearch) => void;
}) {
  return (
    <>
      {search.session === undefined && (
        <Select
          aria-label="Session membership"
          value={search.in ?? ""}
          onChange={(event) => {
            const choice = event.target.value;
            change({ in: choice === "session" || choice === "none" ? choice : undefined });
          }}
        >
          <option value="">In or out of sessions</option>
          <option value="session">In a session</option>
          <option value="none">Without a session</option>
        </Select>
      )}
      <TextFilter
        icon={<MessagesSquare />}
        label="Session"
        hint="Exact session id"
        value={search.session}
        onChange={(session) => change({ session })}
      />
    </>
  );
}

function NoTraces({ project, search, total }: { project: ProjectName; search: TracesSearch; total: number }) {
  if (total > 0) {
    return (
      <Notice icon={<SearchX />} title="This page is past the end">
        <Link
          {...paths.traces(project, { ...search, page: undefined })}
          className="text-accent hover:underline"
        >
          Go to the first page
        </Link>
      </Notice>
    );
  }
  if (isFiltered(search)) {
    return (
      <Notice icon={<SearchX />} title="No trace matches these filters">
        <Link {...paths.traces(project, withoutFilters(search))} className="text-accent hover:underline">
          Clear filters
        </Link>
      </Notice>
    );
  }
  return (
    <Notice icon={<ListTree />} title={`No traces in project “${project}” yet`}>
      <p>Send one, and it appears here the moment it ends.</p>
      <FirstSteps project={project} withSession={false} />
    </Notice>
  );
}
