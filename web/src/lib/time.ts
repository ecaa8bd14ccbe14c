import { epochMicros, type EpochMicros, type Micros } from "@/model/units";

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Returns the point in time that an ISO 8601 text names, to the microsecond, or null when the
 * text is none. `Date.parse` alone would cut the last three digits, which order fast spans.
 */
export function parseTimestamp(text: string | null | undefined): EpochMicros | null {
  if (text === null || text === undefined) return null;
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) return null;
  return epochMicros(Math.floor(milliseconds / 1000) * SECOND + fractionMicros(text));
}

function fractionMicros(text: string): number {
  const dot = text.indexOf(".");
  if (dot < 0) return 0;
  let value = 0;
  let scale = SECOND;
  for (let at = dot + 1; at < text.length && scale > 1; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
    scale /= 10;
  }
  return value * scale;
}

/** Returns the ISO 8601 text (UTC, milliseconds) of a point in time. */
export const isoText = (at: EpochMicros): string => new Date(at / 1000).toISOString();

/** Returns a length of time in at most two units: `420 µs`, `312 ms`, `4.21 s`, `3m 12s`, `2h 05m`, `3d 4h`. */
export function formatDuration(length: Micros): string {
  if (length < 1000) return `${Math.round(length)} µs`;
  if (length < 999_500) return `${(length / 1000).toFixed(length < 9_995 ? 1 : 0)} ms`;
  if (length < 59.95 * SECOND) return `${(length / SECOND).toFixed(length < 9.995 * SECOND ? 2 : 1)} s`;
  if (length < HOUR - 0.5 * SECOND) {
    const seconds = Math.round(length / SECOND);
    return `${Math.floor(seconds / 60)}m ${pad(seconds % 60)}s`;
  }
  if (length < DAY - 0.5 * MINUTE) {
    const minutes = Math.round(length / MINUTE);
    return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`;
  }
  const hours = Math.round(length / HOUR);
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** Returns a length of time in its largest unit, for labels with little room: `28 s`, `6 h`, `2 d`. */
export function formatDurationShort(length: Micros): string {
  if (length < SECOND) return formatDuration(length);
  for (const [unit, name, limit] of [
    [SECOND, "s", 60],
    [MINUTE, "min", 60],
    [HOUR, "h", 24],
  ] as const) {
    const count = Math.round(length / unit);
    if (count < limit) return `${count} ${name}`;
  }
  return `${Math.round(length / DAY)} d`;
}

/** Returns a length of time with every digit it has, in milliseconds. */
export const formatDurationExact = (length: Micros): string =>
  `${(length / 1000).toLocaleString("en-US", { maximumFractionDigits: 3 })} ms`;

/** Returns how long ago `at` was: `just now`, `4 min ago`, `3 h ago`, `5 d ago`, else the date. */
export function formatRelative(at: EpochMicros, now: EpochMicros): string {
  const ago = now - at;
  if (ago < -MINUTE) return formatDay(at, now);
  if (ago < 10 * SECOND) return "just now";
  if (ago < MINUTE) return `${Math.floor(ago / SECOND)} s ago`;
  if (ago < HOUR) return `${Math.floor(ago / MINUTE)} min ago`;
  if (ago < DAY) return `${Math.floor(ago / HOUR)} h ago`;
  if (ago < 14 * DAY) return `${Math.floor(ago / DAY)} d ago`;
  return formatDay(at, now);
}

/** Returns the local date, with the year only when it is not the current one. */
function formatDay(at: EpochMicros, now: EpochMicros): string {
  const date = new Date(at / 1000);
  const sameYear = date.getFullYear() === new Date(now / 1000).getFullYear();
  return date.toLocaleDateString("en-GB", {
    day: "numeric",
    month: "short",
    ...(sameYear ? {} : { year: "numeric" }),
  });
}

/** Returns local date and time to the second, as in `20 Nov 2026, 14:03:22`. */
export function formatAbsolute(at: EpochMicros): string {
  return new Date(at / 1000).toLocaleString("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
}

/** Returns local date and time to the minute, without the year: `7 Nov 06:02`. */
export function formatDayAndTime(at: EpochMicros): string {
  const date = new Date(at / 1000);
  const day = date.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  return `${day} ${date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })}`;
}

/** Returns the local time of day, to the second. */
export const formatClock = (at: EpochMicros): string => new Date(at / 1000).toLocaleTimeString("en-GB");

const pad = (value: number): string => String(value).padStart(2, "0");
