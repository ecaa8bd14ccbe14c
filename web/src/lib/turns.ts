/** A session as a conversation: each trace is a turn, and each turn shows only what it adds. */
import { asConversation, repeatedMessages, type Message } from "./chat";
import { firstFailure } from "./failure";
import { pausesBefore } from "./session-timeline";

import type { Span, Trace } from "@/model/trace";
import type { Micros } from "@/model/units";

export interface Turn {
  readonly trace: Trace;
  /** 1 for the session's first trace. */
  readonly number: number;
  /** Idle time since everything before had ended; null for the first turn. */
  readonly pause: Micros | null;
  /** The input as messages, or null when it is some other JSON. */
  readonly asked: readonly Message[] | null;
  /** Messages at the front of `asked` that the turns before already showed. */
  readonly repeated: number;
  readonly answered: readonly Message[] | null;
  /** Where a failed turn failed. */
  readonly failure: Span | null;
}

interface Said {
  readonly asked: readonly Message[] | null;
  readonly answered: readonly Message[] | null;
}

/** Read once per trace: the turns are put together anew each time that more of them are loaded. */
const conversations = new WeakMap<Trace, Said>();

function conversationOf(trace: Trace): Said {
  const known = conversations.get(trace);
  if (known) return known;
  const said = { asked: asConversation(trace.input), answered: asConversation(trace.output) };
  conversations.set(trace, said);
  return said;
}

/** Returns the turns of a session's traces, which must come in order of start. */
export function turnsOf(traces: readonly Trace[]): Turn[] {
  const pauses = pausesBefore(traces);
  let history: readonly Message[] = [];
  return traces.map((trace, at) => {
    const { asked, answered } = conversationOf(trace);
    const repeated = asked === null ? 0 : repeatedMessages(history, asked);
    if (asked !== null) history = [...asked, ...(answered ?? [])];
    const failure = trace.status === "ERROR" || trace.spanErrors > 0 ? firstFailure(trace.spans) : null;
    // A turn that only repeats what was said still shows its last message.
    const seen = asked === null ? 0 : Math.min(repeated, asked.length - 1);
    return { trace, number: at + 1, pause: pauses[at] ?? null, asked, repeated: seen, answered, failure };
  });
}
