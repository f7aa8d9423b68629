import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test, type Page } from "@playwright/test";

const QUESTION = "2025年新建智能化煤矿多少座";
const COMPARE = "山西2024年和2025年新建智能化煤矿各多少座";
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Hosts that the page asked for anything, and what the browser complained of. */
const foreign: string[] = [];
const complaints: string[] = [];

test.beforeEach(async ({ page, baseURL }) => {
  foreign.length = complaints.length = 0;
  const own = new URL(baseURL!).origin;
  page.on("request", (request) => {
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== own) foreign.push(request.url());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
  });
});

test.afterEach(() => {
  expect(foreign, "requests to other hosts").toEqual([]);
  expect(complaints, "errors in the page").toEqual([]);
});

async function ask(page: Page, question: string): Promise<void> {
  await page.getByRole("textbox", { name: "问题" }).fill(question);
  await page.keyboard.press("Enter");
  await expect(page.locator(".card .actions").last()).toBeVisible();
}

/** No serious or critical finding of axe-core. */
async function accessible(page: Page, what: string): Promise<void> {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { violations } = await (globalThis as any).axe.run(document, { resultTypes: ["violations"] });
    return violations
      .filter((each: any) => each.impact === "serious" || each.impact === "critical")
      .map((each: any) => `${each.id}: ${each.nodes.map((node: any) => node.html.slice(0, 120)).join(" | ")}`);
  });
  expect(found, what).toEqual([]);
}

test("a question gets its answer, its sentence and its source", async ({ page }) => {
  await page.goto("/");
  await ask(page, QUESTION);
  await expect(page.locator(".answer")).toHaveText("130座");
  await expect(page.locator(".text")).toHaveText("2025年计划新建智能化煤矿130座。[1]");
  await expect(page.locator(".sources blockquote")).toHaveText("今年新建智能化煤矿130座");
  await expect(page.locator(".confidence")).toContainText("%");
  expect(decodeURIComponent(page.url())).toContain(QUESTION);
});

test("a citation leads to its words in the report, byte for byte", async ({ page, request }) => {
  const reply = await (await request.post("/api/v1/ask", { data: { question: QUESTION } })).json();
  await page.goto("/");
  await ask(page, QUESTION);
  await page.getByRole("link", { name: "出处 1" }).click();
  const passage = page.locator(".passage.here");
  await expect(passage).toBeInViewport();
  const marked = (await passage.locator("mark").allTextContents()).join("");
  expect(Buffer.from(marked)).toEqual(Buffer.from(reply.citations[0].quote));
  expect(await passage.textContent()).toBe(reply.passages[reply.citations[0].passage].text);
  const report = readFileSync(new URL("../../samples/shanxi-2025.txt", import.meta.url), "utf8");
  expect(report).toContain(marked);
  // Every passage of the report is there, in its order, verbatim; lines of a title are joined.
  await expect(page.locator(".passage")).toHaveCount(reply.passages[0].document.passages ?? 29);
  const bare = (text: string) => text.replace(/\s/g, "");
  let from = 0;
  for (const text of await page.locator(".passage").allTextContents()) {
    from = bare(report).indexOf(bare(text), from);
    expect(from, text).toBeGreaterThanOrEqual(0);
  }
});

test("the hover card shows the quote, and Escape closes it", async ({ page }) => {
  await page.goto("/");
  await ask(page, QUESTION);
  const mark = page.getByRole("link", { name: "出处 1" });
  await mark.hover();
  await expect(page.getByRole("tooltip")).toContainText("今年新建智能化煤矿130座");
  await page.mouse.move(0, 0);
  await expect(page.getByRole("tooltip")).toHaveCount(0);
  await mark.focus();
  await expect(page.getByRole("tooltip")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("tooltip")).toHaveCount(0);
});

test("next mention goes through the report", async ({ page }) => {
  await page.goto("/");
  await ask(page, QUESTION);
  await page.getByRole("link", { name: "出处 1" }).click();
  await page.getByRole("button", { name: /下一处/ }).click();
  const focused = page.locator(".mention:focus");
  await expect(focused).toHaveText("智能化煤矿");
  expect(await focused.evaluate((element) => element.closest(".passage")?.classList.contains("here"))).toBe(false);
});

test("Enter of an input method asks nothing, Shift and Enter makes a line", async ({ page }) => {
  let asked = 0;
  page.on("request", (request) => (asked += Number(request.url().endsWith("/ask"))));
  await page.goto("/");
  const field = page.getByRole("textbox", { name: "问题" });
  await field.fill("xinjian");
  await field.evaluate((element) => {
    element.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true }));
    element.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true }));
  });
  await field.press("Shift+Enter");
  await expect(field).toHaveValue("xinjian\n");
  await page.waitForTimeout(200);
  expect(asked).toBe(0);
  await field.fill(QUESTION);
  await field.press("Enter");
  await expect(page.locator(".answer")).toHaveText("130座");
  expect(asked).toBe(1);
});

test("a chip that is changed asks again", async ({ page }) => {
  await page.goto("/");
  await ask(page, QUESTION);
  await page.getByRole("combobox", { name: "时间" }).selectOption("2024");
  await expect(page.locator(".answer")).toHaveText("150座");
  await expect(page.locator(".asked")).toHaveText("2024年新建智能化煤矿多少座");
});

test("all can be done from the keyboard alone", async ({ page }) => {
  await page.goto("/");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "跳到正文" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("main")).toBeFocused();
  const reach = async (selector: string) => {
    for (let n = 0; n < 40; n++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate((selector) => document.activeElement?.matches(selector) ?? false, selector)) return;
    }
    throw new Error(`Tab does not reach ${selector}`);
  };
  await reach("#question");
  await page.keyboard.type(QUESTION);
  await page.keyboard.press("Enter");
  await expect(page.locator(".answer")).toHaveText("130座");
  await page.locator("main").focus();
  await reach(".cite > a");
  await page.keyboard.press("Enter");
  await expect(page.locator(".passage.here mark")).toBeVisible();
  await expect(page.locator("main")).toBeFocused();
});

test("silence gives its reason and what stands nearest", async ({ page }) => {
  await page.goto("/");
  await ask(page, "2030年新建智能化煤矿多少座");
  await expect(page.locator(".reason")).toContainText("没有2030年的报告");
  await expect(page.locator(".answer")).toHaveCount(0);
  await expect(page.locator(".confidence")).toHaveCount(0);
});

test("several values are a table and a chart; both can be kept", async ({ page }) => {
  await page.goto("/");
  await ask(page, COMPARE);
  await expect(page.locator(".data td")).toHaveText(["150座", "130座"]);
  await expect(page.locator(".chart circle.target")).toHaveCount(2);
  const files = [];
  for (const name of ["下载 CSV", "下载 SVG"]) {
    const waits = page.waitForEvent("download");
    await page.getByRole("button", { name }).click();
    files.push(readFileSync(await (await waits).path(), "utf8"));
  }
  expect(files[0]).toContain("150座,130座\r\n");
  expect(files[1]).toMatch(/^<svg[^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  expect(files[1]).not.toContain("<a ");
  // A point is a way to its sentence.
  await page.locator(".chart a circle.target").last().click();
  await expect(page.locator(".passage.here mark")).toHaveText("今年新建智能化煤矿130座");
});

test("copy takes the answer with its proof", async ({ page }) => {
  await page.goto("/");
  await ask(page, QUESTION);
  await page.getByRole("button", { name: "复制" }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain("130座");
  expect(copied).toContain("“今年新建智能化煤矿130座”");
  expect(copied).toContain("#/source/");
});

test("reports are listed, filtered and ordered", async ({ page }) => {
  await page.goto("/#/reports");
  await expect(page.locator("tbody tr")).toHaveCount(3);
  await expect(page.locator("tbody tr").first()).toContainText("2025");
  await page.getByRole("combobox", { name: "年度" }).selectOption("2024");
  await expect(page.locator("tbody tr")).toHaveCount(1);
  await page.getByRole("combobox", { name: "年度" }).selectOption("");
  const kinds = page.getByRole("combobox", { name: "文种" });
  await expect(kinds.locator("option")).toHaveText(["所有文种", "政府工作报告"]);
  await kinds.selectOption("work_report");
  await expect(page.locator("tbody tr")).toHaveCount(3);
  await page.getByRole("button", { name: "日期" }).click();
  await expect(page.locator("tbody tr").first()).toContainText("2021");
  await page.locator("tbody a").first().click();
  await expect(page.getByRole("heading", { level: 1, name: /2021年/ })).toBeVisible();
});

/** An endpoint of the contract that this server may not have yet. */
const offers = (page: Page, path: string, allow: string) =>
  page.route(path, (route) =>
    route.request().method() === "PATCH" ? route.fulfill({ status: 405, headers: { allow } }) : route.fallback(),
  );

test("a question can be stopped and comes back into the field", async ({ page }) => {
  await page.route("**/api/v1/ask", () => {});
  await page.goto("/");
  const field = page.getByRole("textbox", { name: "问题" });
  await field.fill(QUESTION);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "停止" }).click();
  await expect(field).toHaveValue(QUESTION);
  await expect(page.locator(".card")).toHaveCount(0);
});

test("a text of the server is shown as text, never as markup", async ({ page }) => {
  const evil = '<img src="x" onerror="document.title=1">';
  await page.route("**/api/v1/ask", async (route) => {
    const reply = await (await route.fetch()).json();
    await route.fulfill({ json: { ...reply, answer: evil, text: `${evil}[1]` } });
  });
  await page.goto("/");
  await ask(page, QUESTION);
  await expect(page.locator(".answer")).toHaveText(evil);
  await expect(page.locator(".card img")).toHaveCount(0);
});

test("a follow-up goes with what was said before, at most three exchanges", async ({ page }) => {
  const histories: unknown[][] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/api/v1/ask")) histories.push(request.postDataJSON().history);
  });
  await page.goto("/");
  for (let n = 0; n < 5; n++) {
    await ask(page, QUESTION);
    await expect(page.locator(".answer")).toHaveCount(n + 1);
  }
  expect(histories.map((turns) => turns.length)).toEqual([0, 2, 4, 6, 6]);
  expect(histories[1]).toEqual([{ role: "user", content: QUESTION }, { role: "assistant", content: "2025年计划新建智能化煤矿130座。[1]" }]);
});

test("what the server does not offer is not shown", async ({ page }) => {
  const closed = (path: string) => page.route(path, (route) => (route.request().method() === "PATCH" ? route.fulfill({ status: 404 }) : route.fallback()));
  for (const path of ["**/api/v1/feedback", "**/api/v1/documents", "**/api/v1/documents/any", "**/api/v1/table"]) await closed(path);
  await page.goto("/#/reports");
  await expect(page.locator("tbody tr")).toHaveCount(3);
  await expect(page.locator(".upload")).toHaveCount(0);
  await expect(page.getByRole("button", { name: /删除/ })).toHaveCount(0);
  await expect(page.getByRole("link", { name: "表格" })).toHaveCount(0);
});

test("a deletion can be taken back before the server hears of it", async ({ page }) => {
  let deleted = 0;
  await offers(page, "**/api/v1/documents/any", "GET,HEAD,DELETE");
  await page.route("**/api/v1/documents/*", (route) => {
    if (route.request().method() !== "DELETE") return route.fallback();
    deleted++;
    return route.fulfill({ status: 204 });
  });
  await page.goto("/#/reports");
  await page.getByRole("button", { name: /删除/ }).first().click();
  await expect(page.locator("tbody tr")).toHaveCount(2);
  await page.getByRole("button", { name: "撤销" }).click();
  await expect(page.locator("tbody tr")).toHaveCount(3);
  expect(deleted).toBe(0);
  await page.getByRole("button", { name: /删除/ }).first().click();
  await expect(page.locator(".undo")).toHaveCount(0, { timeout: 15_000 });
  await expect(page.locator("tbody tr")).toHaveCount(2);
  expect(deleted).toBe(1);
});

test("an added file is followed until it is read, and its problems are said", async ({ page }) => {
  await offers(page, "**/api/v1/documents", "GET,HEAD,POST");
  let polls = 0;
  await page.route("**/api/v1/documents", (route) =>
    route.request().method() === "POST" ? route.fulfill({ status: 202, json: { id: "j1", state: "queued", done: 0, total: 2 } }) : route.fallback(),
  );
  await page.route("**/api/v1/jobs/j1", (route) =>
    route.fulfill({ json: ++polls < 2 ? { id: "j1", state: "running", done: 1, total: 2 } : { id: "j1", state: "done", done: 2, total: 2, errors: ["b.txt: 空文件"] } }),
  );
  await page.goto("/#/reports");
  await page.locator('input[type="file"]').setInputFiles([
    { name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("甲") },
    { name: "b.txt", mimeType: "text/plain", buffer: Buffer.from("") },
  ]);
  await expect(page.locator(".upload progress")).toBeVisible();
  await expect(page.locator(".upload .problems")).toHaveText("b.txt: 空文件");
});

test("a table of places is drawn as bars, plans hollow and results solid", async ({ page, request }) => {
  await offers(page, "**/api/v1/table", "POST");
  const base = await (await request.post("/api/v1/ask", { data: { question: COMPARE } })).json();
  let asked: unknown = null;
  const cell = (value: number, n: number) => ({ text: `${value}座`, value, unit: "座", hedge: null, citations: [n] });
  const row = (region: string, status: string, value: number, n: number) => ({ label: "新建智能化煤矿", region, period: null, status, cells: [cell(value, n)] });
  await page.route("**/api/v1/table", (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    asked = route.request().postDataJSON();
    const rows = [row("山西", "target", 130, 2), row("陕西", "actual", 60, 1)];
    const table = { columns: [{ label: "2025", period: { from: "2025", to: "2025" }, status: null }], rows, asked: 3, found: 2, missing: ["内蒙古"] };
    const text = "智能化煤矿：2个地方有数。\n\n| 地方 | 煤矿 |\n| --- | --- |\n| 山西 | 130座[2] |\n| 陕西 | 60座[1] |";
    return route.fulfill({ json: { ...base, kind: "table", answer: "山西130座、陕西60座".repeat(6), text, table } });
  });
  await page.goto("/#/table");
  await page.getByLabel("指标").first().fill("新建智能化煤矿");
  // All reports are of one place: without another one the table is of that.
  await expect(page.getByRole("button", { name: "做表" })).toBeVisible();
  await page.waitForLoadState("networkidle");
  await page.getByRole("button", { name: "做表" }).click();
  await expect.poll(() => asked).toEqual({ question: "山西历年的新建智能化煤矿", filter: {} });
  await page.getByRole("textbox", { name: /^地方/ }).fill("山西，陕西 内蒙古");
  await page.getByRole("textbox", { name: "从" }).fill("2025");
  await page.getByRole("button", { name: "做表" }).click();
  await expect(page.locator(".data:visible tbody tr")).toHaveCount(2);
  await expect(page.locator(".data:visible rect.target")).toHaveCount(1);
  await expect(page.locator(".data:visible rect.result")).toHaveCount(1);
  await expect(page.locator(".data:visible")).toContainText("内蒙古");
  await expect.poll(() => asked).toEqual({ question: "山西、陕西和内蒙古2025年新建智能化煤矿", filter: {} });
  // The table stands once, and a long answer is not shouted.
  await expect(page.locator(".tables .text")).toHaveText("智能化煤矿：2个地方有数。");
  expect(await page.locator(".tables .answer").evaluate((each) => parseFloat(getComputedStyle(each).fontSize))).toBeLessThan(20);
  await accessible(page, "table");
});

test("the table of the form is one that this server makes", async ({ page, baseURL }) => {
  test.skip(process.env["WENBAO_PAGE"] === undefined, "needs a server");
  await page.goto(`${baseURL}/#/table`);
  await page.getByLabel("指标").first().fill("新建智能化煤矿");
  await page.getByLabel(/^地方/).fill("山西");
  await page.getByLabel("从").fill("2024");
  await page.getByLabel("到").fill("2025");
  await page.getByRole("button", { name: "做表" }).click();
  await expect(page.locator(".tables table")).toContainText("130座");
  await expect(page.locator(".tables table")).toContainText("150座");
});

test("two reports stand side by side, parts with headings alike in one row", async ({ page }) => {
  await page.goto("/#/compare");
  await page.getByRole("combobox", { name: "左边" }).selectOption({ label: "2024年山西省政府工作报告（样例）" });
  await page.getByRole("combobox", { name: "右边" }).selectOption({ label: "2025年山西省政府工作报告（样例）" });
  const row = page.locator(".pair").filter({ has: page.getByRole("heading", { name: /推进乡村全面振兴/ }) });
  await expect(row.locator("h2")).toHaveText(["（四）推进乡村全面振兴", "（五）推进乡村全面振兴"]);
  await expect(page.locator(".compare")).toContainText("今年新建智能化煤矿130座");
  await accessible(page, "compare");
  await row.locator("h2 a").last().click();
  await expect(page.getByRole("heading", { level: 1, name: /2025年/ })).toBeVisible();
});

test("what was asked in vain is listed where it is kept, and can be asked again", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("link", { name: "状态" })).toBeVisible();
  await expect(page.getByRole("link", { name: "缺口" })).toHaveCount(0);
  await offers(page, "**/api/v1/gaps", "GET,HEAD");
  const gap = { question: QUESTION, asked: 3, last_at: Date.UTC(2026, 10, 30, 12) / 1000, reason: "没有提到", wordings: [QUESTION] };
  await page.route("**/api/v1/gaps", (route) => (route.request().method() === "GET" ? route.fulfill({ json: { gaps: [gap] } }) : route.fallback()));
  await page.reload();
  await page.getByRole("link", { name: "缺口" }).click();
  await expect(page.locator("tbody tr")).toHaveText(/2025年新建智能化煤矿多少座32026\/11\/30没有提到/);
  await accessible(page, "gaps");
  await page.locator("tbody a").click();
  await expect(page.locator(".answer")).toHaveText("130座");
});

test("health says whether it can answer, and what was not read whole", async ({ page, request }) => {
  const { documents } = await (await request.get("/api/v1/documents")).json();
  documents[0].warnings = ["第3页没有文字"];
  await page.route("**/api/v1/documents", (route) => route.fulfill({ json: { documents } }));
  await page.route("**/readyz", (route) => route.fulfill({ json: { status: "ready", documents: 3, passages: 87, model: "multilingual-e5-small" } }));
  await page.goto("/#/health");
  await expect(page.getByRole("status").first()).toHaveText("可以回答");
  await expect(page.locator("dl")).toContainText("87");
  await expect(page.locator(".health li")).toContainText("第3页没有文字");
  await accessible(page, "health");
  await page.route("**/readyz", (route) => route.fulfill({ status: 503, json: { error: { message: "the index cannot be read", type: "server_error", param: null, code: null } } }));
  await page.reload();
  await expect(page.getByRole("status").first()).toContainText("the index cannot be read");
});

test("a report's file is kept as the server has it", async ({ page }) => {
  await page.route("**/api/v1/documents/*/file", (route) => route.fulfill({ contentType: "text/plain", body: "原文" }));
  await page.goto("/#/reports");
  await page.locator("tbody a").first().click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "原文件" }).click()]);
  expect(download.suggestedFilename()).toMatch(/\.txt$/);
  expect(readFileSync(await download.path(), "utf8")).toBe("原文");
});

/** A PDF of one page with one line, without compression. */
function pdf(line: string): Buffer {
  const stream = `BT /F 24 Tf 60 700 Td (${line}) Tj ET`;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let text = "%PDF-1.4\n";
  const at = objects.map((object, n) => {
    const from = text.length;
    text += `${n + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(from).padStart(10, "0")} 00000 n \n`;
  });
  const table = text.length;
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${at.join("")}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`;
  return Buffer.from(text, "latin1");
}

test("a PDF is shown as printed, its quote marked on the page", async ({ page, request }) => {
  const words = "New parks in 2025: 37 in all";
  const { documents } = await (await request.get("/api/v1/documents")).json();
  const document = { ...documents[0], id: "aaaaaaaaaaaa", title: "Parks", path: "parks.pdf", passages: 1 };
  const passage = { id: "aaaaaaaaaaaa-0001", document, section: [], period: null, status: null, region: null, text: words, source_range: [0, words.length], page: 1, sentences: [] };
  await page.route("**/api/v1/passages/aaaaaaaaaaaa-0001", (route) => route.fulfill({ json: passage }));
  await page.route("**/api/v1/documents/aaaaaaaaaaaa/file", (route) => route.fulfill({ contentType: "application/pdf", body: pdf(words) }));
  const loaded: string[] = [];
  page.on("request", (sent) => loaded.push(new URL(sent.url()).pathname));
  await page.goto("/#/source/aaaaaaaaaaaa-0001?mark=19-21");
  await expect(page.locator(".passage.here mark")).toHaveText("37");
  expect(loaded.filter((path) => path.includes("pdf-"))).toEqual([]);
  await page.getByRole("button", { name: "按原页看" }).click();
  await expect(page.locator(".paper [role=status]")).toHaveText("第 1 页");
  // Paper that is marked twice, where no ink is: pale times strong.
  const marked = await page.locator(".paper canvas").evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    let [pale, strong] = [0, 0];
    for (let at = 0; at < data.length; at += 4) {
      const [red, , blue] = [data[at]!, data[at + 1]!, data[at + 2]!];
      pale += Number(red > 240 && blue > 200 && blue < 230);
      strong += Number(red > 240 && blue > 80 && blue < 120);
    }
    return { pale, strong };
  });
  expect(marked.strong).toBeGreaterThan(300);
  expect(marked.pale).toBeGreaterThan(5 * marked.strong);
  await accessible(page, "as printed");
  await page.getByRole("button", { name: "按原页看" }).click();
  await expect(page.locator(".passage.here")).toBeVisible();
});

test("thumbs take a reason", async ({ page }) => {
  await offers(page, "**/api/v1/feedback", "POST");
  let said: unknown = null;
  await page.route("**/api/v1/feedback", (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    said = route.request().postDataJSON();
    return route.fulfill({ status: 204 });
  });
  await page.goto("/");
  await ask(page, QUESTION);
  await page.getByRole("button", { name: "没用" }).click();
  await page.getByRole("textbox", { name: /哪里不对/ }).fill("年份不对");
  await page.getByRole("button", { name: "发送" }).click();
  await expect(page.locator(".told")).toHaveText("谢谢，已记下");
  expect(said).toEqual({ question: QUESTION, answer: "130座", good: false, reason: "年份不对" });
});

test("a closed server is asked again with a key, and what it opens is shown", async ({ page }) => {
  await page.route("**/api/v1/feedback", (route) => route.fulfill({ status: route.request().headers()["authorization"] ? 405 : 401, headers: { allow: "POST" } }));
  await page.route("**/api/v1/ask", (route) =>
    route.request().headers()["authorization"] === "Bearer geheim"
      ? route.fallback()
      : route.fulfill({ status: 401, json: { error: { message: "give a key", type: "invalid_request_error", param: null, code: null } } }),
  );
  await page.goto("/");
  await page.getByRole("textbox", { name: "问题" }).fill(QUESTION);
  await page.keyboard.press("Enter");
  await page.getByLabel("访问密钥").fill("geheim");
  await page.getByRole("button", { name: "保存" }).click();
  await expect(page.locator(".answer")).toHaveText("130座");
  await expect(page.getByRole("button", { name: "有用", exact: false }).first()).toBeVisible();
});

test("English and dark are kept over a reload", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("combobox", { name: "Appearance" }).selectOption("dark");
  await page.reload();
  await expect(page.getByRole("button", { name: "Ask", exact: true })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe("en");
  const paper = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  expect(paper).toBe("rgb(23, 21, 18)");
});

test("the embedded field answers in another element's shadow, with the page's policy", async ({ page }) => {
  await page.goto("/#/embed");
  const element = page.locator("wenbao-ask");
  await element.getByRole("textbox").fill(QUESTION);
  await element.getByRole("textbox").press("Enter");
  await expect(element.locator(".answer")).toHaveText("130座");
  await expect(element.getByRole("link", { name: "[1]" })).toHaveAttribute("href", /\/#\/source\/.*mark=11-24/);
});

test("nothing is cut off at 200 % or on a small screen", async ({ page }) => {
  for (const size of [{ width: 640, height: 500 }, { width: 320, height: 600 }]) {
    await page.setViewportSize(size);
    for (const path of ["/", "/#/reports", "/#/compare", "/#/health", "/#/embed"]) {
      await page.goto(path);
      if (path === "/") await ask(page, COMPARE);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(over, `${path} at ${size.width}`).toBeLessThanOrEqual(0);
    }
  }
});

test("print shows the answer and its sources, not the controls", async ({ page }) => {
  await page.goto("/");
  await ask(page, QUESTION);
  await page.emulateMedia({ media: "print" });
  await expect(page.locator(".answer")).toBeVisible();
  await expect(page.locator(".sources")).toBeVisible();
  await expect(page.locator(".top")).toBeHidden();
  await expect(page.locator(".actions").first()).toBeHidden();
});

test("axe finds nothing serious, light and dark, in each view", async ({ page }) => {
  test.slow();
  for (const theme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.goto("/");
    await accessible(page, `empty, ${theme}`);
    await ask(page, COMPARE);
    await accessible(page, `answer, ${theme}`);
    await page.getByRole("link", { name: "出处 1" }).first().click();
    await expect(page.locator(".passage")).not.toHaveCount(1);
    await accessible(page, `source, ${theme}`);
    for (const view of ["reports", "embed"]) {
      await page.goto(`/#/${view}`);
      await expect(page.locator("h1:visible")).toBeVisible();
      await page.waitForTimeout(300);
      await accessible(page, `${view}, ${theme}`);
    }
  }
});

test("the first paint is small", async ({ page }) => {
  const sizes: number[] = [];
  page.on("response", async (response) => {
    if (/\/(assets\/.*)?$/.test(new URL(response.url()).pathname)) sizes.push((await response.body().catch(() => Buffer.alloc(0))).length);
  });
  await page.goto("/");
  await expect(page.getByRole("textbox", { name: "问题" })).toBeVisible();
  expect(sizes.length).toBeLessThanOrEqual(3);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(150 * 1024);
});
