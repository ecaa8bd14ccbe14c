import { expect, test } from "vitest";

import { exampleCode } from "./first-steps";

test("on the usual address nothing needs to be set", () => {
  expect(exampleCode("default", "http://127.0.0.1:8000", false)).toBe(
    'import pandaprobe\nwith pandaprobe.start_trace("hello") as t:\n    t.set_output({"answer": 42})',
  );
});

test("another project or address is named", () => {
  const code = exampleCode('team "x"', "http://127.0.0.1:9000", true);
  expect(code).toContain('pandaprobe.init(endpoint="http://127.0.0.1:9000", project_name="team \\"x\\"")');
  expect(code).toContain('start_trace("hello", session_id="my-first-session")');
});
