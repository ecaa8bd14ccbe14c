/** How fast the pages are. Reports figures; judges nothing but that the pages work. */
import { randomUUID } from "node:crypto";

import { expect, test } from "@playwright/test";

import { DEMO, postTrace } from "./api";

const PROJECT = "browser-tests";
const SPANS = 10_000;
const KINDS = ["CHAIN", "LLM", "TOOL", "RETRIEVER", "AGENT"];

test("the sessions page, cold and warm", async ({ page }) => {
  const row = page.getByRole("table", { name: "Sessions" }).locator("tbody tr a").first();
  for (const cache of ["cold", "warm"]) {
    const start = Date.now();
    await page.goto(`/ui/p/${DEMO}/sessions`, { waitUntil: "commit" });
    await row.click({ trial: true });
    console.log(`sessions page, ${cache} cache: interactive after ${Date.now() - start} ms`);
  }
});

test("scripted scroll through 10,000 spans", async ({ page, request }) => {
  const start = Date.UTC(2026, 10, 20, 9, 0, 0);
  const path: string[] = [];
  const spans = Array.from({ length: SPANS }, (_, at) => {
    path.length = Math.min(path.length, (at * 7) % 9);
    const span = {
      span_id: randomUUID(),
      parent_span_id: path.at(-1) ?? null,
      name: `step ${at}`,
      kind: KINDS[at % KINDS.length],
      status: at % 97 === 0 ? "ERROR" : "OK",
      model: at % 5 === 1 ? "gpt-5.4-mini" : null,
      input: { question: `what is step ${at}?`, context: "lorem ipsum ".repeat(20) },
      output: { answer: at },
      started_at: new Date(start + at * 3).toISOString(),
      ended_at: new Date(start + at * 3 + 40 + (at % 300)).toISOString(),
      ...(at % 5 === 1 ? { token_usage: { prompt_tokens: 100 + (at % 50), completion_tokens: 20 } } : {}),
    };
    path.push(span.span_id);
    return span;
  });
  const id = await postTrace(request, PROJECT, {
    name: "ten thousand steps",
    started_at: new Date(start).toISOString(),
    ended_at: new Date(start + SPANS * 3 + 400).toISOString(),
    spans,
  });

  const opened = Date.now();
  await page.goto(`/ui/p/${PROJECT}/trace/${id}`);
  const tree = page.getByRole("tree");
  await expect(tree.getByRole("treeitem").filter({ hasText: "step 3" }).first()).toBeVisible();
  const usable = Date.now() - opened;

  const measured = await tree.evaluate(async (element) => {
    const longTasks: number[] = [];
    const observer = new PerformanceObserver((list) =>
      longTasks.push(...list.getEntries().map((entry) => entry.duration)),
    );
    observer.observe({ entryTypes: ["longtask"] });
    const frames: number[] = [];
    await new Promise<void>((done) => {
      let last = performance.now();
      const step = (now: number) => {
        frames.push(now - last);
        last = now;
        element.scrollTop += 120;
        if (frames.length >= 600 || element.scrollTop + element.clientHeight >= element.scrollHeight) done();
        else requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    });
    observer.disconnect();
    frames.sort((a, b) => a - b);
    const part = (share: number) =>
      Math.round((frames[Math.floor((frames.length - 1) * share)] ?? 0) * 10) / 10;
    return {
      frames: frames.length,
      p50: part(0.5),
      p95: part(0.95),
      longest: part(1),
      longTasks: longTasks.map(Math.round),
    };
  });
  console.log(`10,000 spans: usable after ${usable} ms; scroll ${JSON.stringify(measured)}`);

  // After the ride the rows are the right ones: the last span ends the list.
  await tree.focus();
  await page.keyboard.press("End");
  await expect(tree.getByRole("treeitem", { selected: true })).toContainText("step 9999");
  await expect(page.getByTestId("panel")).toContainText("step 9999");
});
