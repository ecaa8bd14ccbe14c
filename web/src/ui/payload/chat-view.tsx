import { Brain, CornerDownRight, Wrench } from "lucide-react";
import { useState } from "react";

import { cx } from "../cx";
import { JsonView } from "./json-view";
import { ClippedText, MoreButton } from "./large-text";
import { RichText } from "./rich-text";

import type { Message, Part } from "@/lib/chat";
import { formatBytes, plural } from "@/lib/format";

const TEXT_LIMIT = 4000;
const SYSTEM_LIMIT = 280;

const ROLE_LOOK: Record<string, string> = {
  user: "text-info border-info/60",
  assistant: "text-accent border-accent/60",
  tool: "text-tool border-tool/60",
};

interface ChatViewProps {
  messages: readonly Message[];
  /** Messages at the front that are folded behind one line. */
  folded?: number;
  /** What that line says after the count, as in "3 earlier messages repeated from before". */
  foldedBecause?: string;
}

/** Messages as a conversation: who said what, tool calls and their results in place. */
export function ChatView({ messages, folded = 0, foldedBecause = "" }: ChatViewProps) {
  const [unfolded, setUnfolded] = useState(false);
  const from = unfolded ? 0 : folded;
  return (
    <div className="space-y-2.5">
      {folded > 0 && (
        <MoreButton
          label={
            unfolded
              ? "Hide earlier messages"
              : `${plural(folded, "earlier message")} ${foldedBecause}`.trim()
          }
          onClick={() => setUnfolded(!unfolded)}
        />
      )}
      {messages.slice(from).map((message, at) => (
        // Messages have no ids and never change places.
        <MessageView key={from + at} message={message} />
      ))}
    </div>
  );
}

function MessageView({ message }: { message: Message }) {
  const look = ROLE_LOOK[message.role] ?? "text-subtle border-line-strong";
  return (
    <div className={cx("border-l-2 pl-3", look)}>
      <div className="text-2xs font-semibold tracking-wide">
        {message.role}
        {message.name !== null && (
          <span className="ml-1.5 font-mono font-normal text-subtle">{message.name}</span>
        )}
      </div>
      <div className="mt-0.5 space-y-1.5 text-sm text-fg">
        {message.parts.length === 0 && <span className="text-subtle">(empty)</span>}
        {message.parts.map((part, at) => (
          <PartView key={at} part={part} limit={message.role === "system" ? SYSTEM_LIMIT : TEXT_LIMIT} />
        ))}
      </div>
    </div>
  );
}

function PartView({ part, limit }: { part: Part; limit: number }) {
  switch (part.kind) {
    case "text":
      return (
        <div>
          <ClippedText text={part.text} limit={limit}>
            {(shown) => <RichText text={shown} />}
          </ClippedText>
        </div>
      );
    case "thinking":
      return (
        <div className="text-muted">
          <div className="flex items-center gap-1 text-2xs font-medium">
            <Brain aria-hidden className="size-3" /> thinking
          </div>
          <ClippedText text={part.text} limit={SYSTEM_LIMIT}>
            {(shown) => <RichText text={shown} />}
          </ClippedText>
        </div>
      );
    case "tool-call":
      return (
        <ToolBox icon={<Wrench aria-hidden className="size-3 text-tool" />} title={part.name} id={part.id}>
          {part.args}
        </ToolBox>
      );
    case "tool-result":
      return (
        <ToolBox
          icon={<CornerDownRight aria-hidden className="size-3 text-tool" />}
          title={part.failed ? "failed" : "result"}
          id={part.id}
        >
          {part.content}
        </ToolBox>
      );
    case "image":
      return <ImagePart source={part.source} />;
    case "data":
      return <JsonView value={part.value} />;
  }
}

function ToolBox(props: { icon: React.ReactNode; title: string; id: string | null; children: unknown }) {
  const { icon, title, id, children } = props;
  return (
    <div className="overflow-hidden rounded-md border border-line bg-canvas">
      <div className="flex items-center gap-1.5 border-b border-line px-2 py-1 font-mono text-xs font-medium">
        {icon} {title}
        {id !== null && <span className="ml-auto truncate pl-3 text-2xs font-normal text-subtle">{id}</span>}
      </div>
      <div className="max-h-80 overflow-auto px-2 py-1.5">
        {typeof children === "string" ? (
          <ClippedText text={children} limit={TEXT_LIMIT}>
            {(shown) => <span className="font-mono text-xs break-words whitespace-pre-wrap">{shown}</span>}
          </ClippedText>
        ) : (
          <JsonView value={children ?? null} />
        )}
      </div>
    </div>
  );
}

/** Embedded images are shown. Others stay a link: opening a trace must not call foreign servers. */
function ImagePart({ source }: { source: string }) {
  if (/^data:image\/(png|jpeg|gif|webp);base64,/.test(source)) {
    return (
      <img
        src={source}
        alt="Part of the message"
        className="max-h-64 max-w-full rounded-md border border-line"
      />
    );
  }
  if (source.startsWith("data:"))
    return <span className="text-subtle">data of {formatBytes(source.length)}</span>;
  const safe = /^https?:\/\//.test(source);
  return safe ? (
    <a href={source} target="_blank" rel="noreferrer" className="break-all text-accent hover:underline">
      {source}
    </a>
  ) : (
    <span className="break-all">{source}</span>
  );
}
