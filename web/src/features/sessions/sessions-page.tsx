import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { CircleX, MessagesSquare, SearchX, User } from "lucide-react";
import { useCallback, useMemo } from "react";

import { sessionColumns } from "./session-columns";
import { isFiltered, sessionFilter, withoutFilters, type SessionsSearch } from "./sessions-search";

import { hasTracesQuery, SESSION_SORTS, sessionsQuery } from "@/api/queries";
import { ActiveTags } from "@/features/filters/active-tags";
import { DateRangeFilter } from "@/features/filters/date-range-filter";
import { RefreshControl, useAutoRefresh } from "@/features/filters/refresh-control";
import { TextFilter } from "@/features/filters/text-filter";
import { FirstSteps } from "@/features/shell/first-steps";
import { QueryError } from "@/features/shell/query-error";
import { PageHeader } from "@/features/shell/shell";
import { formatInteger } from "@/lib/format";
import type { ProjectName } from "@/model/units";
import { paths } from "@/paths";
import { Button } from "@/ui/button";
import { DataTable, type Sorting } from "@/ui/data-table";
import { SearchField } from "@/ui/fields";
import { Pagination } from "@/ui/pagination";
import { BusyLine, Notice } from "@/ui/state";

const route = getRouteApi("/p/$project/sessions");

export function SessionsPage() {
  const { project } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate();
  const auto = useAutoRefresh();
  const filter = sessionFilter(search);
  const query = useQuery({ ...sessionsQuery(project, filter), refetchInterval: auto.interval });
  const columns = useMemo(() => sessionColumns(project), [project]);

  // Another filter or order starts at the first page again.
  const change = useCallback(
    (part: Partial<SessionsSearch>) => {
      void navigate(paths.sessions(project, { ...search, page: undefined, ...part }));
    },
    [navigate, project, search],
  );
  const onText = useCallback((text: string) => change({ q: text === "" ? undefined : text }), [change]);
  const onSort = ({ id, descending }: Sorting) => {
    const sort = SESSION_SORTS.find((one) => one === id);
    change({ sort, order: descending ? "desc" : "asc" });
  };

  const { data } = query;
  const empty = data?.items.length === 0;
  return (
    <>
      <PageHeader title="Sessions">
        <span className="num text-sm text-subtle">{data !== undefined && formatInteger(data.total)}</span>
        <RefreshControl auto={auto} busy={query.isFetching} onRefresh={() => void query.refetch()} />
      </PageHeader>
      <div
        role="search"
        aria-label="Filter sessions"
        className="flex flex-wrap items-center gap-2 border-b border-line bg-surface px-4 py-2"
      >
        <SearchField
          label="Search by name or id"
          value={search.q ?? ""}
          onChange={onText}
          shortcut="/"
          className="w-72 max-w-full"
        />
        <DateRangeFilter value={search} onChange={change} />
        <TextFilter
          icon={<User />}
          label="User"
          hint="Exact user id"
          value={search.user}
          onChange={(user) => change({ user })}
        />
        <Button
          pressed={search.errors ?? false}
          onClick={() => change({ errors: search.errors ? undefined : true })}
        >
          <CircleX /> Errors only
        </Button>
        <ActiveTags tags={search.tags} onChange={(tags) => change({ tags })} />
        {isFiltered(search) && (
          <Link
            {...paths.sessions(project, withoutFilters(search))}
            className="rounded px-1.5 text-sm text-muted hover:text-fg hover:underline"
          >
            Clear filters
          </Link>
        )}
      </div>
      <div
        className="@container relative min-h-0 flex-1 overflow-auto bg-surface"
        data-scroll-restoration-id="sessions"
      >
        <BusyLine busy={query.isFetching && query.isPlaceholderData} />
        {query.isError ? (
          <QueryError error={query.error} what="sessions" onRetry={() => void query.refetch()} />
        ) : empty ? (
          <NoSessions project={project} search={search} total={data.total} />
        ) : (
          <DataTable
            label="Sessions"
            columns={columns}
            rows={data?.items}
            rowKey={(session) => session.id}
            sorting={{ id: filter.sort, descending: filter.order === "desc" }}
            onSort={onSort}
            onOpen={(session) => void navigate(paths.session(project, session.id))}
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

function NoSessions({
  project,
  search,
  total,
}: {
  project: ProjectName;
  search: SessionsSearch;
  total: number;
}) {
  const hasTraces = useQuery({ ...hasTracesQuery(project), enabled: !isFiltered(search) }).data === true;
  if (total > 0) {
    return (
      <Notice icon={<SearchX />} title="This page is past the end">
        <Link
          {...paths.sessions(project, { ...search, page: undefined })}
          className="text-accent hover:underline"
        >
          Go to the first page
        </Link>
      </Notice>
    );
  }
  if (isFiltered(search)) {
    return (
      <Notice icon={<SearchX />} title="No session matches these filters">
        <Link {...paths.sessions(project, withoutFilters(search))} className="text-accent hover:underline">
          Clear filters
        </Link>
      </Notice>
    );
  }
  return (
    <Notice icon={<MessagesSquare />} title={`No sessions in project “${project}” yet`}>
      <p>Give your traces a session, and they appear here the moment they are sent.</p>
      <FirstSteps project={project} withSession />
      {hasTraces && (
        <p className="mt-4">
          This project has traces without a session:{" "}
          <Link {...paths.traces(project)} className="text-accent hover:underline">
            see the traces
          </Link>
        </p>
      )}
    </Notice>
  );
}
