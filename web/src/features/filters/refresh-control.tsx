import { RefreshCw } from "lucide-react";
import { useState } from "react";

import { recall, remember } from "@/features/shell/storage";
import { Button, IconButton } from "@/ui/button";
import { cx } from "@/ui/cx";

export const REFRESH_EVERY_MS = 10_000;

/** Whether lists renew themselves, remembered by this browser. Gives the interval for queries. */
export function useAutoRefresh() {
  const [on, setOn] = useState(() => recall("refresh") === "on");
  const toggle = () => {
    remember("refresh", on ? null : "on");
    setOn(!on);
  };
  return { on, toggle, interval: on ? REFRESH_EVERY_MS : (false as const) };
}

interface RefreshControlProps {
  auto: { on: boolean; toggle: () => void };
  busy: boolean;
  onRefresh: () => void;
}

export function RefreshControl({ auto, busy, onRefresh }: RefreshControlProps) {
  return (
    <div className="ml-auto flex items-center gap-1">
      <Button look="quiet" pressed={auto.on} onClick={auto.toggle} className="h-7 px-2 text-xs">
        <span aria-hidden className={cx("size-1.5 rounded-full", auto.on ? "bg-accent" : "bg-line-strong")} />
        Refresh every 10 s
      </Button>
      <IconButton label="Refresh now" onClick={onRefresh} className="size-7">
        <RefreshCw className={cx(busy && "animate-spin")} />
      </IconButton>
    </div>
  );
}
