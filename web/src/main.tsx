/** The page: header, the view that the address names, a word now and then. */

import { render } from "preact";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { can as whatServerCan, CANNOT, KEY_CHANGED, type Can } from "./api.ts";
import { SharedContext, type Shared } from "./context.ts";
import { keepLanguage, sayer, startLanguage, type Key, type Language } from "./i18n.ts";
import { readRoute, type Route } from "./route.ts";
import { Ask } from "./views/ask.tsx";
import { Compare } from "./views/compare.tsx";
import { Embed } from "./views/embed.tsx";
import { Gaps } from "./views/gaps.tsx";
import { Health } from "./views/health.tsx";
import { Reports } from "./views/reports.tsx";
import { Source } from "./views/source.tsx";
import { TableView } from "./views/table.tsx";

const THEMES = ["auto", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];
const STORED_THEME = "wenbao-theme";

function startTheme(): Theme {
  const kept = localStorage.getItem(STORED_THEME);
  return THEMES.find((theme) => theme === kept) ?? "auto";
}

function Page() {
  const [language, setLanguage] = useState<Language>(startLanguage);
  const [theme, setTheme] = useState<Theme>(startTheme);
  const [route, setRoute] = useState<Route>(() => readRoute(location.hash));
  const [can, setCan] = useState<Can>(CANNOT);
  const [told, setTold] = useState("");
  const main = useRef<HTMLElement>(null);
  const say = useMemo(() => sayer(language), [language]);

  useEffect(() => {
    const moved = () => setRoute(readRoute(location.hash));
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  useEffect(() => {
    const look = () => void whatServerCan().then(setCan);
    look();
    addEventListener(KEY_CHANGED, look);
    return () => removeEventListener(KEY_CHANGED, look);
  }, []);
  // Before anything is painted: no flash of another language or theme.
  useLayoutEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    keepLanguage(language);
  }, [language]);
  useLayoutEffect(() => {
    document.documentElement.dataset["theme"] = theme;
    localStorage.setItem(STORED_THEME, theme);
  }, [theme]);
  useEffect(() => {
    const view = route.view === "source" || route.view === "ask" ? null : say(route.view);
    document.title = view === null ? `${say("name")} · ${say("claim")}` : `${view} · ${say("name")}`;
  }, [route, say]);
  const first = useRef(true);
  useEffect(() => {
    // A new view begins at its top, for the eye and for the keyboard; the first one leaves the focus where it is.
    if (!first.current && route.view !== "ask") main.current?.focus();
    first.current = false;
  }, [route.view]);

  const timer = useRef(0);
  const tell = useCallback((words: string) => {
    setTold(words);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setTold(""), 4000);
  }, []);
  const shared = useMemo<Shared>(() => ({ language, say, can, tell }), [language, say, can, tell]);

  const tab = (view: Exclude<Route["view"], "source">, name: Key) => (
    <a href={`#/${view}`} aria-current={route.view === view ? "page" : undefined}>
      {say(name)}
    </a>
  );
  return (
    <SharedContext.Provider value={shared}>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        {say("skip")}
      </a>
      <header class="top">
        <a class="brand" href="#/ask">
          <span class="seal" aria-hidden="true">
            问
          </span>
          {say("name")}
        </a>
        <nav aria-label={say("nav")}>
          {tab("ask", "ask")}
          {tab("reports", "reports")}
          {can.table && tab("table", "table")}
          {tab("compare", "compare")}
          {can.gaps && tab("gaps", "gaps")}
          {tab("health", "health")}
          {tab("embed", "embed")}
        </nav>
        <div class="settings">
          <label>
            <span class="hidden">{say("theme")}</span>
            <select value={theme} onChange={(event) => setTheme(event.currentTarget.value as Theme)}>
              {THEMES.map((name) => (
                <option key={name} value={name}>
                  {say(`theme_${name}`)}
                </option>
              ))}
            </select>
          </label>
          <button type="button" lang={language === "zh" ? "en" : "zh-CN"} onClick={() => setLanguage(language === "zh" ? "en" : "zh")}>
            {say("language")}
          </button>
        </div>
      </header>
      <main id="main" tabIndex={-1} ref={main}>
        {/* The conversation stays while its sources are read. */}
        <div hidden={route.view !== "ask"}>
          <Ask asked={route.view === "ask" ? route.question : null} />
        </div>
        {route.view === "source" && <Source key={route.document} route={route} />}
        {route.view === "reports" && <Reports />}
        {route.view === "table" && <TableView />}
        {route.view === "compare" && <Compare route={route} />}
        {route.view === "gaps" && <Gaps />}
        {route.view === "health" && <Health />}
        {route.view === "embed" && <Embed />}
      </main>
      <p class={told === "" ? "told" : "told shown"} role="status">
        {told}
      </p>
    </SharedContext.Provider>
  );
}

render(<Page />, document.getElementById("app")!);
