import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";

import { cx } from "../cx";

import { formatBytes } from "@/lib/format";
import { toLines } from "@/lib/text-lines";

/** Above this many characters a text is laid out line by line, only where it is on screen. */
const WHOLE_LIMIT = 20_000;
const LINE_HEIGHT = 18;

/** Text of any size in monospace. */
export function LargeText({ text, className }: { text: string; className?: string }) {
  if (text.length > WHOLE_LIMIT) return <VirtualText text={text} className={className} />;
  return <pre className={cx("font-mono text-xs break-words whitespace-pre-wrap", className)}>{text}</pre>;
}

function VirtualText({ text, className }: { text: string; className?: string }) {
  const lines = useMemo(() => toLines(text), [text]);
  const box = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 20,
  });
  return (
    <div>
      <div
        ref={box}
        tabIndex={0}
        role="region"
        aria-label="Long text"
        className={cx("h-96 overflow-auto rounded border border-line bg-canvas font-mono text-xs", className)}
      >
        <div className="relative w-max min-w-full" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map((item) => (
            <div
              key={item.key}
              className="absolute top-0 left-0 px-2 whitespace-pre"
              style={{ height: LINE_HEIGHT, transform: `translateY(${item.start}px)` }}
            >
              {lines[item.index]}
            </div>
          ))}
        </div>
      </div>
      <p className="mt-1 text-2xs text-subtle">
        {formatBytes(text.length)}; very long lines are broken for display, copying gives the text as it is
      </p>
    </div>
  );
}

interface ClippedTextProps {
  text: string;
  /** Characters shown at first. */
  limit: number;
  children: (shown: string) => React.ReactNode;
}

/** The beginning of a text and a way to see all of it. */
export function ClippedText({ text, limit, children }: ClippedTextProps) {
  const [all, setAll] = useState(false);
  // A little over the limit is shown whole: a button for ten more characters is a nuisance.
  if (text.length <= limit * 1.25) return children(text);
  if (!all) {
    return (
      <>
        {children(text.slice(0, limit) + "…")}
        <MoreButton label={`Show all (${formatBytes(text.length)})`} onClick={() => setAll(true)} />
      </>
    );
  }
  return (
    <>
      {text.length > WHOLE_LIMIT ? <LargeText text={text} /> : children(text)}
      <MoreButton label="Show less" onClick={() => setAll(false)} />
    </>
  );
}

export function MoreButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="mt-0.5 block rounded text-xs font-medium text-accent hover:underline"
    >
      {label}
    </button>
  );
}
