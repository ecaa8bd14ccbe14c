import { isoText } from "./time";

import { epochMicros, type EpochMicros } from "@/model/units";

export const PRESETS = [
  { key: "1h", label: "Last hour", hours: 1 },
  { key: "24h", label: "Last 24 hours", hours: 24 },
  { key: "7d", label: "Last 7 days", hours: 24 * 7 },
  { key: "30d", label: "Last 30 days", hours: 24 * 30 },
] as const;

export type Preset = (typeof PRESETS)[number]["key"];

/** A choice of time: a moving preset, fixed limits (either may be open), or all of time. */
export interface DateRange {
  readonly range?: Preset | undefined;
  /** ISO 8601 text, inclusive. */
  readonly from?: string | undefined;
  /** ISO 8601 text, exclusive. */
  readonly to?: string | undefined;
}

export const isPreset = (value: unknown): value is Preset => PRESETS.some(({ key }) => key === value);

/** Returns the limits that a choice means at the time `now`. */
export function resolveRange(choice: DateRange, now: EpochMicros): { after?: string; before?: string } {
  const preset = PRESETS.find(({ key }) => key === choice.range);
  if (preset) return { after: isoText(epochMicros(now - preset.hours * 3_600_000_000)) };
  return { ...(choice.from ? { after: choice.from } : {}), ...(choice.to ? { before: choice.to } : {}) };
}

/** Returns the value for a `datetime-local` field: local time, to the minute. */
export function toLocalField(iso: string | undefined): string {
  if (iso === undefined) return "";
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return "";
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

/** Returns the ISO 8601 text (UTC) of a `datetime-local` field, or undefined when it is empty or broken. */
export function fromLocalField(text: string): string | undefined {
  const date = new Date(text);
  return text === "" || Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
