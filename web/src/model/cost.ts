import { usd, type Tokens, type Usd } from "./units";

/**
 * What is known about money. "Unpriced" is not zero: nobody sent a cost and the model has no known
 * price, so the true one is unknown, and a page that showed $0.00 would lie.
 */
export type Cost =
  | { readonly kind: "none" }
  | { readonly kind: "unpriced"; readonly spans: number }
  | { readonly kind: "partial"; readonly amount: Usd; readonly unpricedSpans: number }
  | { readonly kind: "priced"; readonly amount: Usd };

/** Returns the state of a cost from a sum, the spans that have usage but no price, and the tokens used. */
export function costOf(total: number, unpricedSpans: number, used: Tokens): Cost {
  if (unpricedSpans > 0) {
    return total > 0
      ? { kind: "partial", amount: usd(total), unpricedSpans }
      : { kind: "unpriced", spans: unpricedSpans };
  }
  if (total === 0 && used === 0) return { kind: "none" };
  return { kind: "priced", amount: usd(total) };
}
