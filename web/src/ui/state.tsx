import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";

import { Button } from "./button";
import { cx } from "./cx";

interface NoticeProps {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  className?: string;
}

/** A centred message in place of content: nothing here, nothing found. */
export function Notice({ icon, title, children, className }: NoticeProps) {
  return (
    <div className={cx("mx-auto flex max-w-2xl flex-col items-center px-6 py-14 text-center", className)}>
      {icon !== undefined && <div className="mb-3 text-subtle [&_svg]:size-7">{icon}</div>}
      <h2 className="text-base font-semibold text-fg">{title}</h2>
      {children !== undefined && <div className="mt-1.5 w-full text-sm text-muted">{children}</div>}
    </div>
  );
}

interface ErrorNoticeProps {
  title: string;
  detail: string;
  fields?: readonly { field: string; message: string }[];
  onRetry?: () => void;
  className?: string;
}

/** What went wrong, in the server's words, and a way to try again. */
export function ErrorNotice({ title, detail, fields = [], onRetry, className }: ErrorNoticeProps) {
  return (
    <div role="alert" className={className}>
      <Notice icon={<CircleAlert className="text-danger" />} title={title}>
        <p className="break-words">{detail}</p>
        {fields.length > 0 && (
          <ul className="mx-auto mt-2 max-w-md text-left text-xs">
            {fields.map(({ field, message }) => (
              <li key={field + message}>
                {field !== "" && <code className="font-mono">{field}: </code>}
                {message}
              </li>
            ))}
          </ul>
        )}
        {onRetry && (
          <Button className="mt-4" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Notice>
    </div>
  );
}

export function Skeleton({ className }: { className?: string }) {
  return (
    <span
      aria-hidden
      className={cx("block animate-[shimmer_1.4s_ease-in-out_infinite] rounded bg-raised", className)}
    />
  );
}

/** A thin moving line over content that is being renewed; takes no room. */
export function BusyLine({ busy }: { busy: boolean }) {
  return (
    <div aria-hidden className="pointer-events-none absolute inset-x-0 top-0 z-20 h-0.5 overflow-hidden">
      {busy && <div className="h-full w-1/3 animate-[indeterminate_1.1s_linear_infinite] bg-accent" />}
    </div>
  );
}
