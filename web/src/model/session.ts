import type { Cost } from "./cost";
import type { JsonObject } from "./trace";
import type { EpochMicros, Micros, SessionId, UserId } from "./units";
import type { Usage } from "./usage";

/** One agent lifecycle and its totals over all of its traces. */
export interface Session {
  readonly id: SessionId;
  readonly name: string | null;
  readonly userId: UserId | null;
  readonly tags: readonly string[];
  readonly metadata: JsonObject;
  readonly traceCount: number;
  readonly spanCount: number;
  /** Traces that ended with status ERROR. */
  readonly traceErrors: number;
  /** Spans with status ERROR, also those inside traces that completed. */
  readonly spanErrors: number;
  readonly usage: Usage;
  readonly cost: Cost;
  /** Wall clock from the first start to the last end. */
  readonly duration: Micros | null;
  /** The latencies of the traces added up: more than the duration when traces overlap, less when they pause. */
  readonly latencySum: Micros | null;
  readonly firstActivityAt: EpochMicros | null;
  readonly lastActivityAt: EpochMicros | null;
}
