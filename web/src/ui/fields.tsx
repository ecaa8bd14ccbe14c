import { Search, X } from "lucide-react";
import { useEffect, useRef, useState, type ComponentProps } from "react";

import { cx } from "./cx";

const FIELD =
  "h-8 rounded-md border border-line-strong bg-surface px-2.5 text-sm text-fg placeholder:text-subtle focus:border-accent focus:outline-2 focus:outline-accent/30";

export function TextField({ className, ...rest }: ComponentProps<"input">) {
  return <input className={cx(FIELD, className)} {...rest} />;
}

export function Select({ className, ...rest }: ComponentProps<"select">) {
  return <select className={cx(FIELD, "cursor-pointer pr-1", className)} {...rest} />;
}

interface SearchFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Milliseconds without a key press before `onChange` is called. */
  delay?: number;
  /** A key that focuses the field from anywhere on the page. */
  shortcut?: string;
  className?: string;
}

/** A text field that reports what was typed once the typing pauses, or at once on Enter and Escape. */
export function SearchField({ label, value, onChange, delay = 250, shortcut, className }: SearchFieldProps) {
  const [draft, setDraft] = useState(value);
  const [settled, setSettled] = useState(value);
  const input = useRef<HTMLInputElement>(null);

  // The value changed from outside (back button, "clear filters"): follow it.
  if (value !== settled) {
    setSettled(value);
    setDraft(value);
  }

  const commit = (text: string) => {
    setSettled(text);
    if (text !== value) onChange(text);
  };
  useEffect(() => {
    if (draft === value) return;
    const timer = setTimeout(() => {
      setSettled(draft);
      onChange(draft);
    }, delay);
    return () => clearTimeout(timer);
  }, [draft, value, delay, onChange]);

  useEffect(() => {
    if (shortcut === undefined) return;
    const focus = (event: KeyboardEvent) => {
      if (event.key !== shortcut || event.metaKey || event.ctrlKey || isTyping(event.target)) return;
      event.preventDefault();
      input.current?.focus();
    };
    window.addEventListener("keydown", focus);
    return () => window.removeEventListener("keydown", focus);
  }, [shortcut]);

  return (
    <div className={cx("relative", className)}>
      <Search aria-hidden className="pointer-events-none absolute top-2 left-2.5 size-4 text-subtle" />
      <input
        ref={input}
        type="search"
        aria-label={label}
        placeholder={label}
        value={draft}
        maxLength={512}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") commit(draft);
          if (event.key === "Escape") {
            setDraft("");
            commit("");
          }
        }}
        className={cx(FIELD, "w-full pr-8 pl-8 [&::-webkit-search-cancel-button]:hidden")}
      />
      {draft !== "" ? (
        <button
          type="button"
          aria-label="Clear search"
          className="absolute top-1.5 right-1.5 rounded p-0.5 text-subtle hover:text-fg"
          onClick={() => {
            setDraft("");
            commit("");
            input.current?.focus();
          }}
        >
          <X className="size-4" />
        </button>
      ) : (
        shortcut !== undefined && (
          <kbd
            aria-hidden
            className="absolute top-1.5 right-1.5 rounded border border-line px-1.5 font-mono text-2xs text-subtle"
          >
            {shortcut}
          </kbd>
        )
      )}
    </div>
  );
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
