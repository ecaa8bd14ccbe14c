/**
 * The query string of the app's own pages: plain `key=value`, repeated for lists, always text.
 * (A session id of `007` or `1e5` must stay what it is, so nothing here guesses at types.)
 */
export type SearchRecord = Record<string, string | string[]>;

/** Returns the query string's keys and values; a repeated key gives a list. */
export function parseSearch(text: string): SearchRecord {
  const record: SearchRecord = {};
  for (const [key, value] of new URLSearchParams(text)) {
    const known = Object.hasOwn(record, key) ? record[key] : undefined;
    if (known === undefined) record[key] = value;
    else record[key] = Array.isArray(known) ? [...known, value] : [known, value];
  }
  return record;
}

/** Returns the query string, with its `?`, of the values that are there. */
export function stringifySearch(search: Record<string, unknown>): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof one === "string" || typeof one === "number" || typeof one === "boolean") {
        parameters.append(key, String(one));
      }
    }
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

type Raw = Readonly<Record<string, unknown>>;

/** Returns a text parameter, or undefined when it is missing, empty or a list. */
export function textParam(raw: Raw, key: string): string | undefined {
  const value = raw[key];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Returns a list parameter without empty entries, or undefined when nothing is left. */
export function listParam(raw: Raw, key: string): string[] | undefined {
  const value = raw[key];
  const list = (Array.isArray(value) ? (value as unknown[]) : [value]).filter(
    (one): one is string => typeof one === "string" && one !== "",
  );
  return list.length > 0 ? list : undefined;
}

/** Returns a whole number of at least 1, or undefined. */
export function countParam(raw: Raw, key: string): number | undefined {
  const value = Number(raw[key]);
  return Number.isSafeInteger(value) && value >= 1 ? value : undefined;
}

/** Returns the parameter when it is one of the choices. */
export function choiceParam<T extends string>(raw: Raw, key: string, choices: readonly T[]): T | undefined {
  const value = raw[key];
  return choices.find((choice) => choice === value);
}

/** Returns true for a switch that is on, else undefined, so that "off" leaves no trace in the address. */
export const switchParam = (raw: Raw, key: string): true | undefined =>
  raw[key] === true || raw[key] === "true" || raw[key] === "1" ? true : undefined;
