/** Whether the service can answer, from how much, and which reports were not read whole. */

import { useEffect, useState } from "preact/hooks";
import { documents, Failed, passageId, ready, type Doc, type Ready } from "../api.ts";
import { useShared } from "../context.ts";
import { documentName } from "../parts/cite.tsx";
import { sourceLink } from "../route.ts";

export function Health() {
  const { say } = useShared();
  const [state, setState] = useState<Ready | Error | null>(null);
  const [all, setAll] = useState<Doc[]>([]);
  useEffect(() => {
    ready().then(setState, setState);
    // A server with keys lists no reports without one; whether it can answer is seen all the same.
    documents().then(setAll, () => {});
  }, []);
  if (state === null) return <p role="status">{say("reading")}</p>;
  const problem = state instanceof Error ? (state instanceof Failed ? state.message : say("offline")) : null;
  const warned = all.filter((each) => (each.warnings ?? []).length > 0);
  const last = all.map((each) => each.ingested_at).sort().at(-1);
  return (
    <div class="health">
      <h1>{say("health")}</h1>
      <p role="status" class={problem === null ? "card" : "card failed"}>
        {problem === null ? say("is_ready") : `${say("not_ready")} (${problem})`}
      </p>
      {!(state instanceof Error) && (
        <dl>
          <dt>{say("reports")}</dt>
          <dd>{state.documents}</dd>
          <dt>{say("passages")}</dt>
          <dd>{state.passages}</dd>
          <dt>{say("model")}</dt>
          <dd>{state.model}</dd>
          {last !== undefined && (
            <>
              <dt>{say("last_read")}</dt>
              <dd>{last.replace("T", " ").slice(0, 16)} UTC</dd>
            </>
          )}
        </dl>
      )}
      {warned.length > 0 && (
        <>
          <h2>{say("with_warnings")}</h2>
          <ul lang="zh-CN">
            {warned.map((each) => (
              <li key={each.id}>
                <a href={sourceLink(passageId(each.id, 1))}>{documentName(each)}</a>
                {": "}
                {(each.warnings ?? []).map((warning) => (typeof warning === "string" ? warning : warning.message)).join("；")}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
