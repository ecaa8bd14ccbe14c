/** The main job, by hand: find a session, open it, open a trace, open a span. In both themes. */
import { expect, test, type Page } from "@playwright/test";

import { expectAccessible } from "./accessible";
import { DEMO, getTrace, listSessions, listTraces } from "./api";

import { formatCost, formatInteger } from "../src/lib/format";
import { costOf } from "../src/model/cost";
import { tokens } from "../src/model/units";

/** The pictures of the README. */
const PICTURES = ["sessions-light", "sessions-dark", "session-light", "trace-dark"];

async function screenshot(page: Page, name: string) {
  if (process.env.UPDATE_SCREENSHOTS !== "1" || !PICTURES.includes(name)) return;
  await page.mouse.move(0, 0);
  await page.screenshot({ path: `../docs/images/${name}.png`, animations: "disabled" });
}

const rows = (page: Page) => page.getByRole("table", { name: "Sessions" }).locator("tbody tr");

for (const theme of ["light", "dark"] as const) {
  test.describe(theme, () => {
    test.use({ colorScheme: theme });

    test("list → search → sort → session → trace → span", async ({ page, request }) => {
      const broken: string[] = [];
      page.on("pageerror", (error) => broken.push(error.message));
      page.on("console", (message) => message.type() === "error" && broken.push(message.text()));

      await page.goto(`/ui/p/${DEMO}/sessions`);
      await expect(page.locator("html")).toHaveAttribute("data-theme", theme);

      // The list shows what the server has, newest activity first.
      const { items, total } = await listSessions(request, { limit: 50 });
      expect(total).toBeGreaterThan(50);
      await expect(rows(page)).toHaveCount(50);
      await expect(page.getByText(`1–50 of ${formatInteger(total)}`)).toBeVisible();
      for (const at of [0, 7, 49]) {
        const session = items[at];
        if (!session) throw new Error("the sample data is too small");
        const row = rows(page).nth(at);
        await expect(row.getByRole("link", { name: session.session_id })).toBeVisible();
        if (session.session_name) await expect(row).toContainText(session.session_name);
        if (session.user_id) await expect(row).toContainText(session.user_id);
        await expect(row).toContainText(
          formatCost(costOf(session.total_cost, session.unpriced_span_count, tokens(session.usage.total))),
        );
        if (session.error_count > 0) await expect(row).toContainText(`${session.error_count} trace`);
        if (session.span_error_count > 0) await expect(row).toContainText(`${session.span_error_count} span`);
      }
      await expectAccessible(page);

      // Sort by cost: most expensive first, then cheapest first; the address and the header say so.
      const byCost = await listSessions(request, { limit: 50, sort_by: "cost", sort_order: "desc" });
      const costHeader = page.getByRole("columnheader", { name: "Cost" });
      await expect(costHeader).toHaveAttribute("aria-sort", "none");
      await costHeader.getByRole("button").click();
      await expect(costHeader).toHaveAttribute("aria-sort", "descending");
      await expect(page).toHaveURL(/sort=cost/);
      await expect(rows(page).first()).toContainText(byCost.items[0]?.session_id ?? "?");
      await costHeader.getByRole("button").click();
      await expect(costHeader).toHaveAttribute("aria-sort", "ascending");
      await page.goBack();
      await expect(costHeader).toHaveAttribute("aria-sort", "descending");
      await expect(rows(page).first()).toContainText(byCost.items[0]?.session_id ?? "?");

      await screenshot(page, `sessions-${theme}`);

      // Search by a part of an id: exactly the sessions that the server finds.
      const wanted = byCost.items.find((one) => one.error_count > 0 && one.trace_count >= 3);
      if (!wanted) throw new Error("the sample data has no long session with an error");
      await page.keyboard.press("/");
      await page.keyboard.type(wanted.session_id.toUpperCase());
      await expect(page).toHaveURL(/q=/);
      const found = await listSessions(request, { query: wanted.session_id });
      await expect(rows(page)).toHaveCount(found.total);
      await rows(page)
        .filter({ hasText: wanted.session_id })
        .getByRole("link", { name: wanted.session_id })
        .click();

      // The session: totals, a bar for each trace, the turns in order.
      await expect(page).toHaveURL(/\/session\?id=/);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(
        wanted.session_name ?? "unnamed session",
      );
      await expect(page.getByText(`${wanted.error_count} trace`)).toBeVisible();
      const bars = page.getByRole("region", { name: "Timeline" }).getByRole("link");
      await expect(bars).toHaveCount(wanted.trace_count);
      const { items: traces } = await listTraces(request, {
        session_id: wanted.session_id,
        sort_by: "started_at",
        sort_order: "asc",
        limit: 200,
      });
      const failed = traces.findIndex((one) => one.status === "ERROR");
      const failedTrace = traces[failed];
      if (!failedTrace) throw new Error("the session says it has an error but no trace does");
      await expect(page.getByRole("article").first()).toHaveAccessibleName(
        `Turn 1: ${traces[0]?.name ?? "?"}`,
      );
      await expectAccessible(page);
      await screenshot(page, `session-${theme}`);

      // The timeline tells about a trace on hover and opens it on click.
      await bars.nth(failed).hover();
      await expect(page.getByRole("status").filter({ hasText: failedTrace.name })).toContainText("error");
      await bars.nth(failed).click();

      // The trace: its spans in a tree, the failed ones marked.
      await expect(page).toHaveURL(new RegExp(`/trace/${failedTrace.trace_id}`));
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(failedTrace.name);
      const trace = await getTrace(request, failedTrace.trace_id);
      const items_ = page.getByRole("tree", { name: "Spans" }).getByRole("treeitem");
      await expect(items_).toHaveCount(trace.spans.length + 1);
      await expect(items_.filter({ has: page.getByLabel("failed", { exact: true }) })).toHaveCount(
        trace.span_error_count + 1,
      );

      // A span: its error, its model and every key of its usage.
      const failedSpan = trace.spans.filter((span) => span.status === "ERROR" && span.error).at(-1);
      if (!failedSpan) throw new Error("a failed trace without a failed span");
      await page.getByRole("button", { name: /\d+ errors?/ }).click();
      await expect(page).toHaveURL(/span=/);
      await page.goto(`/ui/p/${DEMO}/trace/${trace.trace_id}?span=${failedSpan.span_id}`);
      const panel = page.getByTestId("panel");
      await expect(panel.getByRole("heading", { level: 2 })).toHaveText(failedSpan.name);
      await expect(panel.getByRole("alert")).toContainText(failedSpan.error ?? "?");
      await expectAccessible(page);

      const llm = trace.spans.find((span) => span.kind === "LLM" && span.token_usage);
      if (!llm) throw new Error("a trace without a model call");
      await page.goto(`/ui/p/${DEMO}/trace/${trace.trace_id}?span=${llm.span_id}`);
      await expect(panel).toContainText(llm.model ?? "?");
      await expect(panel.getByRole("region", { name: "Input" })).toBeVisible();
      await screenshot(page, `trace-${theme}`);
      await panel.getByRole("tab", { name: "Usage and cost" }).click();
      await expect(page).toHaveURL(/tab=usage/);
      for (const [key, value] of Object.entries(llm.token_usage ?? {})) {
        const line = panel
          .getByRole("row")
          .filter({ has: page.getByRole("rowheader", { name: key, exact: true }) });
        await expect(line).toContainText(
          typeof value === "number" ? formatInteger(value) : JSON.stringify(value),
        );
      }
      await expectAccessible(page);

      // Back goes the way we came.
      await page.goBack();
      await expect(panel.getByRole("heading", { level: 2 })).toHaveText(failedSpan.name);
      expect(broken).toEqual([]);
    });
  });
}

test("the theme can be chosen, and is kept", async ({ page }) => {
  await page.goto(`/ui/p/${DEMO}/sessions`);
  await page.getByRole("button", { name: /^Theme/ }).click();
  await page.getByRole("menuitemradio", { name: "Dark theme" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});
