import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";

import { cx } from "./cx";

function useCopied() {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = (text: string) => {
    void copyText(text).then((done) => setCopied(done));
  };
  return { copied, copy };
}

/** Puts a text on the clipboard; false when the browser does not allow it. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

interface CopyButtonProps {
  /** A function where the text is costly to make. */
  text: string | (() => string);
  label: string;
  className?: string;
}

export function CopyButton({ text, label, className }: CopyButtonProps) {
  const { copied, copy } = useCopied();
  return (
    <button
      type="button"
      aria-label={copied ? "Copied" : label}
      title={copied ? "Copied" : label}
      onClick={() => copy(typeof text === "string" ? text : text())}
      className={cx(
        "inline-flex size-6 shrink-0 items-center justify-center rounded text-subtle hover:bg-raised hover:text-fg",
        className,
      )}
    >
      {copied ? <Check className="size-3.5 text-accent" /> : <Copy className="size-3.5" />}
    </button>
  );
}

/** An id in monospace that is copied by a click on it. */
export function CopyableId({ id, what, className }: { id: string; what: string; className?: string }) {
  const { copied, copy } = useCopied();
  return (
    <button
      type="button"
      title={`Copy ${what}: ${id}`}
      aria-label={`Copy ${what} ${id}`}
      onClick={() => copy(id)}
      className={cx(
        "group/id inline-flex max-w-full min-w-0 items-center gap-1 rounded px-1 font-mono text-xs text-muted hover:bg-raised hover:text-fg",
        className,
      )}
    >
      <span className="truncate">{id}</span>
      {copied ? (
        <Check className="size-3 shrink-0 text-accent" />
      ) : (
        <Copy className="size-3 shrink-0 text-subtle opacity-60 group-hover/id:opacity-100" />
      )}
    </button>
  );
}
