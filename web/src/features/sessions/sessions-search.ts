import { SESSION_SORTS, type SessionFilter, type SessionSort, type SortOrder } from "@/api/queries";
import { PRESETS, type DateRange } from "@/lib/date-range";
import { choiceParam, countParam, listParam, switchParam, textParam } from "@/lib/search-text";
import { userId } from "@/model/units";

/** What the address of the sessions list can say. Defaults are left out. */
export interface SessionsSearch extends DateRange {
  q?: string | undefined;
  user?: string | undefined;
  tags?: string[] | undefined;
  errors?: true | undefined;
  sort?: SessionSort | undefined;
  order?: SortOrder | undefined;
  page?: number | undefined;
  size?: number | undefined;
}

export const DEFAULT_SIZE = 50;
export const LARGEST_SIZE = 200;

export function readSessionsSearch(raw: Record<string, unknown>): SessionsSearch {
  return {
    q: textParam(raw, "q"),
    user: textParam(raw, "user"),
    tags: listParam(raw, "tags"),
    errors: switchParam(raw, "errors"),
    range: choiceParam(
      raw,
      "range",
      PRESETS.map(({ key }) => key),
    ),
    from: textParam(raw, "from"),
    to: textParam(raw, "to"),
    sort: choiceParam(raw, "sort", SESSION_SORTS),
    order: choiceParam(raw, "order", ["asc", "desc"]),
    page: countParam(raw, "page"),
    size: countParam(raw, "size"),
  };
}

/** Returns the request that an address stands for. */
export function sessionFilter(search: SessionsSearch): SessionFilter {
  const size = Math.min(search.size ?? DEFAULT_SIZE, LARGEST_SIZE);
  return {
    text: search.q,
    user: search.user === undefined ? undefined : userId(search.user),
    tags: search.tags,
    errorsOnly: search.errors,
    range: search.range,
    from: search.from,
    to: search.to,
    sort: search.sort ?? "recent",
    order: search.order ?? "desc",
    limit: size,
    offset: ((search.page ?? 1) - 1) * size,
  };
}

/** True when the address leaves sessions out. */
export const isFiltered = ({ q, user, tags, errors, range, from, to }: SessionsSearch): boolean =>
  [q, user, tags, errors, range, from, to].some((value) => value !== undefined);

/** Returns the address with every filter dropped and the sort kept. */
export const withoutFilters = ({ sort, order, size }: SessionsSearch): SessionsSearch => ({
  sort,
  order,
  size,
});
