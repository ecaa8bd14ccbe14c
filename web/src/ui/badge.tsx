import type { ReactNode } from "react";

import { cx } from "./cx";

export type Tone = "neutral" | "danger" | "warn" | "info" | "accent";

const TONES: Record<Tone, string> = {
  neutral: "bg-raised text-muted",
  danger: "bg-danger-soft text-danger",
  warn: "bg-warn-soft text-warn",
  info: "bg-info-soft text-info",
  accent: "bg-accent-soft text-accent",
};

interface BadgeProps {
  tone?: Tone;
  title?: string;
  className?: string;
  children: ReactNode;
}

export function Badge({ tone = "neutral", title, className, children }: BadgeProps) {
  return (
    <span
      title={title}
      className={cx(
        "num inline-flex h-5 max-w-full items-center gap-1 rounded px-1.5 text-2xs font-medium whitespace-nowrap [&_svg]:size-3",
        TONES[tone],
        className,
      )}
    >
      {children}
    </span>
  );
}
