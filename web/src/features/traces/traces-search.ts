import { TRACE_SORTS, type SortOrder, type TraceFilter, type TraceSort } from "@/api/queries";
import { PRESETS, type DateRange } from "@/lib/date-range";
import { choiceParam, countParam, listParam, textParam } from "@/lib/search-text";
import { TRACE_STATUSES, type TraceStatus } from "@/model/trace";
import { sessionId, userId } from "@/model/units";

/** What the address of the traces list can say. Defaults are left out. */
export interface TracesSearch extends DateRange {
  q?: string | undefined;
  status?: TraceStatus | undefined;
  user?: string | undefined;
  /** One session's traces; wins over `in`. */
  session?: string | undefined;
  /** Only traces inside, or only those outside, of any session. */
  in?: "session" | "none" | undefined;
  tags?: string[] | undefined;
  sort?: TraceSort | undefined;
  order?: SortOrder | undefined;
  page?: number | undefined;
  size?: number | undefined;
}

const DEFAULT_SIZE = 50;
const LARGEST_SIZE = 200;

export function readTracesSearch(raw: Record<string, unknown>): TracesSearch {
  return {
    q: textParam(raw, "q"),
    status: choiceParam(raw, "status", TRACE_STATUSES),
    user: textParam(raw, "user"),
    session: textParam(raw, "session"),
    in: choiceParam(raw, "in", ["session", "none"]),
    tags: listParam(raw, "tags"),
    range: choiceParam(
      raw,
      "range",
      PRESETS.map(({ key }) => key),
    ),
    from: textParam(raw, "from"),
    to: textParam(raw, "to"),
    sort: choiceParam(raw, "sort", TRACE_SORTS),
    order: choiceParam(raw, "order", ["asc", "desc"]),
    page: countParam(raw, "page"),
    size: countParam(raw, "size"),
  };
}

/** Returns the request that an address stands for. */
export function traceFilter(search: TracesSearch): TraceFilter {
  const size = Math.min(search.size ?? DEFAULT_SIZE, LARGEST_SIZE);
  return {
    name: search.q,
    status: search.status,
    user: search.user === undefined ? undefined : userId(search.user),
    session: search.session === undefined ? undefined : sessionId(search.session),
    hasSession: search.session === undefined && search.in !== undefined ? search.in === "session" : undefined,
    tags: search.tags,
    range: search.range,
    from: search.from,
    to: search.to,
    sort: search.sort ?? "started_at",
    order: search.order ?? "desc",
    limit: size,
    offset: ((search.page ?? 1) - 1) * size,
  };
}

/** True when the address leaves traces out. */
export function isFiltered(search: TracesSearch): boolean {
  const { q, status, user, session, in: inside, tags, range, from, to } = search;
  return [q, status, user, session, inside, tags, range, from, to].some((value) => value !== undefined);
}

/** Returns the address with every filter dropped and the sort kept. */
export const withoutFilters = ({ sort, order, size }: TracesSearch): TracesSearch => ({ sort, order, size });
