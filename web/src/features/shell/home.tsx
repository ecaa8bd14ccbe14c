import { queryOptions, useQuery, type QueryClient } from "@tanstack/react-query";
import { Navigate } from "@tanstack/react-router";

import { QueryError } from "./query-error";
import { recall } from "./storage";

import { hasTracesQuery, projectsQuery } from "@/api/queries";
import { projectName, type ProjectName } from "@/model/units";
import { paths } from "@/paths";

/** Asking every project of a large organisation whether it is empty would take longer than choosing one. */
const PROJECTS_ASKED = 10;

/** Returns the project to open first: the last one seen here, else the newest that holds data, else `default`. */
export async function chooseProject(queries: QueryClient): Promise<ProjectName> {
  const names = await queries.query(projectsQuery);
  const last = names.find((name) => name === recall("project"));
  if (last !== undefined) return last;
  for (const name of names.slice(0, PROJECTS_ASKED)) {
    if (await queries.query(hasTracesQuery(name))) return name;
  }
  return projectName("default");
}

const homeQuery = queryOptions({
  queryKey: ["home"] as const,
  gcTime: 0,
  queryFn: ({ client }) => chooseProject(client),
});

/** The address without a project: goes on to one. */
export function HomePage() {
  const { data, error, refetch } = useQuery(homeQuery);
  if (data !== undefined) return <Navigate {...paths.sessions(data)} replace />;
  if (error) return <QueryError error={error} what="projects" onRetry={() => void refetch()} />;
  return null;
}
