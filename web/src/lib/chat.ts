/**
 * Recognises conversations inside arbitrary JSON. Agents send messages in the shapes of their
 * provider; the reader wants who said what. A value that is not clearly a conversation stays JSON.
 */
export type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "thinking"; readonly text: string }
  | { readonly kind: "tool-call"; readonly name: string; readonly id: string | null; readonly args: unknown }
  | {
      readonly kind: "tool-result";
      readonly id: string | null;
      readonly content: unknown;
      readonly failed: boolean;
    }
  | { readonly kind: "image"; readonly source: string }
  | { readonly kind: "data"; readonly value: unknown };

export interface Message {
  /** `system`, `user`, `assistant`, `tool`, or what the sender calls it. */
  readonly role: string;
  readonly name: string | null;
  readonly parts: readonly Part[];
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Returns the messages in a value, or null when it is not a conversation. */
export function asConversation(value: unknown): readonly Message[] | null {
  if (Array.isArray(value)) return messagesOfList(value);
  if (!isObject(value)) return null;
  return (
    listWithSystem(value) ?? completion(value) ?? candidates(value) ?? responseItems(value) ?? single(value)
  );
}

function messagesOfList(list: readonly unknown[]): readonly Message[] | null {
  if (list.length === 0) return null;
  const messages: Message[] = [];
  for (const item of list) {
    const message = asMessage(item);
    if (message === null) return null;
    messages.push(message);
  }
  return messages;
}

/** `{messages: […], system?}` and Gemini's `{contents: […], systemInstruction?}`. */
function listWithSystem(value: Json): readonly Message[] | null {
  const list = value.messages ?? value.contents;
  if (!Array.isArray(list)) return null;
  // LangGraph and batch calls wrap one conversation in a list of lists.
  const inner: readonly unknown[] =
    list.length === 1 && Array.isArray(list[0]) ? (list[0] as unknown[]) : list;
  const messages = messagesOfList(inner);
  const system = value.system ?? value.systemInstruction;
  if (messages === null || system === undefined || system === null) return messages;
  return [{ role: "system", name: null, parts: partsOf(system) }, ...messages];
}

/** A chat completion: `{choices: [{message}]}`. */
function completion(value: Json): readonly Message[] | null {
  const choices = value.choices;
  if (!Array.isArray(choices) || choices.length === 0) return null;
  return messagesOfList(choices.map((choice: unknown) => (isObject(choice) ? choice.message : null)));
}

/** A Gemini answer: `{candidates: [{content}]}`. */
function candidates(value: Json): readonly Message[] | null {
  const list = value.candidates;
  if (!Array.isArray(list) || list.length === 0) return null;
  return messagesOfList(list.map((candidate: unknown) => (isObject(candidate) ? candidate.content : null)));
}

/** The items of a "responses" API: `{output: [{type: "message" | "function_call" | …}]}`. */
function responseItems(value: Json): readonly Message[] | null {
  const items = value.output ?? value.input;
  if (!Array.isArray(items) || !items.every((item) => isObject(item) && ("role" in item || isCall(item))))
    return null;
  return messagesOfList(items);
}

const isCall = (item: Json): boolean =>
  item.type === "function_call" || item.type === "function_call_output" || item.type === "reasoning";

function single(value: Json): readonly Message[] | null {
  const message = asMessage(value);
  return message === null ? null : [message];
}

/** What frameworks call the same four roles. */
const ROLES: Readonly<Record<string, string>> = {
  human: "user",
  ai: "assistant",
  model: "assistant",
  function: "tool",
};

function asMessage(item: unknown): Message | null {
  if (!isObject(item)) return null;
  if (isCall(item)) return callMessage(item);
  const named = item.role ?? langChainRole(item);
  if (typeof named !== "string") return null;
  const content = item.content ?? item.parts;
  const parts = [...(content === undefined || content === null ? [] : contentParts(named, item, content))];
  parts.push(...toolCalls(item.tool_calls));
  if (isObject(item.function_call)) parts.push(...toolCalls([{ function: item.function_call }]));
  if (parts.length === 0 && content === undefined && item.tool_calls === undefined) return null;
  const name = item.name;
  return { role: ROLES[named] ?? named, name: typeof name === "string" ? name : null, parts };
}

function langChainRole(item: Json): unknown {
  const type = item.type;
  const known = type === "human" || type === "ai" || type === "system" || type === "tool";
  return known && "content" in item ? type : undefined;
}

function contentParts(role: string, item: Json, content: unknown): readonly Part[] {
  if (role !== "tool" && role !== "function") return partsOf(content);
  const id = item.tool_call_id;
  const failed = item.status === "error" || item.is_error === true;
  return [{ kind: "tool-result", id: typeof id === "string" ? id : null, content: parsed(content), failed }];
}

function callMessage(item: Json): Message {
  const id = typeof item.call_id === "string" ? item.call_id : null;
  if (item.type === "function_call_output") {
    const content = parsed(item.output);
    return { role: "tool", name: null, parts: [{ kind: "tool-result", id, content, failed: false }] };
  }
  if (item.type === "reasoning") {
    return { role: "assistant", name: null, parts: partsOf(item.summary ?? []).map(asThinking) };
  }
  const name = typeof item.name === "string" ? item.name : "function";
  return {
    role: "assistant",
    name: null,
    parts: [{ kind: "tool-call", name, id, args: parsed(item.arguments) }],
  };
}

const asThinking = (part: Part): Part =>
  part.kind === "text" ? { kind: "thinking", text: part.text } : part;

function partsOf(content: unknown): readonly Part[] {
  if (typeof content === "string") return content === "" ? [] : [{ kind: "text", text: content }];
  if (Array.isArray(content)) return content.map(partOf);
  if (isObject(content) && Array.isArray(content.parts)) return content.parts.map(partOf);
  return [partOf(content)];
}

function partOf(part: unknown): Part {
  if (typeof part === "string") return { kind: "text", text: part };
  if (!isObject(part)) return { kind: "data", value: part };
  const type = part.type;
  if (type === "thinking" && typeof part.thinking === "string")
    return { kind: "thinking", text: part.thinking };
  if (typeof part.text === "string") return { kind: "text", text: part.text };
  if (type === "tool_use" || type === "tool_call") return toolUse(part);
  if (type === "tool_result") return toolResult(part);
  const call = part.functionCall;
  if (isObject(call)) return { kind: "tool-call", name: String(call.name), id: null, args: call.args };
  const response = part.functionResponse;
  if (isObject(response)) return { kind: "tool-result", id: null, content: response.response, failed: false };
  const source = imageSource(part);
  return source === null ? { kind: "data", value: part } : { kind: "image", source };
}

function toolUse(part: Json): Part {
  const name = typeof part.name === "string" ? part.name : "tool";
  const id = typeof part.id === "string" ? part.id : null;
  return { kind: "tool-call", name, id, args: part.input ?? part.args ?? parsed(part.arguments) };
}

function toolResult(part: Json): Part {
  const id = part.tool_use_id ?? part.tool_call_id;
  const inner = part.content;
  const texts = Array.isArray(inner) && inner.every((one) => isObject(one) && typeof one.text === "string");
  const content = texts ? (inner as Json[]).map((one) => one.text).join("\n") : inner;
  return {
    kind: "tool-result",
    id: typeof id === "string" ? id : null,
    content: parsed(content),
    failed: part.is_error === true,
  };
}

function imageSource(part: Json): string | null {
  const url = part.image_url;
  if (typeof url === "string") return url;
  if (isObject(url) && typeof url.url === "string") return url.url;
  const source = part.source;
  if (part.type !== "image" || !isObject(source)) return null;
  if (typeof source.url === "string") return source.url;
  const { media_type: media, data } = source;
  return typeof media === "string" && typeof data === "string" ? `data:${media};base64,${data}` : null;
}

function toolCalls(calls: unknown): Part[] {
  if (!Array.isArray(calls)) return [];
  return calls.filter(isObject).map((call) => {
    const fn = isObject(call.function) ? call.function : call;
    const name = typeof fn.name === "string" ? fn.name : "function";
    const id = typeof call.id === "string" ? call.id : null;
    return { kind: "tool-call", name, id, args: parsed(fn.arguments ?? fn.args) };
  });
}

/** Tool arguments and results travel as JSON inside a string; shown as the JSON they are. */
function parsed(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/**
 * Returns how many messages at the front of `current` only repeat what the turns before already
 * said. Agents resend the whole history on every turn; the reader wants what is new.
 */
export function repeatedMessages(history: readonly Message[], current: readonly Message[]): number {
  const most = Math.min(history.length, current.length);
  let same = 0;
  while (same < most && sameMessage(history[same]!, current[same]!)) same++;
  return same;
}

function sameMessage(a: Message, b: Message): boolean {
  if (a.role !== b.role || a.parts.length !== b.parts.length) return false;
  return a.parts.every((part, at) => samePart(part, b.parts[at]!));
}

function samePart(a: Part, b: Part): boolean {
  // Text is nearly everything, and comparing it directly is much cheaper than writing both as JSON.
  if (a.kind === "text" && b.kind === "text") return a.text === b.text;
  return a.kind === b.kind && JSON.stringify(a) === JSON.stringify(b);
}

/** Returns the plain text of the messages' text parts, for one-line previews. */
export function textOf(messages: readonly Message[]): string {
  return messages
    .flatMap((message) => message.parts.map((part) => (part.kind === "text" ? part.text : "")))
    .filter((text) => text !== "")
    .join(" ");
}
