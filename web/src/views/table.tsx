/** One indicator over places and years, where the server makes tables. */

import { useEffect, useState } from "preact/hooks";
import { documents, table, type Answer, type Doc } from "../api.ts";
import { useShared } from "../context.ts";
import { AnswerCard } from "../parts/answer.tsx";
import { askLink } from "../route.ts";
import { tableQuestion } from "../tables.ts";

export function TableView() {
  const { say } = useShared();
  const [asked, setAsked] = useState({ indicator: "", regions: "", from: "", to: "", status: "" });
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [problem, setProblem] = useState("");
  const [waiting, setWaiting] = useState(false);
  const [reports, setReports] = useState<Doc[]>([]);
  // Without them the table is made all the same.
  useEffect(() => void documents().then(setReports, () => {}), []);
  const field = (name: keyof typeof asked) => ({
    value: asked[name],
    onInput: (event: { currentTarget: { value: string } }) => setAsked({ ...asked, [name]: event.currentTarget.value }),
  });
  async function make() {
    if (asked.indicator.trim() === "") return;
    setWaiting(true);
    setProblem("");
    const [from, to] = [Number(asked.from), Number(asked.to || asked.from)];
    const written = asked.regions.split(/[,，、\s]+/).filter((region) => region !== "");
    // Reports of one place alone: its years are what a table can have.
    const places = [...new Set(reports.flatMap(({ region }) => region ?? []))];
    const regions = written.length === 0 && places.length === 1 ? places : written;
    try {
      const years: [number, number] | null = from > 0 ? [Math.min(from, to), Math.max(from, to)] : null;
      setAnswer(await table(tableQuestion({ indicator: asked.indicator.trim(), regions, years, status: asked.status })));
    } catch (error) {
      setProblem((error as Error).message);
    }
    setWaiting(false);
  }
  return (
    <div class="tables">
      <h1>{say("table")}</h1>
      <form class="filters" onSubmit={(event) => (event.preventDefault(), void make())}>
        <label>
          {say("indicator")} <input required {...field("indicator")} />
        </label>
        <label>
          {say("regions")} <input {...field("regions")} />
        </label>
        <label>
          {say("from")} <input inputMode="numeric" pattern="(19|20)\d\d" size={5} {...field("from")} />
        </label>
        <label>
          {say("to")} <input inputMode="numeric" pattern="(19|20)\d\d" size={5} {...field("to")} />
        </label>
        <label>
          {say("status")}{" "}
          <select value={asked.status} onChange={(event) => setAsked({ ...asked, status: event.currentTarget.value })}>
            <option value="">{say("any")}</option>
            <option value="target">{say("target")}</option>
            <option value="actual">{say("actual")}</option>
          </select>
        </label>
        <button class="main" type="submit" disabled={waiting}>
          {say("make")}
        </button>
      </form>
      {waiting && <p role="status">{say("thinking")}</p>}
      {problem !== "" && <p role="alert">{problem}</p>}
      {answer !== null && <AnswerCard answer={answer} reports={reports} onAsk={(question) => (location.hash = askLink(question))} />}
    </div>
  );
}
