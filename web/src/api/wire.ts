/** The wire types that the app reads, by the names used here. Everything else goes through `convert.ts`. */
import type { components, paths } from "./generated/schema";

type Schemas = components["schemas"];

export type WireUsage = Schemas["Usage"];
export type WireSpan = Schemas["SpanResponse"];
export type WireTrace = Schemas["TraceResponse"];
export type WireTraceItem = Schemas["TraceListItem"];
export type WireSession = Schemas["SessionSummary"];
export type WireSessionSort = Schemas["SessionSort"];
export type WireTraceSort = Schemas["TraceSort"];
export type WireSessionDetail =
  paths["/sessions/by-id"]["get"]["responses"][200]["content"]["application/json"];
