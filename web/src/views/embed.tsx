/** How to put the question field into another page, and how it looks. */

import { useEffect, useRef } from "preact/hooks";
import { key } from "../api.ts";
import { useShared } from "../context.ts";

export function Embed() {
  const { say, language } = useShared();
  const place = useRef<HTMLDivElement>(null);
  const code = `<script src="${location.origin}/embed.js" defer></script>\n<wenbao-ask lang="${language}"></wenbao-ask>`;
  useEffect(() => {
    // The very file that other pages load, not a copy of it within this one.
    if (!customElements.get("wenbao-ask") && !document.querySelector('script[src="/embed.js"]')) {
      const script = document.createElement("script");
      script.src = "/embed.js";
      document.head.append(script);
    }
    const element = document.createElement("wenbao-ask");
    element.setAttribute("server", location.origin);
    element.setAttribute("lang", language);
    if (key.get() !== "") element.setAttribute("key", key.get());
    place.current?.replaceChildren(element);
  }, [language]);
  return (
    <div class="embed">
      <h1>{say("embed_title")}</h1>
      <p>{say("embed_text")}</p>
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
      <p class="facts">{say("embed_notes")}</p>
      <h2>{say("embed_try")}</h2>
      <div ref={place} />
    </div>
  );
}
