import createClient from "openapi-fetch";

import type { paths } from "./generated/schema";
import { problemOf, unreachable } from "./problem";

import type { ProjectName } from "@/model/units";

export const api = createClient<paths>({
  baseUrl: typeof location === "undefined" ? "http://localhost" : location.origin,
});

/** The shape of an openapi-fetch answer, as far as `answerOf` needs it. */
interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Returns the data of an answer. Throws an `ApiProblem` when there is none, also when nobody answered. */
export async function answerOf<T>(request: Promise<Answer<T>>, signal?: AbortSignal): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await request;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable();
  }
  if (!answer.response.ok) throw problemOf(answer.response.status, answer.error);
  return answer.data as T;
}

/**
 * Returns the headers that choose the project. `fetch` accepts one byte per character only, so a
 * name outside Latin-1 is sent as its UTF-8 bytes.
 */
export function projectHeader(project: ProjectName): Record<string, string> {
  const bytes = new TextEncoder().encode(project);
  return { "X-Project-Name": Array.from(bytes, (byte) => String.fromCharCode(byte)).join("") };
}

/** Exchanges an API key for a session cookie that scripts cannot read. Throws an `ApiProblem` when the key is refused. */
export async function logIn(apiKey: string): Promise<void> {
  await send("/login", JSON.stringify({ api_key: apiKey }));
}

/** Drops the session cookie. */
export async function logOut(): Promise<void> {
  await send("/logout", null);
}

async function send(path: string, body: string | null): Promise<void> {
  const headers: Record<string, string> = body === null ? {} : { "Content-Type": "application/json" };
  let response: Response;
  try {
    response = await fetch(path, { method: "POST", headers, body });
  } catch {
    throw unreachable();
  }
  if (!response.ok) throw problemOf(response.status, await response.json().catch(() => null));
}
