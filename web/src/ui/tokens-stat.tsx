import { Stat } from "./stat";
import { TokensFigure } from "./figures";
import { Tooltip } from "./tooltip";
import { UsageBreakdown } from "./usage-breakdown";

import type { Usage } from "@/model/usage";

/** A token total that shows its buckets on hover and focus. */
export function TokensStat({ usage }: { usage: Usage }) {
  return (
    <Stat label="Tokens">
      <Tooltip
        side="bottom"
        content={
          <div className="w-52 py-1">
            <UsageBreakdown usage={usage} />
          </div>
        }
      >
        <button
          type="button"
          className="cursor-default rounded underline decoration-line-strong decoration-dotted underline-offset-4"
        >
          <TokensFigure count={usage.total} />
        </button>
      </Tooltip>
    </Stat>
  );
}
