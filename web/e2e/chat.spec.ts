/** What `examples/chat.py` recorded through `wrap_openai`, as the pages show it. */
import { expect, test } from "@playwright/test";

test("a chat is one session of one user, with tokens, a cost and readable messages", async ({ page }) => {
  await page.goto("/ui/p/chat/sessions");
  const rows = page.locator("tbody tr");
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText("What is the capital of France?");
  await expect(rows).toContainText("user-abc");
  await expect(rows).toContainText("$");
  await expect(rows).not.toContainText("unpriced");
  await rows.getByRole("link").first().click();
  await expect(page.getByRole("main")).toContainText("conversation-123");
  for (const said of ["What is the capital of France?", "And how many people live there?"]) {
    await expect(page.getByText(said).first()).toBeVisible();
  }
});

test("a turn shows the model call with what it was asked, answered and cost", async ({ page }) => {
  await page.goto("/ui/p/chat/traces");
  await expect(page.locator("tbody tr")).toHaveCount(2);
  await page.getByRole("link", { name: "openai-chat", exact: true }).first().click();
  const call = page.getByRole("tree").getByRole("treeitem").filter({ hasText: "openai-chat" }).last();
  await call.click();
  const panel = page.getByTestId("panel");
  await expect(panel).toContainText("gpt-4o");
  await expect(panel).toContainText("And how many people live there?");
  await panel.getByRole("tab", { name: "Usage and cost" }).click();
  await expect(panel).toContainText("prompt_tokens");
  await expect(panel).toContainText("tokens times the price of the model");
});
