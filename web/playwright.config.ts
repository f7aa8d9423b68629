// The page in a real Chromium. By default against recorded replies of the sample reports, so that no model is needed; against a
// running server with WENBAO_PAGE=http://127.0.0.1:8080 (it must hold samples/).
import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const port = 5187;
const page = process.env.WENBAO_PAGE;
const browsers = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const chromium = browsers.find((path) => path && existsSync(path));

export default defineConfig({
  testDir: "tests",
  testMatch: "*.spec.ts",
  timeout: 60_000,
  expect: { timeout: 20_000 },
  workers: 1,
  reporter: "list",
  outputDir: "test-results",
  use: {
    baseURL: page ?? `http://127.0.0.1:${port}`,
    locale: "zh-CN",
    viewport: { width: 1100, height: 800 },
    permissions: ["clipboard-read", "clipboard-write"],
    launchOptions: { executablePath: chromium, args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"] },
  },
  webServer: page
    ? undefined
    : { command: `node dev.mjs --port ${port} --recorded tests/recorded.json`, url: `http://127.0.0.1:${port}/`, reuseExistingServer: false },
});
