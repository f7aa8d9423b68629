import { useState } from "preact/hooks";
import { feedback, type Answer, type Doc } from "../api.ts";
import { runs } from "../chars.ts";
import { useShared } from "../context.ts";
import { periodText } from "../i18n.ts";
import { askLink, sourceLink } from "../route.ts";
import { tableOf } from "../tables.ts";
import { Chips } from "./chips.tsx";
import { cited, Mark, Marked, statusText, whereabouts, type Cited } from "./cite.tsx";
import { TableAndChart } from "./table.tsx";

// Characters of an answer that are still read at a glance.
const LONG = 60;

/** The text without its table, which stands below it as one; other programs have it in the text alone. */
const withoutTable = (text: string): string => text.replace(/^\|.*\|$\n?/gm, "").replace(/\n{3,}/g, "\n\n").trim();

/** An answer with everything that proves it, or the reason why there is none. */
export function AnswerCard({ answer, reports, onAsk }: { answer: Answer; reports: Doc[]; onAsk: (question: string) => void }) {
  const { say } = useShared();
  const sources = cited(answer);
  const shown = new Set(sources.map((source) => source.passage.id));
  const others = answer.passages.filter((passage) => !shown.has(passage.id));
  const table = answer.abstained ? null : tableOf(answer);
  return (
    <article class={answer.abstained ? "card silent" : "card"}>
      <p class="hidden" role="status">
        {answer.abstained ? say("silent") : say("answer_is", { answer: answer.answer })}
      </p>
      <Chips answer={answer} reports={reports} onAsk={onAsk} />
      {answer.abstained ? (
        <div class="reason">
          <p>
            <strong>{say("silent")}</strong>
          </p>
          {(answer.reason ?? answer.text) !== "" && <p>{answer.reason ?? answer.text}</p>}
        </div>
      ) : (
        <>
          <p class={[...answer.answer].length > LONG ? "answer long" : "answer"} lang="zh-CN">
            {answer.answer}
          </p>
          <Sentences text={table === null ? answer.text : withoutTable(answer.text)} sources={sources} />
          {answer.values
            .filter((value) => value.computed !== null)
            .map((value, n) => (
              <p class="computed" key={n}>
                {say("computed")}: <span lang="zh-CN">{value.computed}</span>
              </p>
            ))}
          {answer.confidence > 0 && (
            <p class="confidence">
              {say("confidence")} {Math.round(answer.confidence * 100)}%
              <span class="bar" aria-hidden="true">
                <span style={{ width: `${Math.round(answer.confidence * 100)}%` }} />
              </span>
            </p>
          )}
        </>
      )}
      {table !== null && <TableAndChart table={table} sources={sources} name={answer.interpretation.topic || answer.question} />}
      {sources.length > 0 && (
        <section class="sources">
          <h3>{say("sources")}</h3>
          <ol>
            {sources.map((source) => (
              <li key={source.n} value={source.n}>
                <blockquote lang="zh-CN">{source.quotes.join(" … ")}</blockquote>
                <a href={source.link} lang="zh-CN">
                  {whereabouts(source.passage)}
                </a>
                <Facts passage={source.passage} />
              </li>
            ))}
          </ol>
        </section>
      )}
      {others.length > 0 && (
        <details class="others" open={answer.abstained}>
          <summary>{answer.abstained ? say("nearest") : say("others", { n: others.length })}</summary>
          <ul>
            {others.map((passage) => (
              <li key={passage.id} lang="zh-CN">
                <a href={sourceLink(passage.id, [], answer.interpretation.topic)}>{whereabouts(passage)}</a>
                <Facts passage={passage} />
                <p>
                  <Marked text={passage.text} marks={[]} />
                </p>
              </li>
            ))}
          </ul>
        </details>
      )}
      <Actions answer={answer} sources={sources} />
    </article>
  );
}

function Facts({ passage }: { passage: Answer["passages"][number] }) {
  const { say } = useShared();
  const facts = [periodText(passage.period), statusText(passage.status, say), passage.page === null ? "" : say("p", { n: passage.page })];
  return <span class="facts">{facts.filter((fact) => fact !== "").join(" · ")}</span>;
}

/** The answer's sentences; line ends of an overview stay. */
function Sentences({ text, sources }: { text: string; sources: Cited[] }) {
  return (
    <p class="text">
      {runs(text).map((run, n) => {
        if ("words" in run) return <span key={n}>{run.words}</span>;
        const source = sources.find((source) => source.n === run.cite);
        return source === undefined ? `[${run.cite}]` : <Mark key={n} source={source} />;
      })}
    </p>
  );
}

/** The answer with its sources as plain text, for a paper or a chat. */
export function asText(answer: Answer, sources: Cited[], base: string): string {
  const said = answer.abstained ? [answer.reason ?? answer.text] : [answer.answer, answer.text];
  const proof = sources.flatMap((source) => [`[${source.n}] ${source.quotes.map((quote) => `“${quote}”`).join(" … ")}`, `    ${whereabouts(source.passage)}`, `    ${base}${source.link}`]);
  return [answer.question, ...said, ...proof].filter((line) => line !== "").join("\n");
}

function Actions({ answer, sources }: { answer: Answer; sources: Cited[] }) {
  const { say, can, tell } = useShared();
  const [verdict, setVerdict] = useState<"none" | "good" | "bad" | "sent">("none");
  const [why, setWhy] = useState("");
  const base = location.origin + location.pathname;
  const put = (text: string, words: string) => void navigator.clipboard.writeText(text).then(() => tell(words), (error: Error) => tell(error.message));
  const judge = (good: boolean, reason?: string) => {
    const about = { question: answer.question, answer: answer.answer, good, ...(reason ? { reason } : {}) };
    setVerdict("sent");
    feedback(about).then(() => tell(say("thanks")), (error: Error) => (setVerdict("none"), tell(error.message)));
  };
  return (
    <div class="actions">
      <button type="button" onClick={() => put(asText(answer, sources, base), say("copied"))}>
        {say("copy")}
      </button>
      <button type="button" onClick={() => put(base + askLink(answer.question), say("linked"))}>
        {say("link")}
      </button>
      {can.feedback && verdict !== "sent" && (
        <>
          <button type="button" onClick={() => judge(true)}>
            <span aria-hidden="true">👍</span> {say("good")}
          </button>
          <button type="button" aria-expanded={verdict === "bad"} onClick={() => setVerdict(verdict === "bad" ? "none" : "bad")}>
            <span aria-hidden="true">👎</span> {say("bad")}
          </button>
        </>
      )}
      {verdict === "bad" && (
        <form
          class="why"
          onSubmit={(event) => {
            event.preventDefault();
            judge(false, why.trim());
          }}
        >
          <label>
            {say("why")}
            <input value={why} maxLength={500} onInput={(event) => setWhy(event.currentTarget.value)} />
          </label>
          <button type="submit">{say("send")}</button>
        </form>
      )}
    </div>
  );
}
