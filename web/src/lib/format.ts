import type { Cost } from "@/model/cost";
import type { Usd } from "@/model/units";

/** Returns a whole number with separators: `12,345`. */
export const formatInteger = (value: number): string =>
  value.toLocaleString("en-US", { maximumFractionDigits: 0 });

/** Returns a count in at most three significant digits: `999`, `12.3k`, `1.23M`. */
export function formatCompact(value: number): string {
  if (Math.abs(value) < 1000) return String(value);
  for (const [limit, divisor, unit] of [
    [999_500, 1e3, "k"],
    [999_500_000, 1e6, "M"],
    [Infinity, 1e9, "B"],
  ] as const) {
    if (Math.abs(value) < limit) return `${threeDigits(value / divisor)}${unit}`;
  }
  return String(value);
}

const threeDigits = (value: number): string => String(Number(value.toPrecision(3)));

/**
 * Returns an amount with at least two decimals and, below a dollar, with digits that mean
 * something: three down to a cent, then two: `$12.40`, `$0.421`, `$0.00042`. A tiny cost must never look like none.
 */
export function formatMoney(amount: Usd): string {
  const size = Math.abs(amount);
  if (size === 0) return "$0.00";
  const significant = size >= 0.01 ? 3 : 2;
  const digits = size >= 1 ? 2 : Math.min(12, significant - 1 - Math.floor(Math.log10(size)));
  const text = size.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: digits });
  return `${amount < 0 ? "-" : ""}$${text}`;
}

/** Returns an amount with every digit that a double holds and money has here (10⁻¹² USD). */
export const formatMoneyExact = (amount: Usd): string =>
  `$${amount.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 12 })}`;

/** Returns the short text of a cost; `+` marks a sum that leaves unpriced spans out. */
export function formatCost(cost: Cost): string {
  switch (cost.kind) {
    case "none":
      return "—";
    case "unpriced":
      return "unpriced";
    case "partial":
      return `${formatMoney(cost.amount)}+`;
    case "priced":
      return formatMoney(cost.amount);
  }
}

/** Returns the sentence behind a cost, for tooltips. */
export function explainCost(cost: Cost): string {
  switch (cost.kind) {
    case "none":
      return "No tokens were used and no cost was sent";
    case "unpriced":
      return `${plural(cost.spans, "span")} used tokens without a cost or a known price`;
    case "partial":
      return `At least ${formatMoneyExact(cost.amount)}: ${plural(cost.unpricedSpans, "span")} used tokens without a cost or a known price`;
    case "priced":
      return formatMoneyExact(cost.amount);
  }
}

/** Returns a count with its noun: `1 span`, `2 spans`. */
export const plural = (count: number, noun: string): string =>
  `${formatInteger(count)} ${noun}${count === 1 ? "" : "s"}`;

/** Returns a size in bytes in a readable unit: `812 B`, `4.1 KB`, `5.0 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
