import { useId, useState } from "preact/hooks";
import type { Answer, RankedPassage, Status } from "../api.ts";
import { pieces, type Range } from "../chars.ts";
import { useShared } from "../context.ts";
import { periodText, type Say } from "../i18n.ts";
import { sourceLink } from "../route.ts";

/** A cited passage with all that is quoted of it: a source has one number and may have several quotes. */
export interface Cited {
  n: number;
  passage: RankedPassage;
  marks: Range[];
  quotes: string[];
  link: string;
}

/** The sources of an answer in order of their numbers; a citation that points at no passage is left out. */
export function cited(answer: Answer): Cited[] {
  const all = new Map<number, Cited>();
  for (const { n, passage: at, quote, quote_range } of answer.citations) {
    const passage = answer.passages[at];
    if (passage === undefined) continue;
    const known = all.get(n) ?? { n, passage, marks: [], quotes: [], link: "" };
    known.marks.push(quote_range);
    known.quotes.push(quote);
    known.link = sourceLink(passage.id, known.marks, answer.interpretation.topic);
    all.set(n, known);
  }
  return [...all.values()].sort((a, b) => a.n - b.n);
}

export const documentName = (document: { title: string | null; path: string }): string =>
  document.title ?? document.path.split(/[\\/]/).pop() ?? document.path;

/** "2025年山西省政府工作报告 › 二、2025年工作安排". */
export const whereabouts = (passage: { document: { title: string | null; path: string }; section: string[] }): string =>
  [documentName(passage.document), ...passage.section].join(" › ");

export const statusText = (status: Status | null, say: Say): string => (status === null ? "" : say(status));

/** A passage's words with its quotes marked. */
export function Marked({ text, marks }: { text: string; marks: Range[] }) {
  return <>{pieces(text, marks).map((piece, n) => (piece.marked ? <mark key={n}>{piece.text}</mark> : piece.text))}</>;
}

/** The mark [n]: a link to the source, with a card that shows it to pointer and keyboard; Escape closes the card. */
export function Mark({ source }: { source: Cited }) {
  const { say } = useShared();
  const id = useId();
  const [open, setOpen] = useState(false);
  const { passage } = source;
  const facts = [periodText(passage.period), statusText(passage.status, say), passage.page === null ? "" : say("p", { n: passage.page })];
  return (
    <span
      class="cite"
      onPointerEnter={() => setOpen(true)}
      onPointerLeave={() => setOpen(false)}
      onKeyDown={(event) => {
        if (event.key === "Escape") setOpen(false);
      }}
    >
      <a
        href={source.link}
        aria-label={say("source", { n: source.n })}
        aria-describedby={open ? id : undefined}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
      >
        [{source.n}]
      </a>
      {open && (
        <span class="hover" role="tooltip" id={id} lang="zh-CN">
          <span class="quote">{source.quotes.join(" … ")}</span>
          <span class="where">{whereabouts(passage)}</span>
          <span class="facts">{facts.filter((fact) => fact !== "").join(" · ")}</span>
        </span>
      )}
    </span>
  );
}
