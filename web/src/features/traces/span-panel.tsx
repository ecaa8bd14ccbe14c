import { CircleX } from "lucide-react";
import type { ReactNode } from "react";

import { KindIcon, kindLabel, TraceIcon } from "./kind";
import { TraceStatusBadge } from "./status";
import type { PanelTab } from "./trace-search";
import { SpanUsage, TraceUsage } from "./usage-tab";

import { exceptionOf } from "@/lib/failure";
import type { SpanNode } from "@/lib/span-tree";
import { formatAbsolute, formatDuration, isoText } from "@/lib/time";
import type { JsonObject, Span, Trace } from "@/model/trace";
import type { EpochMicros, SpanId } from "@/model/units";
import { Badge } from "@/ui/badge";
import { CopyableId } from "@/ui/copy";
import { CostFigure, DurationFigure, TokensFigure } from "@/ui/figures";
import { JsonView } from "@/ui/payload/json-view";
import { LargeText } from "@/ui/payload/large-text";
import { PayloadSection, PayloadView } from "@/ui/payload/payload-view";
import { Tabs } from "@/ui/tabs";

interface PanelProps {
  tab: PanelTab;
  onTab: (tab: PanelTab) => void;
}

/** All about one span. */
export function SpanPanel({ node, tab, onTab }: PanelProps & { node: SpanNode }) {
  const { span } = node;
  return (
    <section aria-label={`Span ${span.name}`} data-testid="panel" className="flex h-full flex-col">
      <PanelHeader icon={<KindIcon kind={span.kind} className="size-4" />} name={span.name}>
        <SpanStatusBadge span={span} />
        <Fact label="Kind">{kindLabel(span.kind)}</Fact>
        {span.model !== null && <Fact label="Model">{span.model}</Fact>}
        <Fact label="Duration">
          {span.duration === null ? "not ended" : <DurationFigure length={span.duration} />}
        </Fact>
        {span.timeToFirstToken !== null && (
          <Fact label="First token">
            <DurationFigure length={span.timeToFirstToken} />
          </Fact>
        )}
        {span.usage !== null && (
          <Fact label="Tokens">
            <TokensFigure count={span.usage.total} />
            {!span.counted && <span className="text-subtle"> (not counted)</span>}
          </Fact>
        )}
        {span.cost.kind !== "none" && (
          <Fact label="Cost">
            <CostFigure cost={span.cost} />
          </Fact>
        )}
      </PanelHeader>
      <Tabs
        label="About this span"
        value={tab}
        onChange={onTab}
        tabs={[
          { value: "content", label: "Input and output", content: () => <SpanContent span={span} /> },
          { value: "usage", label: "Usage and cost", content: () => <SpanUsage span={span} /> },
          { value: "details", label: "Details", content: () => <SpanDetails node={node} /> },
          { value: "raw", label: "Raw", content: () => <RawTab value={span.raw} /> },
        ]}
      />
    </section>
  );
}

/** All about the trace as a whole. */
export function TracePanel({
  trace,
  tab,
  onTab,
  missing,
}: PanelProps & { trace: Trace; missing: SpanId | null }) {
  return (
    <section aria-label={`Trace ${trace.name}`} data-testid="panel" className="flex h-full flex-col">
      {missing !== null && (
        <p role="status" className="bg-warn-soft px-4 py-1.5 text-xs break-all text-warn">
          This trace has no span {missing}.
        </p>
      )}
      <PanelHeader icon={<TraceIcon className="size-4" />} name={trace.name}>
        <TraceStatusBadge status={trace.status} spanErrors={trace.spanErrors} wordy />
        <Fact label="Duration">
          {trace.duration === null ? "not ended" : <DurationFigure length={trace.duration} />}
        </Fact>
        <Fact label="Tokens">
          <TokensFigure count={trace.usage.total} />
        </Fact>
        <Fact label="Cost">
          <CostFigure cost={trace.cost} />
        </Fact>
      </PanelHeader>
      <Tabs
        label="About this trace"
        value={tab}
        onChange={onTab}
        tabs={[
          {
            value: "content",
            label: "Input and output",
            content: () => <InputOutput input={trace.input} output={trace.output} />,
          },
          { value: "usage", label: "Usage and cost", content: () => <TraceUsage trace={trace} /> },
          { value: "details", label: "Details", content: () => <TraceDetails trace={trace} /> },
          { value: "raw", label: "Raw", content: () => <RawTab value={trace.raw} /> },
        ]}
      />
    </section>
  );
}

function PanelHeader({ icon, name, children }: { icon: ReactNode; name: string; children: ReactNode }) {
  return (
    <div className="shrink-0 px-4 pt-3 pb-2">
      <h2 className="flex items-start gap-2 text-base font-semibold">
        <span className="mt-1">{icon}</span>
        <span className="line-clamp-2 break-words">{name}</span>
      </h2>
      <div className="num mt-1.5 flex flex-wrap items-center gap-x-4 gap-y-1 text-xs">{children}</div>
    </div>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <span className="whitespace-nowrap">
      <span className="text-subtle">{label} </span>
      {children}
    </span>
  );
}

function SpanStatusBadge({ span }: { span: Span }) {
  if (span.status === "ERROR") {
    return (
      <Badge tone="danger">
        <CircleX aria-hidden /> Error
      </Badge>
    );
  }
  return (
    <Badge tone={span.endedAt === null ? "info" : "neutral"}>
      {span.endedAt === null ? "Open" : span.status === "OK" ? "OK" : "Unset"}
    </Badge>
  );
}

function SpanContent({ span }: { span: Span }) {
  return (
    <>
      <SpanError span={span} />
      <InputOutput input={span.input} output={span.output} />
    </>
  );
}

function InputOutput({ input, output }: { input: unknown; output: unknown }) {
  return (
    <div className="divide-y divide-line">
      <PayloadView title="Input" value={input} absent="No input was recorded." />
      <PayloadView title="Output" value={output} absent="No output was recorded." />
    </div>
  );
}

function SpanError({ span }: { span: Span }) {
  const exception = exceptionOf(span.metadata);
  if (span.status !== "ERROR" && (span.error === null || span.error === "")) return null;
  const message = span.error ?? exception?.message ?? null;
  return (
    <section
      role="alert"
      aria-label="Error"
      className="m-4 mb-1 rounded-md bg-danger-soft px-3 py-2 text-danger"
    >
      <h3 className="text-xs font-semibold">{exception?.type ?? "Error"}</h3>
      <p className="mt-0.5 text-sm break-words whitespace-pre-wrap">
        {message === null || message === "" ? "Failed without a message." : message}
      </p>
      {exception?.stack !== null && exception?.stack !== undefined && (
        <details open className="mt-2">
          <summary className="text-xs font-medium">Stack</summary>
          <div className="mt-1 max-h-72 overflow-auto rounded bg-surface p-2 text-fg">
            <LargeText text={exception.stack} />
          </div>
        </details>
      )}
    </section>
  );
}

function SpanDetails({ node }: { node: SpanNode }) {
  const { span } = node;
  return (
    <div className="divide-y divide-line">
      <PayloadSection title="Model parameters">
        <ObjectOrNothing value={span.modelParameters} absent="No model parameters were recorded." />
      </PayloadSection>
      <PayloadSection title="Metadata">
        <ObjectOrNothing value={span.metadata} absent="No metadata." />
      </PayloadSection>
      <PayloadSection title="Times">
        <Times start={span.startedAt} end={span.endedAt} />
        {span.timeToFirstToken !== null && (
          <Line label="First token after">{formatDuration(span.timeToFirstToken)}</Line>
        )}
      </PayloadSection>
      <PayloadSection title="Ids">
        <Line label="Span">
          <CopyableId id={span.id} what="span id" />
        </Line>
        <Line label="Parent">
          {span.parentId === null ? (
            <span className="text-subtle">none</span>
          ) : (
            <CopyableId id={span.parentId} what="parent span id" />
          )}
        </Line>
        {node.orphan && (
          <p className="text-xs text-warn">
            The parent is not in this trace, so the span is shown at the top.
          </p>
        )}
        <Line label="Trace">
          <CopyableId id={span.traceId} what="trace id" />
        </Line>
      </PayloadSection>
    </div>
  );
}

function TraceDetails({ trace }: { trace: Trace }) {
  return (
    <div className="divide-y divide-line">
      <PayloadSection title="Metadata">
        <ObjectOrNothing value={trace.metadata} absent="No metadata." />
      </PayloadSection>
      <PayloadSection title="Times">
        <Times start={trace.startedAt} end={trace.endedAt} />
      </PayloadSection>
      <PayloadSection title="Ids">
        <Line label="Trace">
          <CopyableId id={trace.id} what="trace id" />
        </Line>
        <Line label="Session">
          {trace.sessionId === null ? (
            <span className="text-subtle">none</span>
          ) : (
            <CopyableId id={trace.sessionId} what="session id" />
          )}
        </Line>
        <Line label="User">
          {trace.userId === null ? (
            <span className="text-subtle">none</span>
          ) : (
            <CopyableId id={trace.userId} what="user id" />
          )}
        </Line>
      </PayloadSection>
    </div>
  );
}

function ObjectOrNothing({ value, absent }: { value: JsonObject | null; absent: string }) {
  if (value === null || Object.keys(value).length === 0)
    return <p className="text-sm text-subtle">{absent}</p>;
  return <JsonView value={value} />;
}

function Times({ start, end }: { start: EpochMicros; end: EpochMicros | null }) {
  return (
    <>
      <Line label="Started">
        <span title={isoText(start)}>{formatAbsolute(start)}</span>
      </Line>
      <Line label="Ended">
        {end === null ? (
          <span className="text-subtle">not yet</span>
        ) : (
          <span title={isoText(end)}>{formatAbsolute(end)}</span>
        )}
      </Line>
    </>
  );
}

function Line({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="num flex min-h-6 items-center gap-3 text-xs">
      <span className="w-28 shrink-0 text-muted">{label}</span>
      <span className="min-w-0">{children}</span>
    </div>
  );
}

function RawTab({ value }: { value: unknown }) {
  return (
    <div className="p-4">
      <LargeText text={JSON.stringify(value, null, 2)} />
    </div>
  );
}
