import { useRef, useState, type KeyboardEvent, type PointerEvent } from "react";

import { recall, remember } from "@/features/shell/storage";

const LEAST = 30;
const MOST = 80;
const DEFAULT = 58;

/** Two panes side by side, the border between them moved by pointer or arrow keys and remembered. */
export function useSplit() {
  const container = useRef<HTMLDivElement>(null);
  const [percent, setPercent] = useState(() => clamp(Number(recall("trace-split") ?? DEFAULT)));
  const set = (value: number) => {
    const next = clamp(value);
    setPercent(next);
    remember("trace-split", String(next));
  };
  const handle = {
    role: "separator",
    tabIndex: 0,
    "aria-orientation": "vertical",
    "aria-label": "Width of the span tree",
    "aria-valuemin": LEAST,
    "aria-valuemax": MOST,
    "aria-valuenow": Math.round(percent),
    onPointerDown: (event: PointerEvent<HTMLDivElement>) => {
      event.preventDefault();
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event: PointerEvent<HTMLDivElement>) => {
      const box = container.current?.getBoundingClientRect();
      if (!box || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
      set(((event.clientX - box.left) / box.width) * 100);
    },
    onKeyDown: (event: KeyboardEvent) => {
      const step = event.key === "ArrowLeft" ? -2 : event.key === "ArrowRight" ? 2 : 0;
      if (step !== 0) {
        event.preventDefault();
        set(percent + step);
      }
    },
  } as const;
  return { container, percent, handle };
}

const clamp = (value: number): number =>
  Math.min(MOST, Math.max(LEAST, Number.isFinite(value) ? value : DEFAULT));
