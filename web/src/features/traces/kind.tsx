import {
  Bot,
  Circle,
  FileSearch,
  Grid3x3,
  Route,
  Sparkles,
  Workflow,
  Wrench,
  type LucideIcon,
} from "lucide-react";

import type { SpanKind } from "@/model/trace";
import { cx } from "@/ui/cx";

interface KindLook {
  label: string;
  Icon: LucideIcon;
  text: string;
  bar: string;
}

const LOOKS: Record<SpanKind, KindLook> = {
  AGENT: { label: "Agent", Icon: Bot, text: "text-agent", bar: "bg-agent" },
  LLM: { label: "LLM", Icon: Sparkles, text: "text-llm", bar: "bg-llm" },
  TOOL: { label: "Tool", Icon: Wrench, text: "text-tool", bar: "bg-tool" },
  RETRIEVER: { label: "Retriever", Icon: FileSearch, text: "text-retriever", bar: "bg-retriever" },
  CHAIN: { label: "Chain", Icon: Workflow, text: "text-chain", bar: "bg-chain" },
  EMBEDDING: { label: "Embedding", Icon: Grid3x3, text: "text-embedding", bar: "bg-embedding" },
  OTHER: { label: "Other", Icon: Circle, text: "text-other", bar: "bg-other" },
};

export const kindLabel = (kind: SpanKind): string => LOOKS[kind].label;
export const kindBar = (kind: SpanKind): string => LOOKS[kind].bar;

export function KindIcon({ kind, className }: { kind: SpanKind; className?: string }) {
  const { Icon, label, text } = LOOKS[kind];
  return <Icon role="img" aria-label={label} className={cx("shrink-0", text, className)} />;
}

export function TraceIcon({ className }: { className?: string }) {
  return <Route role="img" aria-label="Trace" className={cx("shrink-0 text-accent", className)} />;
}
