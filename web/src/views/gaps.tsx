/** What was asked and not answered; only where the server keeps notes. */

import { useEffect, useState } from "preact/hooks";
import { Failed, gaps, type Gap } from "../api.ts";
import { useShared } from "../context.ts";
import { KeyForm } from "../parts/key.tsx";
import { askLink } from "../route.ts";

export function Gaps() {
  const { language, say } = useShared();
  const [all, setAll] = useState<Gap[] | null>(null);
  const [failed, setFailed] = useState<Error | null>(null);
  const load = () => gaps().then((found) => (setAll(found), setFailed(null)), setFailed);
  useEffect(() => void load(), []);
  return (
    <div class="gaps">
      <h1>{say("gaps")}</h1>
      <p class="facts">{say("gaps_text")}</p>
      {failed !== null && (
        <div class="card failed" role="alert">
          <p>{failed instanceof Failed ? failed.message : say("offline")}</p>
          {failed instanceof Failed && failed.status === 401 && <KeyForm onSaved={load} />}
        </div>
      )}
      {all === null && failed === null && <p role="status">{say("reading")}</p>}
      {all?.length === 0 && <p>{say("gaps_none")}</p>}
      {all !== null && all.length > 0 && (
        <div class="wide" tabIndex={0} role="region" aria-label={say("gaps")}>
          <table>
            <thead>
              <tr>
                <th scope="col">{say("question")}</th>
                <th scope="col">{say("asked_times")}</th>
                <th scope="col">{say("last_asked")}</th>
                <th scope="col">{say("reason")}</th>
              </tr>
            </thead>
            <tbody>
              {all.map((gap) => (
                <tr key={gap.question} lang="zh-CN">
                  <th scope="row">
                    <a href={askLink(gap.question)}>{gap.question}</a>
                  </th>
                  <td class="number">{gap.asked}</td>
                  <td class="date">{new Date(gap.last_at * 1000).toLocaleDateString(language === "zh" ? "zh-CN" : "en-GB")}</td>
                  <td>{gap.reason ?? "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
