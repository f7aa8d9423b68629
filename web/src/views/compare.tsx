/** Two reports, their parts side by side. */

import { Fragment } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { documents, Failed, type Doc, type Passage } from "../api.ts";
import { useShared } from "../context.ts";
import { documentName } from "../parts/cite.tsx";
import { KeyForm } from "../parts/key.tsx";
import { readAll } from "../reading.ts";
import { compareLink, sourceLink, type Route } from "../route.ts";
import { pair, sections, type Section } from "../sections.ts";

/** All passages of a report once they are there; none before. */
function useReport(id: string): { passages: Passage[]; failed: Error | null } {
  const [read, setRead] = useState<{ passages: Passage[]; failed: Error | null }>({ passages: [], failed: null });
  useEffect(() => {
    let stopped = false;
    let all: Passage[] = [];
    setRead({ passages: [], failed: null });
    if (id !== "")
      readAll(id, "", (found) => (all = found), () => stopped).then(
        () => !stopped && setRead({ passages: all, failed: null }),
        (failed: Error) => !stopped && setRead({ passages: [], failed }),
      );
    return () => {
      stopped = true;
    };
  }, [id]);
  return read;
}

export function Compare({ route }: { route: Extract<Route, { view: "compare" }> }) {
  const { say } = useShared();
  const [all, setAll] = useState<Doc[]>([]);
  const [failed, setFailed] = useState<Error | null>(null);
  const load = () => documents().then((found) => (setAll(found), setFailed(null)), setFailed);
  useEffect(() => void load(), []);
  const left = useReport(route.left);
  const right = useReport(route.right);
  const pairs = useMemo(() => pair(sections(left.passages), sections(right.passages)), [left.passages, right.passages]);
  const problem = failed ?? left.failed ?? right.failed;
  const chosen = route.left !== "" && route.right !== "";
  const whole = left.passages.length > 0 && right.passages.length > 0;
  const choice = (name: "left" | "right") => (
    <label>
      {say(name)}{" "}
      <select value={route[name]} onChange={(event) => (location.hash = compareLink(...sides(route, name, event.currentTarget.value)))}>
        <option value="">{say("choose")}</option>
        {all.map((each) => (
          <option key={each.id} value={each.id}>
            {distinct(each, all)}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <div class="compare">
      <h1>{say("compare")}</h1>
      <p class="facts">{say("compare_text")}</p>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        {choice("left")} {choice("right")}
      </form>
      {problem !== null && (
        <div class="card failed" role="alert">
          <p>{problem instanceof Failed ? problem.message : say("offline")}</p>
          {problem instanceof Failed && problem.status === 401 && <KeyForm onSaved={load} />}
        </div>
      )}
      {chosen && !whole && problem === null && <p role="status">{say("reading")}</p>}
      {whole &&
        pairs.map(([one, other], n) => (
          <div class="pair" key={n}>
            <Part section={one} />
            <Part section={other} />
          </div>
        ))}
    </div>
  );
}

/** A report's name; with its place and date where others are called the same. */
function distinct(report: Doc, all: Doc[]): string {
  const name = documentName(report);
  const alike = all.filter((each) => documentName(each) === name).length > 1;
  return alike ? [name, report.region, report.date].filter(Boolean).join(" · ") : name;
}

const sides = (route: { left: string; right: string }, name: "left" | "right", value: string): [string, string] =>
  name === "left" ? [value, route.right] : [route.left, value];

function Part({ section }: { section: Section | null }) {
  const { say } = useShared();
  if (section === null) return <p class="facts">{say("only_here")}</p>;
  const first = section.passages[0]!;
  return (
    <section lang="zh-CN">
      <h2>
        <a href={sourceLink(first.id)}>{section.path.at(-1) ?? say("preface")}</a>
      </h2>
      {section.passages.map((passage, n) => (
        <Fragment key={passage.id}>
          {/* A heading that runs into its paragraph stands there already. */}
          {passage.below !== (section.passages[n - 1]?.below ?? "") && !passage.text.startsWith(passage.below) && <h3>{passage.below}</h3>}
          <p class="passage">{passage.text}</p>
        </Fragment>
      ))}
    </section>
  );
}
