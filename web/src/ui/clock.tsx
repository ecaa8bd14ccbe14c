import { createContext, useContext, useEffect, useState, type ReactNode } from "react";

import { formatAbsolute, formatRelative, isoText } from "@/lib/time";
import { epochMicros, type EpochMicros } from "@/model/units";

const read = (): EpochMicros => epochMicros(Date.now() * 1000);

const Clock = createContext<EpochMicros>(read());

/** One clock for all relative times of the page, so that they move together and seldom. */
export function ClockProvider({ children }: { children: ReactNode }) {
  const [now, setNow] = useState(read);
  useEffect(() => {
    const timer = setInterval(() => setNow(read()), 15_000);
    return () => clearInterval(timer);
  }, []);
  return <Clock value={now}>{children}</Clock>;
}

/** "4 min ago", with the exact time on hover. */
export function RelativeTime({ at, className }: { at: EpochMicros; className?: string }) {
  const now = useContext(Clock);
  const iso = isoText(at);
  return (
    <time dateTime={iso} title={`${formatAbsolute(at)} local\n${iso}`} className={className}>
      {/* Data may be newer than the last tick of the clock. */}
      {formatRelative(at, epochMicros(Math.max(now, at)))}
    </time>
  );
}
