/** What the tests ask the server directly, to compare the pages with. */
import { randomUUID } from "node:crypto";

import { expect, type APIRequestContext } from "@playwright/test";

import type { WireSession, WireTrace, WireTraceItem } from "../src/api/wire";

export const DEMO = "demo";

interface Page<T> {
  items: T[];
  total: number;
}

async function get<T>(request: APIRequestContext, path: string, project: string): Promise<T> {
  const response = await request.get(path, { headers: { "X-Project-Name": project } });
  expect(response.status(), `GET ${path}`).toBe(200);
  return (await response.json()) as T;
}

const query = (values: Record<string, string | number>): string =>
  new URLSearchParams(Object.entries(values).map(([key, value]) => [key, String(value)])).toString();

export const listSessions = (
  request: APIRequestContext,
  values: Record<string, string | number> = {},
  project = DEMO,
) => get<Page<WireSession>>(request, `/sessions?${query(values)}`, project);

export const listTraces = (
  request: APIRequestContext,
  values: Record<string, string | number> = {},
  project = DEMO,
) => get<Page<WireTraceItem>>(request, `/traces?${query(values)}`, project);

export const getTrace = (request: APIRequestContext, id: string, project = DEMO) =>
  get<WireTrace>(request, `/traces/${id}`, project);

/** Sends one trace and returns its id. */
export async function postTrace(
  request: APIRequestContext,
  project: string,
  trace: Record<string, unknown>,
): Promise<string> {
  const id = randomUUID();
  const response = await request.post("/traces", {
    headers: { "X-Project-Name": project },
    data: { trace_id: id, ...trace },
  });
  expect(response.status(), await response.text()).toBe(202);
  return id;
}
