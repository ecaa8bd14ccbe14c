import { cx } from "./cx";

import { formatInteger } from "@/lib/format";
import { bucketShares, unexplainedTokens, type Bucket, type Usage } from "@/model/usage";

const COLOURS: Record<Bucket, string> = {
  input: "bg-llm",
  cacheRead: "bg-retriever",
  cacheWrite: "bg-chain",
  audioInput: "bg-embedding",
  output: "bg-accent",
  reasoning: "bg-agent",
  audioOutput: "bg-tool",
};

const percent = (share: number): string =>
  share > 0 && share < 0.01 ? "<1%" : `${Math.round(share * 100)}%`;

/** The sum behind a token total: one line per bucket that holds something. */
export function UsageBreakdown({ usage }: { usage: Usage }) {
  const shares = bucketShares(usage);
  const rest = unexplainedTokens(usage);
  if (shares.length === 0 && usage.total === 0) return <p className="text-sm text-subtle">No token usage.</p>;
  return (
    <div className="num text-xs">
      <div aria-hidden className="mb-2 flex h-1.5 gap-px overflow-hidden rounded-full bg-raised">
        {shares.map(({ key, share }) => (
          <div key={key} className={COLOURS[key]} style={{ width: `${share * 100}%` }} />
        ))}
      </div>
      <table className="w-full">
        <tbody>
          {shares.map(({ key, label, hint, count, share }) => (
            <tr key={key} title={hint}>
              <th scope="row" className="py-0.5 text-left font-normal text-muted">
                <span aria-hidden className={cx("mr-2 inline-block size-2 rounded-sm", COLOURS[key])} />
                {label}
              </th>
              <td className="py-0.5 pl-4 text-right">{formatInteger(count)}</td>
              <td className="w-12 py-0.5 pl-3 text-right text-subtle">{percent(share)}</td>
            </tr>
          ))}
          {rest !== 0 && (
            <tr>
              <th scope="row" className="py-0.5 text-left font-normal text-muted">
                Not in a bucket
              </th>
              <td className="py-0.5 pl-4 text-right">{formatInteger(rest)}</td>
              <td />
            </tr>
          )}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" className="border-t border-line pt-1 text-left font-medium">
              Total
            </th>
            <td className="border-t border-line pt-1 pl-4 text-right font-medium">
              {formatInteger(usage.total)}
            </td>
            <td className="border-t border-line" />
          </tr>
        </tfoot>
      </table>
    </div>
  );
}
