import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Link,
  Outlet,
  redirect,
  type RouterHistory,
} from "@tanstack/react-router";

import { sessionQuery, sessionsQuery, sessionTimelineQuery, traceQuery, tracesQuery } from "@/api/queries";
import { readSessionsSearch, sessionFilter } from "@/features/sessions/sessions-search";
import { HomePage } from "@/features/shell/home";
import { Shell } from "@/features/shell/shell";
import { readTraceSearch } from "@/features/traces/trace-search";
import { readTracesSearch, traceFilter } from "@/features/traces/traces-search";
import { parseSearch, stringifySearch, textParam } from "@/lib/search-text";
import { projectName, sessionId, traceId } from "@/model/units";
import { ErrorNotice, Notice } from "@/ui/state";

/*
 * Hovering a link loads the code of its page, but not the data: a trace may weigh megabytes.
 *
 * Every page of the app, top to bottom. A route reads its address, starts the requests of its page
 * (without waiting: the page draws its own skeleton) and names the component.
 */

interface Context {
  queries: QueryClient;
}

/** The page asks again and shows what went wrong; here a failure has nobody to tell. */
const start = (request: Promise<unknown>): void => void request.catch(() => undefined);

const rootRoute = createRootRouteWithContext<Context>()({
  component: Outlet,
  notFoundComponent: () => (
    <Notice title="There is no such page">
      <Link to="/" className="text-accent hover:underline">
        Go to the sessions
      </Link>
    </Notice>
  ),
});

const homeRoute = createRoute({ getParentRoute: () => rootRoute, path: "/", component: HomePage });

const projectRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/p/$project",
  params: {
    parse: ({ project }) => ({ project: projectName(project) }),
    stringify: ({ project }) => ({ project }),
  },
  component: function ProjectPage() {
    return <Shell project={projectRoute.useParams().project} />;
  },
});

const projectHomeRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/p/$project/sessions", params, replace: true });
  },
});

export const sessionsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/sessions",
  validateSearch: readSessionsSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, params, deps, preload }) => {
    if (preload) return;
    start(context.queries.query(sessionsQuery(params.project, sessionFilter(deps))));
  },
  component: lazyRouteComponent(() => import("@/features/sessions/sessions-page"), "SessionsPage"),
});

export const sessionRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/session",
  validateSearch: (raw: Record<string, unknown>) => ({ id: sessionId(textParam(raw, "id") ?? "") }),
  loaderDeps: ({ search }) => search,
  loader: ({ context, params, deps, preload }) => {
    if (preload) return;
    start(context.queries.infiniteQuery(sessionQuery(params.project, deps.id)));
    start(context.queries.query(sessionTimelineQuery(params.project, deps.id)));
  },
  component: lazyRouteComponent(() => import("@/features/sessions/session-page"), "SessionPage"),
});

export const tracesRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/traces",
  validateSearch: readTracesSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, params, deps, preload }) => {
    if (preload) return;
    start(context.queries.query(tracesQuery(params.project, traceFilter(deps))));
  },
  component: lazyRouteComponent(() => import("@/features/traces/traces-page"), "TracesPage"),
});

export const traceRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: "/trace/$traceId",
  params: {
    parse: ({ traceId: id }) => ({ traceId: traceId(id) }),
    stringify: ({ traceId: id }) => ({ traceId: id }),
  },
  validateSearch: readTraceSearch,
  loader: ({ context, params, preload }) => {
    if (preload) return;
    start(context.queries.query(traceQuery(params.project, params.traceId)));
  },
  component: lazyRouteComponent(() => import("@/features/traces/trace-page"), "TracePage"),
});

const routeTree = rootRoute.addChildren([
  homeRoute,
  projectRoute.addChildren([projectHomeRoute, sessionsRoute, sessionRoute, tracesRoute, traceRoute]),
]);

/** Returns the router; tests give it a history of their own. */
export function makeRouter(queries: QueryClient, history?: RouterHistory) {
  return createRouter({
    routeTree,
    basepath: "/ui",
    context: { queries },
    parseSearch,
    stringifySearch,
    ...(history ? { history } : {}),
    defaultPreload: "intent",
    defaultPreloadDelay: 80,
    // TanStack Query decides what is fresh.
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    defaultErrorComponent: ({ error, reset }) => (
      <ErrorNotice
        title="This page failed"
        detail={error instanceof Error ? error.message : String(error)}
        onRetry={reset}
      />
    ),
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
