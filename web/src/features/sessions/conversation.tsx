import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";

import { TurnCard } from "./turn-card";

import { formatInteger } from "@/lib/format";
import type { Turn } from "@/lib/turns";
import type { ProjectName } from "@/model/units";
import { Button } from "@/ui/button";

interface ConversationProps {
  project: ProjectName;
  turns: readonly Turn[];
  total: number;
  hasMore: boolean;
  loadingMore: boolean;
  onMore: () => void;
  /** Told the first and last turn on screen whenever they change. */
  onView: (first: number, last: number) => void;
}

const ESTIMATED_TURN = 260;
/** Turns before the end at which the next ones are fetched. */
const FETCH_AHEAD = 8;

/** The turns of a session; only those near the screen are drawn. */
export function Conversation({
  project,
  turns,
  total,
  hasMore,
  loadingMore,
  onMore,
  onView,
}: ConversationProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: turns.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ESTIMATED_TURN,
    getItemKey: (at) => turns[at]?.trace.id ?? at,
    overscan: 4,
    gap: 12,
    paddingStart: 12,
  });
  const first = virtualizer.range?.startIndex ?? 0;
  const last = virtualizer.range?.endIndex ?? 0;

  useEffect(() => onView(first, last), [onView, first, last]);
  useEffect(() => {
    if (hasMore && !loadingMore && last >= turns.length - FETCH_AHEAD) onMore();
  }, [hasMore, loadingMore, last, turns.length, onMore]);

  return (
    <div
      ref={scroller}
      tabIndex={0}
      role="region"
      aria-label="Conversation"
      className="min-h-0 min-w-0 flex-1 overflow-y-auto px-4"
    >
      <div className="relative mx-auto w-full max-w-4xl" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => {
          const turn = turns[item.index];
          return (
            turn && (
              <div
                key={item.key}
                ref={virtualizer.measureElement}
                data-index={item.index}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <TurnCard project={project} turn={turn} />
              </div>
            )
          );
        })}
      </div>
      <div className="num flex h-14 items-center justify-center gap-3 text-xs text-subtle">
        {formatInteger(turns.length)} of {formatInteger(total)} turns
        {hasMore && (
          <Button disabled={loadingMore} onClick={onMore}>
            {loadingMore ? "Loading…" : "Load more"}
          </Button>
        )}
      </div>
    </div>
  );
}
