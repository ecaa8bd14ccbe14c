import type { ReactNode } from "react";

/** A row of named quantities. */
export function StatStrip({ children }: { children: ReactNode }) {
  return (
    <dl className="num flex shrink-0 flex-wrap gap-x-7 gap-y-2 border-b border-line bg-surface px-4 py-2.5">
      {children}
    </dl>
  );
}

export function Stat({ label, hint, children }: { label: string; hint?: string; children: ReactNode }) {
  return (
    <div title={hint} className="min-w-0">
      <dt className="text-2xs text-subtle">{label}</dt>
      <dd className="text-sm font-medium whitespace-nowrap">{children}</dd>
    </div>
  );
}
