import { describe, expect, test } from "vitest";

import { asConversation, repeatedMessages, textOf, type Message } from "./chat";

/** A conversation as lines: `role: text`, with tool calls and results in brackets. */
function lines(value: unknown): string[] | null {
  return (
    asConversation(value)?.map(({ role, parts }) => {
      const words = parts.map((part) => {
        switch (part.kind) {
          case "text":
            return part.text;
          case "thinking":
            return `(${part.text})`;
          case "tool-call":
            return `[${part.name} ${JSON.stringify(part.args)}]`;
          case "tool-result":
            return `[${part.failed ? "failed" : "result"} ${JSON.stringify(part.content)}]`;
          case "image":
            return `[image ${part.source}]`;
          case "data":
            return `[data ${JSON.stringify(part.value)}]`;
        }
      });
      return `${role}: ${words.join(" ")}`.trim();
    }) ?? null
  );
}

const check = (value: unknown, expected: string[] | null) => expect(lines(value)).toEqual(expected);

describe("what is a conversation", () => {
  test("the SDK's own form", () => {
    check(
      {
        messages: [
          { role: "user", content: "hi" },
          { role: "assistant", content: "hello" },
        ],
      },
      ["user: hi", "assistant: hello"],
    );
  });

  test("a bare list, and a bare message", () => {
    check([{ role: "user", content: "hi" }], ["user: hi"]);
    check({ role: "assistant", content: "hello" }, ["assistant: hello"]);
  });

  test("a conversation inside a list", () =>
    check({ messages: [[{ role: "user", content: "hi" }]] }, ["user: hi"]));

  test("a system text beside the messages comes first", () => {
    check({ system: "be brief", messages: [{ role: "user", content: "hi" }] }, [
      "system: be brief",
      "user: hi",
    ]);
  });

  test("tool calls and their results, arguments read as JSON", () => {
    check(
      [
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c1", function: { name: "get", arguments: '{"id":7}' } }],
        },
        { role: "tool", tool_call_id: "c1", content: '{"ok":true}' },
        { role: "tool", tool_call_id: "c2", content: "{broken", is_error: true },
      ],
      ['assistant: [get {"id":7}]', 'tool: [result {"ok":true}]', 'tool: [failed "{broken"]'],
    );
  });

  test("content parts: text, thinking, tool use, tool result, images", () => {
    check(
      [
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "hm" },
            { type: "text", text: "ok" },
            { type: "tool_use", name: "ls", input: { p: 1 } },
          ],
        },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: "x", content: [{ type: "text", text: "a.txt" }] }],
        },
        { role: "user", content: [{ type: "image_url", image_url: { url: "https://x.test/a.png" } }] },
        { role: "user", content: [{ type: "image", source: { media_type: "image/png", data: "AAAA" } }] },
      ],
      [
        'assistant: (hm) ok [ls {"p":1}]',
        'user: [result "a.txt"]',
        "user: [image https://x.test/a.png]",
        "user: [image data:image/png;base64,AAAA]",
      ],
    );
  });

  test("answers of providers", () => {
    check({ choices: [{ message: { role: "assistant", content: "yes" } }] }, ["assistant: yes"]);
    check({ candidates: [{ content: { role: "model", parts: [{ text: "ja" }] } }] }, ["assistant: ja"]);
    check(
      { contents: [{ role: "user", parts: [{ text: "hi" }, { functionCall: { name: "f", args: {} } }] }] },
      ["user: hi [f {}]"],
    );
    check(
      {
        output: [
          { type: "reasoning", summary: [{ type: "summary_text", text: "think" }] },
          { type: "function_call", name: "f", arguments: '{"a":1}', call_id: "c" },
          { type: "function_call_output", output: "done", call_id: "c" },
          { type: "message", role: "assistant", content: [{ type: "output_text", text: "fin" }] },
        ],
      },
      ["assistant: (think)", 'assistant: [f {"a":1}]', 'tool: [result "done"]', "assistant: fin"],
    );
  });

  test("roles by other names", () => {
    check(
      [
        { type: "human", content: "a" },
        { type: "ai", content: "b" },
      ],
      ["user: a", "assistant: b"],
    );
  });

  test("an empty message is a message", () => check([{ role: "assistant", content: "" }], ["assistant:"]));

  test.each([
    ["text", "hello"],
    ["null", null],
    ["a number", 4],
    ["an empty list", []],
    ["an empty object", {}],
    ["a list of documents", [{ id: 1, text: "a" }]],
    ["a list with one stranger", [{ role: "user", content: "hi" }, 7]],
    ["an object with a role but no content", { role: "admin", name: "x" }],
    ["messages that are not a list", { messages: "hi" }],
    ["no choices", { choices: [] }],
  ])("%s is not", (_, value) => expect(asConversation(value)).toBeNull());
});

describe("repeated history", () => {
  const say = (role: string, text: string): Message => ({
    role,
    name: null,
    parts: [{ kind: "text", text }],
  });
  const history = [say("user", "a"), say("assistant", "b")];

  test("all of the history at the front is repeated", () => {
    expect(repeatedMessages(history, [...history.map((one) => ({ ...one })), say("user", "c")])).toBe(2);
  });

  test("a changed message ends the repetition", () => {
    expect(repeatedMessages(history, [say("user", "a"), say("assistant", "B"), say("user", "c")])).toBe(1);
  });

  test("the same words by another are not the same", () =>
    expect(repeatedMessages(history, [say("system", "a")])).toBe(0));
});

test("the text of messages leaves tools out", () => {
  const messages = asConversation([
    { role: "user", content: "a" },
    { role: "assistant", content: "b", tool_calls: [{ function: { name: "f", arguments: "{}" } }] },
  ]);
  expect(textOf(messages ?? [])).toBe("a b");
});
