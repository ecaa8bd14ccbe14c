import { tokens, type Tokens } from "./units";

/** The disjoint token buckets, in the order in which they are shown. */
export const BUCKETS = [
  { key: "input", label: "Input", hint: "prompt tokens that were not read from or written to a cache" },
  { key: "cacheRead", label: "Cache read", hint: "prompt tokens served from the provider's cache" },
  { key: "cacheWrite", label: "Cache write", hint: "prompt tokens stored in the provider's cache" },
  { key: "audioInput", label: "Audio input", hint: "tokens of audio in the prompt" },
  { key: "output", label: "Output", hint: "tokens of the visible answer" },
  { key: "reasoning", label: "Reasoning", hint: "tokens the model spent on thinking" },
  { key: "audioOutput", label: "Audio output", hint: "tokens of audio in the answer" },
] as const;

export type Bucket = (typeof BUCKETS)[number]["key"];

/** Token counts in buckets that do not overlap, so that they may be added up. */
export type Usage = Readonly<Record<Bucket, Tokens>> & { readonly total: Tokens };

/** One line of the sum that makes up a total. */
export interface BucketShare {
  readonly key: Bucket;
  readonly label: string;
  readonly hint: string;
  readonly count: Tokens;
  /** Part of the total, 0 to 1. */
  readonly share: number;
}

/** Returns the buckets that hold something, each with its part of the total. */
export function bucketShares(usage: Usage): BucketShare[] {
  return BUCKETS.flatMap(({ key, label, hint }) => {
    const count = usage[key];
    return count > 0 ? [{ key, label, hint, count, share: usage.total > 0 ? count / usage.total : 0 }] : [];
  });
}

/** Returns what is missing from the buckets to reach the total; 0 when the sum adds up. */
export function unexplainedTokens(usage: Usage): Tokens {
  return tokens(usage.total - BUCKETS.reduce((sum, { key }) => sum + usage[key], 0));
}

/** How a `token_usage` key, as the caller sent it, is read. Keys that are not listed are kept and shown, not summed. */
const KNOWN_KEYS: Readonly<Record<string, string>> = {
  prompt_tokens: "tokens of the prompt",
  completion_tokens: "tokens of the answer",
  total_tokens: "the provider's own total",
  input_tokens: "tokens of the prompt",
  output_tokens: "tokens of the answer",
  reasoning_tokens: "tokens spent on thinking",
  cache_read_tokens: "read from the cache",
  cache_creation_tokens: "written to the cache",
  cache_write_tokens: "written to the cache",
  cached_tokens: "read from the cache",
  cache_read_input_tokens: "read from the cache",
  cache_creation_input_tokens: "written to the cache",
  audio_tokens: "tokens of audio",
};

/** Returns what a key of `token_usage` means, or null when it is not one of the usual keys. */
export const meaningOfUsageKey = (key: string): string | null => KNOWN_KEYS[key] ?? null;
