import { useMemo, useState, type ReactNode } from "react";

import { CopyButton } from "../copy";
import { cx } from "../cx";
import { Segmented } from "../segmented";
import { ChatView } from "./chat-view";
import { JsonView } from "./json-view";
import { ClippedText, LargeText } from "./large-text";
import { RichText } from "./rich-text";

import { asConversation } from "@/lib/chat";

type Mode = "chat" | "text" | "json" | "raw";

const LABELS: Record<Mode, string> = { chat: "Chat", text: "Text", json: "JSON", raw: "Raw" };
const TEXT_LIMIT = 6000;

interface PayloadViewProps {
  title: string;
  value: unknown;
  /** Said in place of a value that is null. */
  absent: string;
  className?: string;
}

/** An input or output: as a conversation where it is one, as JSON, or raw. */
export function PayloadView({ title, value, absent, className }: PayloadViewProps) {
  const messages = useMemo(() => asConversation(value), [value]);
  const modes: readonly [Mode, ...Mode[]] =
    messages !== null
      ? ["chat", "json", "raw"]
      : typeof value === "string"
        ? ["text", "raw"]
        : ["json", "raw"];
  const [chosen, setChosen] = useState<Mode | null>(null);
  const mode = chosen !== null && modes.includes(chosen) ? chosen : modes[0];
  if (value === null || value === undefined) {
    return (
      <PayloadSection title={title} className={className}>
        <p className="text-sm text-subtle">{absent}</p>
      </PayloadSection>
    );
  }
  const actions = (
    <>
      <Segmented
        label={`Show ${title.toLowerCase()} as`}
        value={mode}
        options={modes.map((one) => ({ value: one, label: LABELS[one] }))}
        onChange={setChosen}
      />
      <CopyButton text={() => rawText(value)} label={`Copy ${title.toLowerCase()}`} />
    </>
  );
  return (
    <PayloadSection title={title} actions={actions} className={className}>
      {mode === "chat" && messages !== null && (
        <ChatView messages={messages} folded={earlierMessages(messages.length)} />
      )}
      {mode === "text" && typeof value === "string" && <Prose text={value} />}
      {mode === "json" && <JsonView value={value} />}
      {mode === "raw" && <LargeText text={rawText(value)} />}
    </PayloadSection>
  );
}

/** Of a long conversation the end is what was asked or answered; the rest is one click away. */
const earlierMessages = (count: number): number => (count > 8 ? count - 4 : 0);

export function Prose({ text }: { text: string }) {
  return (
    <ClippedText text={text} limit={TEXT_LIMIT}>
      {(shown) => <RichText text={shown} />}
    </ClippedText>
  );
}

/** Returns a value as text to copy or read: a string as it is, anything else as indented JSON. */
const rawText = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value, null, 2);

interface PayloadSectionProps {
  title: string;
  actions?: ReactNode;
  className?: string;
  children: ReactNode;
}

export function PayloadSection({ title, actions, className, children }: PayloadSectionProps) {
  return (
    <section aria-label={title} className={cx("px-4 py-3", className)}>
      <div className="mb-1.5 flex h-7 items-center gap-1.5">
        <h3 className="mr-auto text-xs font-semibold text-muted">{title}</h3>
        {actions}
      </div>
      {children}
    </section>
  );
}
