import { ChevronRight } from "lucide-react";
import { useMemo, useState } from "react";

import { cx } from "../cx";
import { ClippedText, LargeText, MoreButton } from "./large-text";

import { plural } from "@/lib/format";
import { CLOSED_STATE, jsonRows, showMore, toggle, type JsonRow } from "@/lib/json-rows";

const STRING_LIMIT = 600;
const INDENT = 14;

/** A JSON value as a tree. Only what is open is made, so its size does not matter. */
export function JsonView({ value }: { value: unknown }) {
  const [state, setState] = useState(CLOSED_STATE);
  const rows = useMemo(() => withoutRoot(jsonRows(value, state)), [value, state]);
  return (
    <div className="num font-mono text-xs leading-[1.3rem]">
      {rows.map((row) => (
        <Row
          key={row.content.kind === "more" ? `${row.path}/…` : row.path}
          row={row}
          onToggle={() => setState((old) => toggle(old, row.path))}
          onMore={() => setState((old) => showMore(old, row.path))}
        />
      ))}
    </div>
  );
}

/** The braces around the whole say nothing; an empty whole keeps its row, or nothing would be seen. */
function withoutRoot(rows: readonly JsonRow[]): readonly JsonRow[] {
  return rows.length > 1 ? rows.slice(1).map((row) => ({ ...row, depth: row.depth - 1 })) : rows;
}

function Row({ row, onToggle, onMore }: { row: JsonRow; onToggle: () => void; onMore: () => void }) {
  const { content } = row;
  const indent = { paddingLeft: row.depth * INDENT };
  if (content.kind === "more") {
    return (
      <div style={indent} className="pl-4">
        <MoreButton label={`${plural(content.hidden, "more item")}…`} onClick={onMore} />
      </div>
    );
  }
  if (content.kind === "container") {
    const summary = content.list ? `[${content.size}]` : `{${content.size}}`;
    return (
      <div style={indent}>
        <button
          type="button"
          aria-expanded={content.open}
          disabled={content.size === 0}
          onClick={onToggle}
          className="flex max-w-full items-center rounded text-left hover:bg-raised disabled:cursor-default"
        >
          <ChevronRight
            aria-hidden
            className={cx(
              "size-3.5 shrink-0 text-subtle",
              content.open && "rotate-90",
              content.size === 0 && "invisible",
            )}
          />
          {row.label !== null && <Label text={row.label} />}
          <span className="text-subtle">{summary}</span>
        </button>
      </div>
    );
  }
  return (
    <div style={indent} className="flex">
      <div className="w-3.5 shrink-0" />
      <div className="min-w-0 flex-1 break-words">
        {row.label !== null && <Label text={row.label} />}
        {content.kind === "raw-number" ? (
          <span className="text-info">{content.text}</span>
        ) : (
          <Scalar value={content.value} />
        )}
      </div>
    </div>
  );
}

function Label({ text }: { text: string }) {
  return <span className="mr-1.5 break-all text-muted">{text}:</span>;
}

function Scalar({ value }: { value: string | number | boolean | null }) {
  if (typeof value === "string") {
    return (
      <ClippedText text={value} limit={STRING_LIMIT}>
        {(shown) =>
          shown.length > STRING_LIMIT * 2 ? (
            <LargeText text={shown} className="text-fg" />
          ) : (
            <span className="whitespace-pre-wrap text-fg">
              {shown === "" ? <span className="text-subtle">""</span> : shown}
            </span>
          )
        }
      </ClippedText>
    );
  }
  return <span className={value === null ? "text-subtle" : "text-info"}>{String(value)}</span>;
}
