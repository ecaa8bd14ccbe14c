import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";

import type { PanelTab } from "./trace-search";

import { spanId, type ProjectName, type SpanId, type TraceId } from "@/model/units";
import { paths } from "@/paths";

const route = getRouteApi("/p/$project/trace/$traceId");

/** Browsers refuse address changes that come as fast as a held arrow key, so the address follows after a pause. */
const SETTLE_MS = 150;

export interface Selection {
  /** The chosen span; null is the trace itself. */
  readonly selected: SpanId | null;
  readonly tab: PanelTab;
  readonly text: string;
  /** A click: one step in the browser's history. */
  readonly choose: (span: SpanId | null) => void;
  /** Moving with the keys: shown at once, in the address a little later and without a step in the history. */
  readonly moveTo: (span: SpanId | null) => void;
  readonly setTab: (tab: PanelTab) => void;
  readonly setText: (text: string) => void;
}

/** What is chosen on a trace's page, kept in the address. */
export function useSelection(project: ProjectName, trace: TraceId): Selection {
  const search = route.useSearch();
  const navigate = useNavigate();
  const [ahead, setAhead] = useState<{ span: string | undefined } | null>(null);
  const [followed, setFollowed] = useState(search.span);

  // The address changed, by us or by the back button: it is what counts now.
  if (followed !== search.span) {
    setFollowed(search.span);
    setAhead(null);
  }
  const current = ahead === null ? search.span : ahead.span;

  useEffect(() => {
    if (ahead === null) return;
    const timer = setTimeout(() => {
      void navigate({ ...paths.trace(project, trace, { ...search, span: ahead.span }), replace: true });
    }, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [ahead, navigate, project, trace, search]);

  const choose = useCallback(
    (span: SpanId | null) => {
      setAhead(null);
      void navigate(paths.trace(project, trace, { ...search, span: span ?? undefined }));
    },
    [navigate, project, trace, search],
  );
  const setTab = (tab: PanelTab) => {
    const next = { ...search, span: current, tab: tab === "content" ? undefined : tab };
    void navigate({ ...paths.trace(project, trace, next), replace: true });
  };
  const setText = useCallback(
    (text: string) => {
      void navigate({
        ...paths.trace(project, trace, { ...search, q: text === "" ? undefined : text }),
        replace: true,
      });
    },
    [navigate, project, trace, search],
  );
  return {
    selected: current === undefined ? null : spanId(current),
    tab: search.tab ?? "content",
    text: search.q ?? "",
    choose,
    moveTo: useCallback((span) => setAhead({ span: span ?? undefined }), []),
    setTab,
    setText,
  };
}
