/**
 * <wenbao-ask>: the question field of a wenbao server in another page.
 *
 *     <script src="https://wenbao.example/embed.js" defer></script>
 *     <wenbao-ask lang="zh"></wenbao-ask>
 *
 * Attributes: `server` (where to ask; the script's own origin by default), `key` (a read-only one), `lang` (zh or en), `placeholder`.
 * Fires `wenbao-answer` with the answer as its detail. Colours follow the page by custom properties: --wenbao-ink, --wenbao-paper,
 * --wenbao-accent. Its style is a constructed sheet, which a strict style-src of the host page allows.
 */

import { runs, slice, type Range } from "./chars.ts";
import { asks } from "./keys.ts";
import { sourceLink } from "./route.ts";
import type { Answer } from "./api.ts";

const WORDS = {
  zh: { field: "问题", ask: "提问", placeholder: "问政府报告", wait: "正在翻报告…", silent: "报告里没有可靠的答案", failed: "没有问成：", sources: "出处" },
  en: { field: "Question", ask: "Ask", placeholder: "Ask government reports", wait: "Looking through the reports…", silent: "The reports give no reliable answer", failed: "Not answered: ", sources: "Sources" },
};

const STYLE = `
:host { display: block; font: 16px/1.6 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
  --ink: var(--wenbao-ink, #1c1b19); --paper: var(--wenbao-paper, #fff); --accent: var(--wenbao-accent, #a3231c); color: var(--ink); }
@media (prefers-color-scheme: dark) { :host { --ink: var(--wenbao-ink, #ece8e1); --paper: var(--wenbao-paper, #211f1c); --accent: var(--wenbao-accent, #f0968c); } }
form { display: flex; gap: .5em; }
input { flex: 1; min-width: 0; font: inherit; color: inherit; background: var(--paper); border: 1px solid currentColor; border-radius: .4em; padding: .45em .7em; }
button { font: inherit; color: var(--paper); background: var(--accent); border: 0; border-radius: .4em; padding: .45em 1.1em; cursor: pointer; }
button:disabled { opacity: .6; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.answer { font-size: 1.5em; font-weight: 700; margin: .6em 0 0; }
p { margin: .4em 0; }
a { color: var(--accent); }
ol { padding-left: 1.4em; margin: .4em 0; font-size: .9em; }
`;

const script = document.currentScript as HTMLScriptElement | null;
const home = script ? new URL(script.src).origin : location.origin;

class WenbaoAsk extends HTMLElement {
  #root = this.attachShadow({ mode: "open" });
  #running: AbortController | null = null;

  connectedCallback(): void {
    if (this.#root.childElementCount > 0) return;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.#root.adoptedStyleSheets = [sheet];
    const words = this.#words();
    const form = make("form");
    const input = make("input", { type: "text", "aria-label": words.field, placeholder: this.getAttribute("placeholder") ?? words.placeholder, maxlength: "2000", autocomplete: "off" });
    const button = make("button", { type: "button" }, words.ask);
    const out = make("div", { "aria-live": "polite" });
    form.append(input, button);
    this.#root.append(form, out);
    const put = () => void this.#ask(input.value.trim(), out, button);
    // Asking is by the key and the button alone: a form's own Enter would also come from an input method.
    form.addEventListener("submit", (event) => event.preventDefault());
    input.addEventListener("keydown", (event) => asks(event) && put());
    button.addEventListener("click", put);
  }

  disconnectedCallback(): void {
    this.#running?.abort();
  }

  #words() {
    const language = (this.getAttribute("lang") ?? (document.documentElement.lang || navigator.language)).toLowerCase();
    return language.startsWith("zh") ? WORDS.zh : WORDS.en;
  }

  async #ask(question: string, out: HTMLElement, button: HTMLButtonElement): Promise<void> {
    if (question === "") return;
    this.#running?.abort();
    const stop = (this.#running = new AbortController());
    const words = this.#words();
    button.disabled = true;
    out.replaceChildren(make("p", {}, words.wait));
    try {
      const headers: Record<string, string> = { "content-type": "application/json" };
      const key = this.getAttribute("key");
      if (key) headers["authorization"] = `Bearer ${key}`;
      const server = this.getAttribute("server") ?? home;
      const response = await fetch(`${server}/api/v1/ask`, { method: "POST", headers, body: JSON.stringify({ question }), signal: stop.signal });
      const reply = (await response.json()) as Answer & { error?: { message: string } };
      if (!response.ok) throw new Error(reply.error?.message ?? String(response.status));
      out.replaceChildren(...show(reply, server, words));
      this.dispatchEvent(new CustomEvent("wenbao-answer", { detail: reply, bubbles: true, composed: true }));
    } catch (error) {
      if (!stop.signal.aborted) out.replaceChildren(make("p", { role: "alert" }, words.failed + (error as Error).message));
    }
    if (this.#running === stop) button.disabled = false;
  }
}

function show(answer: Answer, server: string, words: (typeof WORDS)["zh"]): HTMLElement[] {
  if (answer.abstained) return [make("p", {}, [words.silent, answer.reason ?? ""].filter((part) => part !== "").join(" · "))];
  const sources = new Map<number, { link: string; quotes: string[]; title: string }>();
  const marks = new Map<number, Range[]>();
  for (const { n, passage: at, quote_range } of answer.citations) {
    const passage = answer.passages[at];
    if (passage === undefined) continue;
    const ranges = [...(marks.get(n) ?? []), quote_range];
    marks.set(n, ranges);
    const title = [passage.document.title ?? "", ...passage.section].filter((part) => part !== "").join(" › ");
    sources.set(n, { link: `${server}/${sourceLink(passage.id, ranges, answer.interpretation.topic)}`, quotes: ranges.map((range) => slice(passage.text, range)), title });
  }
  const text = make("p");
  for (const run of runs(answer.text)) {
    const source = "cite" in run ? sources.get(run.cite) : undefined;
    text.append("words" in run ? run.words : source ? link(source.link, `[${run.cite}]`, source.quotes.join(" … ")) : `[${run.cite}]`);
  }
  const list = make("ol", { "aria-label": words.sources });
  for (const [n, source] of [...sources].sort(([a], [b]) => a - b)) {
    const item = make("li", { value: String(n) }, `“${source.quotes.join(" … ")}” `);
    item.append(link(source.link, source.title, ""));
    list.append(item);
  }
  return [make("p", { class: "answer" }, answer.answer), text, list];
}

const link = (href: string, text: string, title: string) => make("a", { href, target: "_blank", rel: "noopener", ...(title ? { title } : {}) }, text);

function make<Name extends keyof HTMLElementTagNameMap>(name: Name, attributes: Record<string, string> = {}, text = ""): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
}

if (!customElements.get("wenbao-ask")) customElements.define("wenbao-ask", WenbaoAsk);
