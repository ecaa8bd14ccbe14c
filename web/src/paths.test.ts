import { QueryClient } from "@tanstack/react-query";
import { createMemoryHistory } from "@tanstack/react-router";
import { describe, expect, test } from "vitest";

import { readSessionsSearch } from "./features/sessions/sessions-search";
import { readTraceSearch } from "./features/traces/trace-search";
import { readTracesSearch } from "./features/traces/traces-search";
import { parseSearch, stringifySearch } from "./lib/search-text";
import { projectName, sessionId, spanId, traceId } from "./model/units";
import { paths } from "./paths";
import { makeRouter } from "./router";

const router = makeRouter(new QueryClient(), createMemoryHistory({ initialEntries: ["/ui/"] }));
const demo = projectName("demo");
type Link = ReturnType<(typeof paths)[keyof typeof paths]>;
/** The router types one link at a time and not a union of them. */
const href = (link: Link) => router.buildLocation(link as ReturnType<typeof paths.home>).publicHref;

describe("addresses", () => {
  test.each([
    [paths.home(), "/ui"],
    [paths.sessions(demo), "/ui/p/demo/sessions"],
    [
      paths.sessions(demo, {
        q: "refund",
        sort: "cost",
        order: "desc",
        tags: ["vip", "eu"],
        errors: true,
        page: 2,
      }),
      "/ui/p/demo/sessions?q=refund&sort=cost&order=desc&tags=vip&tags=eu&errors=true&page=2",
    ],
    [paths.session(demo, sessionId("s-1")), "/ui/p/demo/session?id=s-1"],
    [
      paths.session(demo, sessionId("crm/ticket #4471?é&a=b")),
      "/ui/p/demo/session?id=crm%2Fticket+%234471%3F%C3%A9%26a%3Db",
    ],
    [
      paths.session(projectName("My team's v1.2"), sessionId("007")),
      "/ui/p/My%20team's%20v1.2/session?id=007",
    ],
    [paths.traces(demo, { in: "none", status: "ERROR" }), "/ui/p/demo/traces?in=none&status=ERROR"],
    [paths.trace(demo, traceId("t-1")), "/ui/p/demo/trace/t-1"],
    [paths.span(demo, traceId("t-1"), spanId("s-9")), "/ui/p/demo/trace/t-1?span=s-9"],
  ])("%o", (link, expected) => expect(href(link).replace(/\/$/, "")).toBe(expected));

  test("every page of the app has a path here", () => {
    const built = [
      paths.home(),
      paths.sessions(demo),
      paths.session(demo, sessionId("s")),
      paths.traces(demo),
      paths.trace(demo, traceId("t")),
    ].map((link) => link.to as string);
    // "/p/$project" only leads on to the sessions.
    const pages = Object.keys(router.routesByPath).filter(
      (path) => path !== "/p/$project" && path !== "/p/$project/",
    );
    expect(pages.sort()).toEqual(built.sort());
  });
});

describe("reading addresses", () => {
  test("a list understands what it wrote", () => {
    const search = {
      q: "refund",
      sort: "cost",
      order: "desc",
      tags: ["vip", "eu"],
      errors: true,
      page: 2,
    } as const;
    expect(readSessionsSearch(parseSearch(stringifySearch(search)))).toEqual(search);
  });

  test("what it does not understand is dropped", () => {
    const raw = parseSearch("?sort=colour&order=desc&page=-3&q=x&range=99y");
    expect(readSessionsSearch(raw)).toEqual({ q: "x", order: "desc" });
    expect(readTracesSearch(parseSearch("?status=FINE&in=none&size=x"))).toEqual({ in: "none" });
    expect(readTraceSearch(parseSearch("?tab=nope&span=s"))).toEqual({ span: "s" });
  });
});
