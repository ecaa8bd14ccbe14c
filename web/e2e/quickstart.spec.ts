/** What `examples/quickstart.py` sent through the SDK, as the pages show it. */
import { expect, test, type Page } from "@playwright/test";

const tree = (page: Page) => page.getByRole("tree");
const spanRow = (page: Page, name: string) => tree(page).getByRole("treeitem").filter({ hasText: name });

async function openTrace(page: Page, name: string) {
  await page.goto("/ui/p/default/traces");
  await page.getByRole("link", { name, exact: true }).first().click();
  await expect(tree(page)).toBeVisible();
}

test("an exception leaves a failed trace without a session, and a failed span with its message", async ({
  page,
}) => {
  await page.goto("/ui/p/default/traces");
  const row = page.locator("tbody tr").filter({ hasText: "risky-operation" });
  await expect(row).toContainText("Error");
  await row.getByRole("link", { name: "risky-operation", exact: true }).click();
  await spanRow(page, "might-fail").click();
  const panel = page.getByTestId("panel");
  await expect(panel).toContainText("Something went wrong");
  await expect(panel).toContainText("gpt-4o");
  await expect(panel).toContainText("ValueError");
});

test("a retrieval and a model call show tokens, cost and messages", async ({ page }) => {
  await openTrace(page, "rag-pipeline");
  await expect(spanRow(page, "retrieve")).toBeVisible();
  await spanRow(page, "generate").click();
  const panel = page.getByTestId("panel");
  await expect(panel).toContainText("What is PandaProbe?");
  await expect(panel).toContainText("A tracing platform.");
  await panel.getByRole("tab", { name: "Usage and cost" }).click();
  for (const text of ["prompt_tokens", "150", "reasoning_tokens", "cache_read_tokens", "64", "0.002"]) {
    await expect(panel).toContainText(text);
  }
});

test("spans keep their parents, concurrent ones too", async ({ page }) => {
  await openTrace(page, "pipeline");
  await expect(spanRow(page, "llm-call")).toHaveAttribute("aria-level", "3");
  await expect(spanRow(page, "after")).toHaveAttribute("aria-level", "2");
  await openTrace(page, "parallel-tools");
  for (const name of ["search", "weather", "calendar"]) {
    await expect(spanRow(page, name)).toHaveAttribute("aria-level", "3");
  }
});

test("a conversation is one session of one user", async ({ page }) => {
  await page.goto("/ui/p/default/sessions");
  const row = page.locator("tbody tr").filter({ hasText: "conversation-123" });
  await expect(row).toContainText("Where is my parcel?");
  await expect(row).toContainText("user-abc");
  await row.getByRole("link").first().click();
  await expect(page.getByText("It left the warehouse this morning.").first()).toBeVisible();
  await expect(page.getByText("You are welcome.").first()).toBeVisible();
});
