import { Link } from "@tanstack/react-router";
import { useMemo, useRef, useState, type CSSProperties, type KeyboardEvent } from "react";

import { formatCompact, formatCost, formatInteger, plural } from "@/lib/format";
import { axisLabels, layoutTimeline, type Timeline, type TimelineBar } from "@/lib/session-timeline";
import {
  formatAbsolute,
  formatClock,
  formatDayAndTime,
  formatDuration,
  formatDurationShort,
} from "@/lib/time";
import type { TraceSummary } from "@/model/trace";
import { between, type ProjectName, type TraceId } from "@/model/units";
import { paths } from "@/paths";
import { cx } from "@/ui/cx";

const LANE = 16;
const AXIS = 18;
/* Widths of labels as parts of the axis. */
const TIME_LABEL = 0.055;
const DAY_LABEL = 0.085;
const GAP_LABEL = 0.028;

interface SessionTimelineProps {
  project: ProjectName;
  traces: readonly TraceSummary[];
  /** All traces of the session; more than are drawn in a very long one. */
  total: number;
  /** The traces whose turns are on screen. */
  inView: ReadonlySet<TraceId>;
}

/** The traces of a session on one axis of time, long pauses folded. */
export function SessionTimeline({ project, traces, total, inView }: SessionTimelineProps) {
  const timeline = useMemo(() => layoutTimeline(traces), [traces]);
  const [hovered, setHovered] = useState<TimelineBar<TraceSummary> | null>(null);
  const [current, setCurrent] = useState(0);
  const bars = useRef<HTMLDivElement>(null);

  const move = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const next = Math.min(timeline.bars.length - 1, Math.max(0, current + step));
    setCurrent(next);
    bars.current?.querySelector<HTMLElement>(`[data-bar="${next}"]`)?.focus();
  };

  return (
    <section aria-label="Timeline" className="shrink-0 border-b border-line bg-surface px-4 pt-2.5 pb-1.5">
      <div
        className="relative"
        style={{ height: timeline.lanes * LANE + AXIS }}
        onPointerLeave={() => setHovered(null)}
      >
        <Gaps timeline={timeline} />
        <div
          ref={bars}
          role="group"
          aria-label={`${plural(traces.length, "trace")} in order of time; move with the arrow keys`}
          onKeyDown={move}
        >
          {timeline.bars.map((bar, at) => (
            <Link
              key={bar.item.id}
              {...paths.trace(project, bar.item.id)}
              data-bar={at}
              tabIndex={at === current ? 0 : -1}
              aria-label={`${at + 1}: ${bar.item.name}, ${bar.item.status.toLowerCase()}${bar.item.duration === null ? "" : `, ${formatDuration(bar.item.duration)}`}`}
              onPointerEnter={() => setHovered(bar)}
              onFocus={() => {
                setCurrent(at);
                setHovered(bar);
              }}
              onBlur={() => setHovered(null)}
              style={barStyle(bar)}
              className={cx(
                "absolute h-3 min-w-[3px] rounded-[3px] transition-opacity hover:opacity-100! hover:ring-2 hover:ring-fg/25",
                barColour(bar.item),
                inView.size > 0 && !inView.has(bar.item.id) && "opacity-45",
              )}
            />
          ))}
        </div>
        <Axis timeline={timeline} />
        {hovered !== null && <BarDetails bar={hovered} />}
      </div>
      {traces.length < total && (
        <p className="pb-1 text-2xs text-subtle">
          The first {formatInteger(traces.length)} of {plural(total, "trace")} are drawn
        </p>
      )}
    </section>
  );
}

function barStyle(bar: TimelineBar<TraceSummary>): CSSProperties {
  return { left: percent(bar.left), width: percent(bar.right - bar.left), top: bar.lane * LANE + 2 };
}

const percent = (fraction: number): string => `${fraction * 100}%`;

function barColour(trace: TraceSummary): string {
  if (trace.status === "ERROR") return "bg-danger";
  if (trace.spanErrors > 0) return "bg-warn";
  return trace.status === "COMPLETED" ? "bg-accent" : "bg-info";
}

function Gaps({ timeline }: { timeline: Timeline<TraceSummary> }) {
  return timeline.gaps.map((gap) => (
    <div
      key={gap.left}
      title={`${formatDuration(gap.length)} without activity`}
      style={{ left: percent(gap.left), width: percent(gap.right - gap.left), height: timeline.lanes * LANE }}
      className="absolute top-0 px-1"
    >
      <div className="idle-hatch h-full rounded-sm opacity-60" />
    </div>
  ));
}

function Axis({ timeline }: { timeline: Timeline<TraceSummary> }) {
  const style = (left: number, right: number): CSSProperties => ({
    left: percent(left),
    width: percent(right - left),
  });
  const days = spansDays(timeline);
  const labels = axisLabels(timeline, days ? DAY_LABEL : TIME_LABEL, GAP_LABEL);
  return (
    <div aria-hidden className="num absolute inset-x-0 bottom-0 h-4 text-2xs whitespace-nowrap text-subtle">
      {timeline.segments.map(({ left, right }) => (
        <div key={left} style={style(left, right)} className="absolute border-t border-line-strong" />
      ))}
      {labels.times.map(({ left, at }) => (
        <div key={left} style={{ left: percent(left) }} className="absolute pt-px">
          {days ? formatDayAndTime(at) : formatClock(at)}
        </div>
      ))}
      {labels.gaps.map(({ left, right, length }) => (
        <div key={left} style={style(left, right)} className="absolute pt-px text-center">
          {formatDurationShort(length)}
        </div>
      ))}
    </div>
  );
}

/** True when the time of day alone would not say when something was. */
function spansDays({ segments }: Timeline<TraceSummary>): boolean {
  const [first, last] = [segments[0], segments.at(-1)];
  return first !== undefined && last !== undefined && between(first.start, last.end) > 20 * 3_600_000_000;
}

function BarDetails({ bar }: { bar: TimelineBar<TraceSummary> }) {
  const { item } = bar;
  const middle = (bar.left + bar.right) / 2;
  const side: CSSProperties = middle > 0.6 ? { right: percent(1 - bar.right) } : { left: percent(bar.left) };
  return (
    <div
      role="status"
      style={{ ...side, top: (bar.lane + 1) * LANE + 4 }}
      className="num pointer-events-none absolute z-30 max-w-96 rounded-md border border-line bg-surface px-3 py-2 text-xs shadow-pop"
    >
      <div className="truncate font-medium">{item.name}</div>
      <div className="text-muted">
        {item.status.toLowerCase()}
        {item.spanErrors > 0 && `, ${plural(item.spanErrors, "span")} failed`} ·{" "}
        {formatAbsolute(item.startedAt)}
      </div>
      <div className="text-muted">
        {item.duration === null ? "not ended" : formatDuration(item.duration)} ·{" "}
        {plural(item.spanCount, "span")} · {formatCompact(item.usage.total)} tokens · {formatCost(item.cost)}
      </div>
    </div>
  );
}
