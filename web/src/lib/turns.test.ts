import { describe, expect, test } from "vitest";

import { turnsOf } from "./turns";

import { epochMicros } from "@/model/units";
import { span, trace } from "@/testing/spans";

const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });
const at = (start: number, end: number) => ({ startedAt: epochMicros(start), endedAt: epochMicros(end) });

describe("turns of a session", () => {
  test("a turn that resends the whole history shows only what is new", () => {
    const turns = turnsOf([
      trace("1", { input: { messages: [user("a")] }, output: { messages: [assistant("b")] } }),
      trace("2", {
        input: { messages: [user("a"), assistant("b"), user("c")] },
        output: { messages: [assistant("d")] },
      }),
      trace("3", { input: { messages: [user("a"), assistant("b"), user("c"), assistant("d"), user("e")] } }),
    ]);
    expect(turns.map((turn) => turn.repeated)).toEqual([0, 2, 4]);
    expect(turns.map((turn) => turn.number)).toEqual([1, 2, 3]);
  });

  test("a turn between that is no conversation does not break the history", () => {
    const turns = turnsOf([
      trace("1", { input: [user("a")], output: [assistant("b")] }),
      trace("2", { input: { job: "cleanup" } }),
      trace("3", { input: [user("a"), assistant("b"), user("c")] }),
    ]);
    expect(turns.map((turn) => turn.repeated)).toEqual([0, 0, 2]);
    expect(turns[1]?.asked).toBeNull();
  });

  test("a retried question is shown, not folded away whole", () => {
    const turns = turnsOf([trace("1", { input: [user("a")] }), trace("2", { input: [user("a")] })]);
    expect(turns[1]?.repeated).toBe(0);
  });

  test("pauses stand before the turn that ends them", () => {
    const turns = turnsOf([trace("1", at(0, 10)), trace("2", at(110, 120))]);
    expect(turns.map((turn) => turn.pause)).toEqual([null, 100]);
  });

  test("a failure points to the span where it began", () => {
    const failed = { status: "ERROR" } as const;
    const spans = [
      span("agent", null, 0, 90, failed),
      span("tool", "agent", 10, 40, { ...failed, error: "timeout" }),
    ];
    const [turn] = turnsOf([trace("1", { ...failed, spans, spanErrors: 2 })]);
    expect(turn?.failure?.name).toBe("tool");
  });
});
