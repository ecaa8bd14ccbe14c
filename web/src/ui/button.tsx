import type { ComponentProps } from "react";

import { cx } from "./cx";

type Look = "plain" | "primary" | "quiet";

const LOOKS: Record<Look, string> = {
  plain: "border border-line-strong bg-surface text-fg hover:bg-hover",
  primary: "border border-transparent bg-accent text-on-accent hover:brightness-95 dark:hover:brightness-110",
  quiet: "border border-transparent text-muted hover:bg-raised hover:text-fg",
};

export interface ButtonProps extends ComponentProps<"button"> {
  look?: Look;
  /** Marks a button that is a switch and is on. */
  pressed?: boolean;
}

export function Button({ look = "plain", pressed, className, type = "button", ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      aria-pressed={pressed}
      className={cx(
        "inline-flex h-8 shrink-0 items-center gap-1.5 rounded-md px-2.5 text-sm font-medium whitespace-nowrap transition-colors",
        "disabled:pointer-events-none disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0",
        LOOKS[look],
        pressed && "border-accent! bg-accent-soft! text-accent!",
        className,
      )}
      {...rest}
    />
  );
}

/** A button that shows only an icon; `label` is its name for assistive technology and its tooltip. */
export function IconButton({ label, className, ...rest }: ButtonProps & { label: string }) {
  return (
    <Button
      look="quiet"
      aria-label={label}
      title={label}
      className={cx("size-8 justify-center px-0", className)}
      {...rest}
    />
  );
}
