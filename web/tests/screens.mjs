// Makes the pictures of docs/ from a page that is served, over samples/, all or some: node tests/screens.mjs http://127.0.0.1:5173 gaps
// The one of gaps wants a server with --notes.
import { existsSync } from "node:fs";
import { chromium } from "@playwright/test";

const base = process.argv[2] ?? "http://127.0.0.1:5173";
const wanted = process.argv.slice(3);
const docs = new URL("../../docs/", import.meta.url).pathname;
const executablePath = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => path && existsSync(path));
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"] });

async function shot(name, { question, open, locale = "zh-CN", dark = false, width = 900, height = 640 }) {
  if (wanted.length > 0 && !wanted.includes(name)) return;
  const page = await browser.newPage({ viewport: { width, height }, locale, colorScheme: dark ? "dark" : "light" });
  await page.goto(base + (question ? `/#/ask?q=${encodeURIComponent(question)}` : `/#/${name}`));
  if (question) await page.waitForSelector(".card > .actions", { timeout: 60_000 });
  await open?.(page);
  await page.waitForTimeout(1500);
  await page.screenshot({ path: `${docs}page-${name}.png` });
  await page.close();
}

await shot("ask", {
  question: "2025年新建智能化煤矿多少座",
  open: async (page) => {
    await page.locator(".cite > a").first().hover();
    await page.locator(".hover").first().waitFor();
  },
});
await shot("source", {
  question: "2025年新建智能化煤矿多少座",
  open: async (page) => {
    await page.locator(".sources a").first().click();
    await page.waitForSelector(".passage.here mark");
  },
});
await shot("chart", { question: "山西2024年和2025年新建智能化煤矿各多少座", dark: true, locale: "en", height: 800 });
await shot("reports", { height: 400 });
await shot("compare", {
  open: async (page) => {
    for (const [side, name] of [["左边", "2024年山西省政府工作报告（样例）"], ["右边", "2025年山西省政府工作报告（样例）"]])
      await page.getByRole("combobox", { name: side }).selectOption({ label: name });
    await page.locator(".pair").first().waitFor();
  },
});
// What nobody asked in vain is not listed.
await shot("gaps", {
  height: 400,
  open: async (page) => {
    for (const question of ["2025年山西要建几个火星基地", "2030年新建智能化煤矿多少座"])
      await page.evaluate((question) => fetch("/api/v1/ask", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ question }) }), question);
    await page.reload();
    await page.locator(".gaps tbody tr").first().waitFor();
  },
});
await shot("health", { height: 400 });
await browser.close();
