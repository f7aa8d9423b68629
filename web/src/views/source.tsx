/** A report: its outline, its text, the cited passage pale, the quotes strong, and the next mention of what was asked. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Failed, original, type Passage } from "../api.ts";
import { mention, occurrences, pieces, slice, type Range } from "../chars.ts";
import { useShared } from "../context.ts";
import { documentName } from "../parts/cite.tsx";
import { KeyForm } from "../parts/key.tsx";
import { Paper } from "../parts/paper.tsx";
import { download } from "../parts/table.tsx";
import { readAll } from "../reading.ts";
import { sourceLink, type Route } from "../route.ts";

export function Source({ route }: { route: Extract<Route, { view: "source" }> }) {
  const { say, tell } = useShared();
  const [passages, setPassages] = useState<Passage[]>([]);
  const [complete, setComplete] = useState(false);
  const [failed, setFailed] = useState<Error | null>(null);
  const [tries, setTries] = useState(0);
  const here = useRef<HTMLParagraphElement>(null);
  const text = useRef<HTMLElement>(null);
  const [at, setAt] = useState(-1);
  const [paper, setPaper] = useState(false);

  useEffect(() => {
    let stopped = false;
    setFailed(null);
    readAll(route.document, route.passage, (all) => !stopped && setPassages(all), () => stopped).then(
      () => !stopped && setComplete(true),
      (error: Error) => !stopped && setFailed(error),
    );
    return () => {
      stopped = true;
    };
  }, [route.document, tries]);

  const known = passages.length > 0;
  useEffect(() => here.current?.scrollIntoView({ block: "center" }), [known, complete, route.passage]);

  // Of the whole report: of a part it would find other words, and count too few.
  const term = useMemo(() => (complete ? mention(route.term, passages.map((passage) => passage.text)) : ""), [route.term, passages, complete]);
  const mentions = useMemo(() => passages.flatMap((passage) => occurrences(passage.text, term).map((range) => ({ id: passage.id, range }))), [passages, term]);

  function go(step: 1 | -1) {
    if (mentions.length === 0) return;
    // The first step goes on from the cited passage.
    const from = at >= 0 ? at : mentions.findIndex((found) => found.id === route.passage);
    const to = (from + step + mentions.length) % mentions.length;
    setAt(to);
    const element = text.current?.querySelectorAll<HTMLElement>(".mention")[to];
    element?.scrollIntoView({ block: "center" });
    element?.focus();
  }

  // Not a link: the request may need the key.
  const keep = (report: Passage["document"]) =>
    original(report.id).then(
      (file) => download(report.path.split(/[\\/]/).pop() ?? report.id, file.type, file),
      (error: Error) => tell(error.message),
    );

  if (failed !== null) {
    const closed = failed instanceof Failed && failed.status === 401;
    return (
      <div class="card failed" role="alert">
        <p>{failed instanceof Failed && failed.status === 404 ? say("gone") : failed instanceof Failed ? failed.message : say("offline")}</p>
        {closed && <KeyForm onSaved={() => setTries(tries + 1)} />}
      </div>
    );
  }
  const document = passages[0]?.document;
  if (document === undefined) {
    return (
      <p class="thinking" role="status">
        {say("reading")}
      </p>
    );
  }
  let counted = 0;
  const shown = passages.find((passage) => passage.id === route.passage) ?? passages[0]!;
  const printed = /\.pdf$/i.test(document.path) && shown.page !== null;
  return (
    <div class="source">
      <header>
        <h1 lang="zh-CN">{documentName(document)}</h1>
        <p class="facts" lang="zh-CN">
          {[document.region, document.date, document.speaker, document.session].filter(Boolean).join(" · ")}
        </p>
      </header>
      <div class="bar-top">
        <a href="#/ask" onClick={(event) => history.length > 1 && (event.preventDefault(), history.back())}>
          ← {say("back")}
        </a>
        {printed && (
          <button type="button" aria-pressed={paper} onClick={() => setPaper(!paper)}>
            {say("as_printed")}
          </button>
        )}
        {!paper && mentions.length > 1 && (
          <p class="mentions">
            <span lang="zh-CN">{say("mentions", { term, n: mentions.length })}</span>
            <button type="button" onClick={() => go(-1)}>
              ↑ {say("previous")}
            </button>
            <button type="button" onClick={() => go(1)}>
              ↓ {say("next")}
            </button>
          </p>
        )}
      </div>
      <Outline passages={passages} current={route.passage} />
      {paper && <Paper document={route.document} first={shown.page ?? 1} pale={shown.text} strong={route.marks.map((range) => slice(shown.text, range))} />}
      <article ref={text} lang="zh-CN" hidden={paper}>
        {passages.map((passage, n) => {
          const before = passages[n - 1]?.section ?? [];
          const same = passage.section.findIndex((heading, level) => heading !== before[level]);
          const cited = passage.id === route.passage;
          const ranges = cited ? route.marks : [];
          const first = counted;
          counted += occurrences(passage.text, term).length;
          return (
            <>
              {same >= 0 &&
                passage.section.slice(same).map((heading, level) =>
                  // A heading that runs into its paragraph stands there already.
                  passage.text.startsWith(heading) ? null : <Heading key={`${passage.id} ${level}`} level={same + level + 2} text={heading} />,
                )}
              <p key={passage.id} id={passage.id} ref={cited ? here : null} class={cited ? "passage here" : "passage"}>
                <Text text={passage.text} marks={ranges} term={term} first={first} at={at} />
              </p>
            </>
          );
        })}
        {!complete && <p class="thinking">{say("reading")}</p>}
        <footer class="facts">{say("verbatim", { date: document.ingested_at.slice(0, 10), hash: document.sha256.slice(0, 16) })}{" "}
          <button type="button" onClick={() => void keep(document)}>
            {say("original")}
          </button>
        </footer>
      </article>
    </div>
  );
}

function Heading({ level, text }: { level: number; text: string }) {
  const Name = `h${Math.min(level, 6)}` as "h2";
  return <Name>{text}</Name>;
}

/** A passage's text: quotes in <mark>, mentions of the topic as places that can be gone to. */
function Text({ text, marks, term, first, at }: { text: string; marks: Range[]; term: string; first: number; at: number }) {
  let n = first;
  const inside = (words: string) =>
    pieces(words, occurrences(words, term)).map((piece, key) => {
      if (!piece.marked) return piece.text;
      const place = n++;
      return (
        <span key={key} class={place === at ? "mention at" : "mention"} tabIndex={-1}>
          {piece.text}
        </span>
      );
    });
  return <>{pieces(text, marks).map((piece, key) => (piece.marked ? <mark key={key}>{inside(piece.text)}</mark> : inside(piece.text)))}</>;
}

/** The headings with the first passage under each. */
function Outline({ passages, current }: { passages: Passage[]; current: string }) {
  const { say } = useShared();
  const heads: { path: string; level: number; text: string; id: string }[] = [];
  for (const passage of passages) {
    passage.section.forEach((text, level) => {
      const path = passage.section.slice(0, level + 1).join("\n");
      if (!heads.some((head) => head.path === path)) heads.push({ path, level, text, id: passage.id });
    });
  }
  const here = passages.find((passage) => passage.id === current)?.section.join("\n");
  return (
    <nav class="outline" aria-label={say("outline")}>
      <details open={matchMedia("(min-width: 56.01rem)").matches}>
        <summary>{say("outline")}</summary>
        <ul lang="zh-CN">
          {heads.map((head) => (
            <li key={head.path} class={`level${Math.min(head.level, 3)}`}>
              <a
                href={sourceLink(head.id)}
                aria-current={head.path === here ? "location" : undefined}
                onClick={(event) => {
                  // A jump within the text: what was cited stays in the address.
                  event.preventDefault();
                  document.getElementById(head.id)?.scrollIntoView({ block: "center" });
                }}
              >
                {head.text}
              </a>
            </li>
          ))}
        </ul>
      </details>
    </nav>
  );
}
