import type { ReactNode } from "react";

import { explainCost, formatInteger, formatMoneyExact } from "@/lib/format";
import type { Span, Trace } from "@/model/trace";
import { usd } from "@/model/units";
import { meaningOfUsageKey } from "@/model/usage";
import { CostFigure } from "@/ui/figures";
import { PayloadSection } from "@/ui/payload/payload-view";
import { UsageBreakdown } from "@/ui/usage-breakdown";

/** What a span used, as counted and as sent, and what it cost. */
export function SpanUsage({ span }: { span: Span }) {
  return (
    <div className="divide-y divide-line">
      <PayloadSection title="Tokens, by bucket">
        {span.usage === null ? (
          <p className="text-sm text-subtle">This span carries no token usage.</p>
        ) : (
          <>
            <UsageBreakdown usage={span.usage} />
            <CountedNote counted={span.counted} />
          </>
        )}
      </PayloadSection>
      <PayloadSection title="token_usage, as sent">
        {span.tokenUsage === null || Object.keys(span.tokenUsage).length === 0 ? (
          <p className="text-sm text-subtle">Nothing was sent.</p>
        ) : (
          <KeyTable
            rows={Object.entries(span.tokenUsage).map(([key, value]) => [
              key,
              tokenText(value),
              meaningOfUsageKey(key),
            ])}
          />
        )}
      </PayloadSection>
      <PayloadSection title="Cost">
        {span.costParts === null || Object.keys(span.costParts).length === 0 ? (
          <OwnCost span={span} />
        ) : (
          <KeyTable
            rows={Object.entries(span.costParts).map(([key, value]) => [
              key,
              typeof value === "number" ? formatMoneyExact(usd(value)) : JSON.stringify(value),
              key === "total" ? "what counts" : "as sent",
            ])}
          />
        )}
      </PayloadSection>
    </div>
  );
}

/** The cost of a span that brought none along. */
function OwnCost({ span }: { span: Span }) {
  const { cost } = span;
  if (cost.kind === "priced") {
    return (
      <KeyTable rows={[["total", formatMoneyExact(cost.amount), "tokens times the price of the model"]]} />
    );
  }
  return (
    <p className="text-sm text-subtle">
      {cost.kind === "unpriced"
        ? "Unpriced: tokens were used, but no cost was sent and the model has no known price."
        : "No cost was sent."}
    </p>
  );
}

export function TraceUsage({ trace }: { trace: Trace }) {
  return (
    <div className="divide-y divide-line">
      <PayloadSection title="Tokens, by bucket">
        <UsageBreakdown usage={trace.usage} />
        <Note>
          The sum over the spans that no span below them repeats: an agent that reports its children’s tokens
          again is not counted twice.
        </Note>
      </PayloadSection>
      <PayloadSection title="Cost">
        <p className="num text-sm font-medium">
          <CostFigure cost={trace.cost} />
        </p>
        <Note>{explainCost(trace.cost)}.</Note>
      </PayloadSection>
    </div>
  );
}

function CountedNote({ counted }: { counted: boolean }) {
  return (
    <Note>
      {counted
        ? "Counted: these tokens are part of the totals of the trace and its session."
        : "Not counted: a span below this one reports usage too, and adding both would count the same tokens twice."}
    </Note>
  );
}

function Note({ children }: { children: ReactNode }) {
  return <p className="mt-2 text-xs text-subtle">{children}</p>;
}

type KeyRow = readonly [key: string, value: string, meaning: string | null];

function KeyTable({ rows }: { rows: readonly KeyRow[] }) {
  return (
    <table className="num w-full text-xs">
      <tbody>
        {rows.map(([key, value, meaning]) => (
          <tr key={key}>
            <th scope="row" className="py-0.5 pr-4 text-left font-mono font-normal break-all text-muted">
              {key}
            </th>
            <td className="py-0.5 text-right whitespace-nowrap">{value}</td>
            <td className="w-2/5 py-0.5 pl-4 text-subtle">{meaning ?? "kept, not interpreted"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Counts get separators; whatever else was sent is shown as the JSON it is. */
const tokenText = (value: unknown): string =>
  typeof value === "number" && Number.isInteger(value) ? formatInteger(value) : JSON.stringify(value);
