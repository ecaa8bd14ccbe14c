/**
 * A JSON value as rows, made on demand: only what is open is visited, and long containers give a
 * page of children and a "more" row, so that the size of the value does not matter.
 */
import { rawNumber } from "./exact-json";

export type JsonPath = string;

export interface JsonRow {
  readonly path: JsonPath;
  readonly depth: number;
  /** Key in the parent object, index in the parent list, null at the top. */
  readonly label: string | null;
  readonly content:
    | { readonly kind: "scalar"; readonly value: string | number | boolean | null }
    /** A number with more digits than a double holds, as its text. */
    | { readonly kind: "raw-number"; readonly text: string }
    | { readonly kind: "container"; readonly list: boolean; readonly size: number; readonly open: boolean }
    | { readonly kind: "more"; readonly hidden: number };
}

export interface JsonOpenState {
  /** Containers whose open state differs from the default. */
  readonly toggled: ReadonlySet<JsonPath>;
  /** How many children to show, where it is more than a page. */
  readonly shown: ReadonlyMap<JsonPath, number>;
}

export const PAGE = 100;
const OPEN_DEPTH = 2;
const OPEN_SIZE = 24;

export const CLOSED_STATE: JsonOpenState = { toggled: new Set(), shown: new Map() };

/** Returns the rows of a value in reading order. */
export function jsonRows(value: unknown, state: JsonOpenState): JsonRow[] {
  const rows: JsonRow[] = [];
  const pending: { value: unknown; label: string | null; path: JsonPath; depth: number; hidden?: number }[] =
    [{ value, label: null, path: "$", depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { path, depth, label } = next;
    if (next.hidden !== undefined) {
      rows.push({ path, depth, label: null, content: { kind: "more", hidden: next.hidden } });
      continue;
    }
    const raw = rawNumber(next.value);
    if (raw !== null) {
      rows.push({ path, depth, label, content: { kind: "raw-number", text: raw } });
      continue;
    }
    if (typeof next.value !== "object" || next.value === null) {
      rows.push({ path, depth, label, content: { kind: "scalar", value: scalar(next.value) } });
      continue;
    }
    const list = Array.isArray(next.value);
    const keys = list ? null : Object.keys(next.value);
    const size = keys ? keys.length : (next.value as unknown[]).length;
    const open = isOpen(path, depth, size, state);
    rows.push({ path, depth, label, content: { kind: "container", list, size, open } });
    if (!open) continue;
    const shown = Math.min(size, state.shown.get(path) ?? PAGE);
    if (shown < size)
      pending.push({ value: null, label: null, path, depth: depth + 1, hidden: size - shown });
    for (let at = shown - 1; at >= 0; at--) {
      const key = keys ? keys[at]! : String(at);
      const child = (next.value as Record<string, unknown>)[key];
      pending.push({
        value: child,
        label: key,
        path: `${path}/${key.replace(/[~/]/g, "~$&")}`,
        depth: depth + 1,
      });
    }
  }
  return rows;
}

function isOpen(path: JsonPath, depth: number, size: number, state: JsonOpenState): boolean {
  const byDefault = size > 0 && (depth === 0 || (depth < OPEN_DEPTH && size <= OPEN_SIZE));
  return state.toggled.has(path) ? !byDefault : byDefault;
}

const scalar = (value: unknown): string | number | boolean | null =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;

/** Returns the state with a container opened or closed. */
export function toggle(state: JsonOpenState, path: JsonPath): JsonOpenState {
  const toggled = new Set(state.toggled);
  if (!toggled.delete(path)) toggled.add(path);
  return { ...state, toggled };
}

/** Returns the state with one more page of a container's children. */
export function showMore(state: JsonOpenState, path: JsonPath): JsonOpenState {
  const shown = new Map(state.shown);
  shown.set(path, (shown.get(path) ?? PAGE) + PAGE * 5);
  return { ...state, shown };
}
