import { choiceParam, textParam } from "@/lib/search-text";

export const PANEL_TABS = ["content", "usage", "details", "raw"] as const;
export type PanelTab = (typeof PANEL_TABS)[number];

/** What the address of a trace can say: the chosen span (none is the trace itself), the tab, the search. */
export interface TraceSearch {
  span?: string | undefined;
  tab?: PanelTab | undefined;
  q?: string | undefined;
}

export function readTraceSearch(raw: Record<string, unknown>): TraceSearch {
  return {
    span: textParam(raw, "span"),
    tab: choiceParam(raw, "tab", PANEL_TABS),
    q: textParam(raw, "q"),
  };
}
