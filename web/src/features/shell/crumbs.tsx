import { ChevronRight } from "lucide-react";
import { Children, type ReactNode } from "react";

/** The way back up: links, outermost first. */
export function Crumbs({ children }: { children: ReactNode }) {
  return (
    <nav aria-label="Breadcrumb" className="flex min-w-0 shrink-0 items-center gap-1 text-sm text-muted">
      {Children.toArray(children).map((crumb, at) => (
        <span key={at} className="flex min-w-0 items-center gap-1">
          {crumb}
          <ChevronRight aria-hidden className="size-3.5 shrink-0 text-subtle" />
        </span>
      ))}
    </nav>
  );
}
