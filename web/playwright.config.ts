import { defineConfig } from "@playwright/test";

/**
 * The browser tests run against a server that is already up and holds the sample data:
 * PANDAPROBE_E2E_URL=http://127.0.0.1:8000 npm run e2e
 */
const baseURL = process.env.PANDAPROBE_E2E_URL;
if (!baseURL) throw new Error("set PANDAPROBE_E2E_URL to the address of a server with the sample data");

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  reporter: [["list"]],
  workers: 1,
  forbidOnly: true,
  use: {
    baseURL,
    viewport: { width: 1440, height: 900 },
    timezoneId: "UTC",
    locale: "en-GB",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.PANDAPROBE_CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
