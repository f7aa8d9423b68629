/** One field, the conversation above it. */

import { useEffect, useRef, useState } from "preact/hooks";
import { ask, documents, Failed, KEY_CHANGED, type Answer, type Doc, type Turn } from "../api.ts";
import { useShared } from "../context.ts";
import { examples } from "../examples.ts";
import { asks } from "../keys.ts";
import { askLink } from "../route.ts";
import { AnswerCard } from "../parts/answer.tsx";
import { KeyForm } from "../parts/key.tsx";

/** One question and what became of it. */
interface Exchange {
  id: number;
  question: string;
  answer: Answer | null;
  failed: Failed | Error | null;
}

// Turns that go along with a question: a follow-up takes from them what it leaves out.
const REMEMBERED = 6;
const STOPPED = "stopped";
let count = 0;

/** `asked`: the question that the address names, null while another view is shown. */
export function Ask({ asked }: { asked: string | null }) {
  const { say } = useShared();
  const [talk, setTalk] = useState<Exchange[]>([]);
  const [text, setText] = useState("");
  const [suggested, setSuggested] = useState<string[]>([]);
  const [reports, setReports] = useState<Doc[]>([]);
  const running = useRef<AbortController | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const pending = talk.some((each) => each.answer === null && each.failed === null);

  useEffect(() => {
    const load = () => {
      // Without them the page still asks; a failing server says so at the first question.
      examples().then(setSuggested, () => {});
      documents().then(setReports, () => {});
    };
    load();
    addEventListener(KEY_CHANGED, load);
    return () => removeEventListener(KEY_CHANGED, load);
  }, []);

  const last = useRef("");
  useEffect(() => {
    // A question in the address is asked once; going back and forth in the history asks nothing again.
    if (asked === null) return;
    if (asked !== "" && asked !== last.current && !talk.some((each) => each.question === asked)) void put(asked, talk);
    last.current = asked;
  }, [asked]);

  async function put(question: string, before: Exchange[]) {
    question = question.trim();
    if (question === "") return;
    running.current?.abort();
    const stop = (running.current = new AbortController());
    const id = ++count;
    const answered = before.filter((each) => each.answer !== null);
    setTalk([...answered, { id, question, answer: null, failed: null }]);
    setText("");
    last.current = question;
    history.replaceState(null, "", askLink(question));
    const turns = answered.slice(-REMEMBERED / 2).flatMap(({ question, answer }): Turn[] => [
      { role: "user", content: question },
      { role: "assistant", content: answer?.text || answer?.reason || "" },
    ]);
    const settle = (change: Partial<Exchange>) =>
      setTalk((now) => now.map((each) => (each.id === id ? { ...each, ...change } : each)));
    try {
      settle({ answer: await ask(question, turns, stop.signal) });
    } catch (error) {
      if (stop.signal.aborted) {
        setTalk((now) => now.filter((each) => each.id !== id));
        // Who stops a question may want to change it.
        if (stop.signal.reason === STOPPED) setText(question);
      } else settle({ failed: error instanceof Failed ? error : new Error(say("offline")) });
    }
  }

  /** Asks in place of an earlier question: what came before it stays, what followed it goes. */
  const change = (id: number, question: string) => put(question, talk.slice(0, talk.findIndex((each) => each.id === id)));

  function clear() {
    running.current?.abort();
    setTalk([]);
    last.current = "";
    history.replaceState(null, "", "#/ask");
    field.current?.focus();
  }

  return (
    <div class={talk.length === 0 ? "ask empty" : "ask"}>
      <h1 class={talk.length === 0 ? "claim" : "hidden"}>{say("claim")}</h1>
      <ol class="talk">
        {talk.map((each) => (
          <li key={each.id}>
            <h2 class="asked">{each.question}</h2>
            {each.answer !== null ? (
              <AnswerCard answer={each.answer} reports={reports} onAsk={(question) => change(each.id, question)} />
            ) : each.failed !== null ? (
              <div class="card failed" role="alert">
                <p>
                  <strong>{say("failed")}</strong> {each.failed.message}
                </p>
                {each.failed instanceof Failed && each.failed.status === 401 ? (
                  <KeyForm onSaved={() => change(each.id, each.question)} />
                ) : (
                  <button type="button" onClick={() => change(each.id, each.question)}>
                    {say("retry")}
                  </button>
                )}
              </div>
            ) : (
              <p class="card thinking" role="status">
                {say("thinking")}{" "}
                <button type="button" onClick={() => running.current?.abort(STOPPED)}>
                  {say("stop")}
                </button>
              </p>
            )}
          </li>
        ))}
      </ol>
      <form
        class="field"
        onSubmit={(event) => {
          event.preventDefault();
          if (!pending) void put(text, talk);
        }}
      >
        <label class="hidden" for="question">
          {say("field")}
        </label>
        <textarea
          id="question"
          ref={field}
          rows={1}
          maxLength={2000}
          value={text}
          placeholder={say("placeholder")}
          aria-describedby="question-hint"
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (!asks(event)) return;
            event.preventDefault();
            if (!pending) void put(text, talk);
          }}
        />
        <button class="main" type="submit" disabled={pending}>
          {say("submit")}
        </button>
        <p class="hint" id="question-hint">
          {say("hint")}
        </p>
      </form>
      {talk.length === 0 ? (
        suggested.length > 0 && (
          <section class="examples" aria-labelledby="examples">
            <h2 id="examples">{say("examples")}</h2>
            <ul>
              {suggested.map((question) => (
                <li key={question}>
                  <button type="button" lang="zh-CN" onClick={() => put(question, [])}>
                    {question}
                  </button>
                </li>
              ))}
            </ul>
          </section>
        )
      ) : (
        <button class="again" type="button" onClick={clear}>
          {say("again")}
        </button>
      )}
    </div>
  );
}
