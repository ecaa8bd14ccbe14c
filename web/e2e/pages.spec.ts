/** What each page promises beside the main walk. */
import { randomUUID } from "node:crypto";

import { expect, test } from "@playwright/test";

import { expectAccessible } from "./accessible";
import { DEMO, listSessions, listTraces, postTrace } from "./api";

const PROJECT = "browser-tests";
const at = (ms: number) => new Date(Date.UTC(2026, 10, 20, 9, 0, 0) + ms).toISOString();

test("the address without a project leads to sessions", async ({ page }) => {
  await page.goto("/ui/");
  await expect(page).toHaveURL(/\/ui\/p\/[^/]+\/sessions$/);
});

test("an empty project says how to send a trace", async ({ page }) => {
  await page.goto("/ui/p/nothing-here/sessions");
  await expect(
    page.getByRole("heading", { name: "No sessions in project “nothing-here” yet" }),
  ).toBeVisible();
  await expect(page.getByText("import pandaprobe")).toContainText('project_name="nothing-here"');
});

test("filters that match nothing can be cleared", async ({ page }) => {
  await page.goto(`/ui/p/${DEMO}/sessions?q=no-such-session-anywhere`);
  await expect(page.getByRole("heading", { name: "No session matches these filters" })).toBeVisible();
  await page.getByRole("link", { name: "Clear filters" }).first().click();
  await expect(page).toHaveURL(/\/sessions$/);
  await expect(page.getByRole("searchbox")).toHaveValue("");
  await expect(page.getByRole("table", { name: "Sessions" }).locator("tbody tr").first()).toBeVisible();
});

test("errors only, a user, and a page are in the address and survive a reload", async ({ page, request }) => {
  const failing = await listSessions(request, { has_error: "true", limit: 1 });
  await page.goto(`/ui/p/${DEMO}/sessions`);
  await page.getByRole("button", { name: "Errors only" }).click();
  await expect(page.getByText(new RegExp(`of ${failing.total}$`))).toBeVisible();
  const user = failing.items[0]?.user_id;
  if (user) {
    await page.getByRole("search").getByRole("button", { name: "User" }).click();
    await page.getByRole("textbox", { name: "User" }).fill(user);
    await page.getByRole("button", { name: "Apply" }).click();
    const both = await listSessions(request, { has_error: "true", user_id: user, limit: 1 });
    await expect(page.getByText(new RegExp(`of ${both.total}$`))).toBeVisible();
    await page.reload();
    await expect(page.getByRole("button", { name: "Errors only" })).toHaveAttribute("aria-pressed", "true");
    await expect(page.getByText(new RegExp(`of ${both.total}$`))).toBeVisible();
  }
  await page.goto(`/ui/p/${DEMO}/sessions?size=25`);
  await page.getByRole("button", { name: "Next page" }).click();
  await expect(page).toHaveURL(/page=2/);
  await expect(page.getByText(/^26–50 of/)).toBeVisible();
});

test("a session id of any characters opens by click and by address", async ({ page, request }) => {
  const id = `crm/ticket #4471?é&a=b ${Date.now()}`;
  await postTrace(request, PROJECT, {
    name: "odd-id",
    session_id: id,
    session_name: "Odd id",
    started_at: at(0),
    ended_at: at(1500),
    input: { messages: [{ role: "user", content: "what is my id?" }] },
    output: { messages: [{ role: "assistant", content: "an odd one" }] },
  });
  await page.goto(`/ui/p/${PROJECT}/sessions`);
  await page.getByRole("link", { name: id }).click();
  const turn = page.getByRole("article", { name: "Turn 1: odd-id" });
  await expect(turn).toContainText("what is my id?");
  await expect(turn).toContainText("an odd one");
  await page.reload();
  await expect(turn).toContainText("what is my id?");
  await expect(page.getByText("1.50 s").first()).toBeVisible();
});

test("a trace without a session is in the traces list, with its error, and never at $0.00", async ({
  page,
  request,
}) => {
  const name = `risky-operation-${Date.now()}`;
  await postTrace(request, PROJECT, {
    name,
    status: "ERROR",
    started_at: at(0),
    ended_at: at(900),
    spans: [
      {
        name: "might-fail",
        kind: "LLM",
        status: "ERROR",
        model: "a-model-of-our-own",
        error: "Something went wrong",
        started_at: at(0),
        ended_at: at(800),
        token_usage: { prompt_tokens: 10, completion_tokens: 5, strange_key: 3 },
        metadata: {
          exception: { type: "ValueError", message: "Something went wrong", stacktrace: "Traceback: line 7" },
        },
      },
    ],
  });
  await page.goto(`/ui/p/${PROJECT}/traces?in=none&q=${name}`);
  const row = page.getByRole("table", { name: "Traces" }).locator("tbody tr");
  await expect(row).toHaveCount(1);
  await expect(row).toContainText("Error");
  await expect(row).toContainText("unpriced");
  await expect(row).not.toContainText("$0.00");
  await row.getByRole("link", { name }).click();
  await page.getByRole("treeitem").filter({ hasText: "might-fail" }).click();
  const panel = page.getByTestId("panel");
  await expect(panel.getByRole("alert")).toContainText("ValueError");
  await expect(panel.getByRole("alert")).toContainText("Traceback: line 7");
  await panel.getByRole("tab", { name: "Usage and cost" }).click();
  await expect(panel.getByRole("row").filter({ hasText: "strange_key" })).toContainText(
    "kept, not interpreted",
  );
});

test("orphans are roots, folding hides, keys move", async ({ page, request }) => {
  const [root, child, leaf] = ["a", "b", "c"].map((one) => `00000000-0000-4000-8000-00000000000${one}`);
  const id = await postTrace(request, PROJECT, {
    name: "tree",
    started_at: at(0),
    ended_at: at(1000),
    spans: [
      { span_id: root, name: "root", kind: "AGENT", started_at: at(0), ended_at: at(900) },
      {
        span_id: child,
        parent_span_id: root,
        name: "child",
        kind: "CHAIN",
        started_at: at(100),
        ended_at: at(500),
      },
      {
        span_id: leaf,
        parent_span_id: child,
        name: "leaf",
        kind: "TOOL",
        started_at: at(200),
        ended_at: at(300),
      },
      {
        parent_span_id: "00000000-0000-4000-8000-0000000000ff",
        name: "stray",
        started_at: at(600),
        ended_at: at(700),
      },
    ],
  });
  await page.goto(`/ui/p/${PROJECT}/trace/${id}`);
  const item = (name: string) => page.getByRole("treeitem").filter({ hasText: name });
  await expect(item("leaf")).toHaveAttribute("aria-level", "4");
  await expect(item("stray")).toHaveAttribute("aria-level", "2");
  await expect(item("stray").getByLabel("parent missing")).toBeVisible();

  await page.getByRole("tree").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await expect(item("child")).toHaveAttribute("aria-selected", "true");
  await expect(page).toHaveURL(new RegExp(`span=${child ?? ""}`));
  await page.keyboard.press("ArrowLeft");
  await expect(item("leaf")).toHaveCount(0);
  await expect(item("child")).toHaveAttribute("aria-expanded", "false");
  await page.keyboard.press("ArrowLeft");
  await expect(item("root")).toHaveAttribute("aria-selected", "true");

  // A link to a folded span unfolds the way to it.
  await page.goto(`/ui/p/${PROJECT}/trace/${id}?span=${leaf ?? ""}`);
  await expect(item("leaf")).toHaveAttribute("aria-selected", "true");

  // Searching keeps the matches and their ancestors.
  await page.getByRole("searchbox", { name: "Find spans" }).fill("leaf");
  await expect(page.getByText("1 found")).toBeVisible();
  await expect(item("stray")).toHaveCount(0);
  await expect(item("root")).toBeVisible();
});

test("numbers are shown to the last digit", async ({ page, request }) => {
  // Written by hand: a number in this program would already be rounded.
  const id = randomUUID();
  const body = `{"trace_id":"${id}","name":"exact","started_at":"${at(0)}","ended_at":"${at(5)}",
    "input":{"tweet":1234567890123456789,"big":1180591620717411303424,"usual":0.1}}`;
  const response = await request.post("/traces", {
    headers: { "X-Project-Name": PROJECT, "Content-Type": "application/json" },
    data: Buffer.from(body),
  });
  expect(response.status()).toBe(202);
  await page.goto(`/ui/p/${PROJECT}/trace/${id}`);
  const input = page.getByRole("region", { name: "Input" });
  await expect(input).toContainText("tweet:1234567890123456789");
  await expect(input).toContainText("big:1180591620717411303424");
  await expect(input).toContainText("usual:0.1");
  await input.getByRole("radio", { name: "Raw" }).click();
  await expect(input).toContainText('"tweet": 1234567890123456789');
});

test("a running trace is shown as running, and its page follows it", async ({ page, request }) => {
  const started = Date.now() - 2_000;
  const spans = [
    { span_id: randomUUID(), name: "thinking", kind: "LLM", started_at: new Date(started).toISOString() },
  ];
  const open = { name: "live", status: "RUNNING", started_at: new Date(started).toISOString() };
  const id = await postTrace(request, PROJECT, { ...open, spans });
  await page.goto(`/ui/p/${PROJECT}/trace/${id}`);
  const status = page.locator("main > header");
  await expect(status).toContainText("Running");
  const row = page.getByRole("treeitem").filter({ hasText: "thinking" });
  await expect(row).toContainText("open");
  const ended = new Date(started + 4_000).toISOString();
  await postTrace(request, PROJECT, {
    trace_id: id,
    name: "live",
    status: "COMPLETED",
    started_at: open.started_at,
    ended_at: ended,
    spans: spans.map((span) => ({ ...span, ended_at: ended })),
  });
  await expect(row).toContainText("4.00 s");
  await expect(status).toContainText("Completed");
});

test("overlapping traces lie in lanes, and long sessions load as they are read", async ({
  page,
  request,
}) => {
  const session = `long-${Date.now()}`;
  const items = Array.from({ length: 120 }, (_, turn) => ({
    name: `turn ${turn + 1}`,
    session_id: session,
    started_at: at(turn * 1_000),
    ended_at: at(turn * 1_000 + (turn === 0 ? 1_500 : 400)),
    input: `question ${turn + 1}`,
    output: `answer ${turn + 1}`,
  }));
  const response = await request.post("/traces/batch", {
    headers: { "X-Project-Name": PROJECT },
    data: items,
  });
  expect(response.status()).toBe(202);
  await page.goto(`/ui/p/${PROJECT}/session?id=${session}`);
  const bars = page.getByRole("region", { name: "Timeline" }).getByRole("link");
  await expect(bars).toHaveCount(120);
  const [first, second] = [await bars.nth(0).boundingBox(), await bars.nth(1).boundingBox()];
  expect(second?.y).toBeGreaterThan(first?.y ?? 0);
  await expect(page.getByText("50 of 120 turns")).toBeAttached();
  await page.getByRole("region", { name: "Conversation" }).focus();
  await expect(async () => {
    await page.keyboard.press("End");
    const last = page.getByRole("article", { name: "Turn 120: turn 120" });
    await expect(last).toContainText("answer 120", { timeout: 500 });
  }).toPass();
  await expect(page.getByText("120 of 120 turns")).toBeVisible();
});

test("lists and forms are accessible too", async ({ page }) => {
  for (const path of [`/p/${DEMO}/traces`, "/p/nothing-here/traces", `/p/${DEMO}/session?id=nobody`]) {
    await page.goto(`/ui${path}`);
    await expect(page.getByRole("heading").nth(0)).toBeVisible();
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    await expectAccessible(page);
  }
});

test("a text of 5 MB does not stop the page", async ({ page, request }) => {
  const id = await postTrace(request, PROJECT, {
    name: "huge",
    started_at: at(0),
    ended_at: at(1000),
    input: { document: `start ${"lorem ipsum ".repeat(420_000)} end` },
  });
  await page.goto(`/ui/p/${PROJECT}/trace/${id}`);
  const input = page.getByRole("region", { name: "Input" });
  await expect(input).toContainText("start lorem ipsum");
  await input.getByRole("button", { name: /Show all \(4\.8 MB\)/ }).click();
  const box = input.getByRole("region", { name: "Long text" });
  await box.focus();
  await page.keyboard.press("End");
  await expect(box).toContainText("end");
  await input.getByRole("button", { name: "Show less" }).click();
  await expect(box).toHaveCount(0);
});

test("a turn that resends the history shows what is new", async ({ page, request }) => {
  const session = `history-${Date.now()}`;
  const said = [{ role: "user", content: "first question" }];
  for (let turn = 0; turn < 3; turn++) {
    const answer = { role: "assistant", content: `answer ${turn}` };
    await postTrace(request, PROJECT, {
      name: "turn",
      session_id: session,
      started_at: at(turn * 3_600_000),
      ended_at: at(turn * 3_600_000 + 2_000),
      input: { messages: said },
      output: { messages: [answer] },
    });
    said.push(answer, { role: "user", content: `question ${turn + 1}` });
  }
  await page.goto(`/ui/p/${PROJECT}/session?id=${session}`);
  const third = page.getByRole("article", { name: "Turn 3: turn" });
  await third.scrollIntoViewIfNeeded();
  await expect(third).toContainText("question 2");
  await expect(third).not.toContainText("first question");
  await third.getByRole("button", { name: "4 earlier messages" }).click();
  await expect(third).toContainText("first question");
  await expect(page.getByText("59m 58s later").first()).toBeVisible();
});

test("a page, a session and a trace that do not exist say so", async ({ page }) => {
  await page.goto(`/ui/p/${DEMO}/session?id=nobody`);
  await expect(page.getByRole("heading", { name: "There is no such session" })).toBeVisible();
  await page.goto(`/ui/p/${DEMO}/trace/00000000-0000-4000-8000-00000000dead`);
  await expect(page.getByRole("heading", { name: "There is no such trace" })).toBeVisible();
  await page.goto("/ui/nowhere");
  await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
});

test("a server that answers with an error is quoted, and asked again", async ({ page, request }) => {
  let broken = true;
  await page.route("**/sessions?*", (route) =>
    broken
      ? route.fulfill({
          status: 422,
          contentType: "application/problem+json",
          json: { detail: "the reason it failed" },
        })
      : route.continue(),
  );
  await page.goto(`/ui/p/${DEMO}/sessions`);
  await expect(page.getByRole("alert")).toContainText("the reason it failed");
  broken = false;
  await page.getByRole("button", { name: "Try again" }).click();
  const { items } = await listSessions(request, { limit: 1 });
  await expect(page.getByRole("link", { name: items[0]?.session_id ?? "?" })).toBeVisible();
});

test("a server that wants a key is given one", async ({ page }) => {
  let key: string | null = null;
  await page.route("**/login", async (route) => {
    const sent = (route.request().postDataJSON() as { api_key: string }).api_key;
    if (sent === "sk_pp_right") key = sent;
    await route.fulfill(
      key === null
        ? { status: 401, contentType: "application/problem+json", json: { detail: "Invalid API key" } }
        : { status: 204 },
    );
  });
  await page.route("**/sessions?*", (route) =>
    key === null
      ? route.fulfill({
          status: 401,
          contentType: "application/problem+json",
          json: { detail: "API key required" },
        })
      : route.continue(),
  );
  await page.goto(`/ui/p/${DEMO}/sessions`);
  await expect(page.getByRole("heading", { name: "An API key is required" })).toBeVisible();
  await page.getByLabel("API key").fill("sk_pp_wrong");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("alert")).toHaveText("Invalid API key");
  await page.getByLabel("API key").fill("sk_pp_right");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("table", { name: "Sessions" }).locator("tbody tr").first()).toBeVisible();
});

test("the traces list sorts and narrows as its controls say", async ({ page, request }) => {
  const slowest = await listTraces(request, { sort_by: "latency", sort_order: "desc", limit: 1 });
  await page.goto(`/ui/p/${DEMO}/traces`);
  await page.getByRole("columnheader", { name: "Duration" }).getByRole("button").click();
  const first = page.getByRole("table", { name: "Traces" }).locator("tbody tr").first();
  await expect(first.locator(`a[href*="${slowest.items[0]?.trace_id ?? "?"}"]`)).toBeVisible();
  const failed = await listTraces(request, { status: "ERROR", limit: 1 });
  await page.getByRole("combobox", { name: "Status" }).selectOption("ERROR");
  await expect(page).toHaveURL(/status=ERROR/);
  await expect(page.getByText(new RegExp(`of ${failed.total}$`))).toBeVisible();
});
