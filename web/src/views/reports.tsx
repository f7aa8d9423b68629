/** What is in the index: filters, order, and, where the server allows it, adding and deleting. */

import { useEffect, useRef, useState } from "preact/hooks";
import { documents, Failed, passageId, remove, type Doc } from "../api.ts";
import { useShared } from "../context.ts";
import { kindText } from "../i18n.ts";
import { documentName } from "../parts/cite.tsx";
import { KeyForm } from "../parts/key.tsx";
import { Upload } from "../parts/upload.tsx";
import { sourceLink } from "../route.ts";

// How long a deletion can be taken back, in milliseconds: the server is told only after it.
const UNDO = 8000;

// Rows that are drawn at first, and added by the button below them.
const ROWS = 200;

type Column = "title" | "region" | "date" | "doc_type" | "passages";

export function Reports() {
  const { say, can, tell } = useShared();
  const [all, setAll] = useState<Doc[] | null>(null);
  const [failed, setFailed] = useState<Error | null>(null);
  const [filter, setFilter] = useState({ text: "", region: "", year: "", kind: "" });
  const [order, setOrder] = useState<{ by: Column; down: boolean }>({ by: "date", down: true });
  const [leaving, setLeaving] = useState<Doc[]>([]);
  const [rows, setRows] = useState(ROWS);
  const timers = useRef(new Map<string, number>());

  const load = () => documents().then((found) => (setAll(found), setFailed(null)), (error: Error) => setFailed(error));
  useEffect(() => void load(), []);

  const finish = (id: string, late = false) => {
    clearTimeout(timers.current.get(id));
    timers.current.delete(id);
    return remove(id, late);
  };
  useEffect(() => {
    // Who leaves the page has not taken it back.
    const leave = () => [...timers.current.keys()].forEach((id) => void finish(id, true).catch(() => {}));
    addEventListener("pagehide", leave);
    return () => {
      removeEventListener("pagehide", leave);
      leave();
    };
  }, []);

  function drop(document: Doc) {
    setLeaving((now) => [...now, document]);
    const done = () =>
      finish(document.id).then(
        () => {
          setAll((now) => now?.filter((each) => each.id !== document.id) ?? null);
          setLeaving((now) => now.filter((each) => each.id !== document.id));
        },
        (error: Error) => {
          setLeaving((now) => now.filter((each) => each.id !== document.id));
          tell(error.message);
        },
      );
    timers.current.set(document.id, window.setTimeout(() => void done(), UNDO));
  }
  function undo(document: Doc) {
    clearTimeout(timers.current.get(document.id));
    timers.current.delete(document.id);
    setLeaving((now) => now.filter((each) => each.id !== document.id));
  }

  if (failed !== null) {
    return (
      <div class="card failed" role="alert">
        <p>{failed instanceof Failed ? failed.message : say("offline")}</p>
        {failed instanceof Failed && failed.status === 401 ? (
          <KeyForm onSaved={load} />
        ) : (
          <button type="button" onClick={load}>
            {say("retry")}
          </button>
        )}
      </div>
    );
  }
  const list = all ?? [];
  const regions = [...new Set(list.flatMap(({ region }) => region ?? []))].sort();
  const years = [...new Set(list.flatMap(({ year }) => year ?? []))].sort((a, b) => b - a);
  const kinds = [...new Set(list.flatMap(({ doc_type }) => doc_type ?? []))].sort();
  const text = filter.text.trim().toLowerCase();
  const shown = list
    .filter((each) => !leaving.includes(each))
    .filter((each) => text === "" || `${documentName(each)} ${each.path} ${each.speaker ?? ""}`.toLowerCase().includes(text))
    .filter((each) => filter.region === "" || each.region === filter.region)
    .filter((each) => filter.year === "" || String(each.year) === filter.year)
    .filter((each) => filter.kind === "" || each.doc_type === filter.kind)
    .sort((a, b) => compare(a, b, order.by) * (order.down ? -1 : 1));
  const typed = list.some((each) => each.doc_type);
  const warned = list.some((each) => (each.warnings ?? []).length > 0);
  const head = (by: Column, name: string) => (
    <th scope="col" aria-sort={order.by === by ? (order.down ? "descending" : "ascending") : undefined}>
      <button type="button" onClick={() => setOrder({ by, down: order.by === by ? !order.down : by === "date" || by === "passages" })}>
        {name}
        <span aria-hidden="true">{order.by === by ? (order.down ? " ↓" : " ↑") : ""}</span>
      </button>
    </th>
  );
  return (
    <div class="reports">
      <h1>{say("reports")}</h1>
      {can.upload && <Upload onDone={load} />}
      <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <label>
          <span class="hidden">{say("search")}</span>
          <input type="search" placeholder={say("search")} value={filter.text} onInput={(event) => setFilter({ ...filter, text: event.currentTarget.value })} />
        </label>
        <label>
          <span class="hidden">{say("place")}</span>
          <select value={filter.region} onChange={(event) => setFilter({ ...filter, region: event.currentTarget.value })}>
            <option value="">{say("all_places")}</option>
            {regions.map((region) => (
              <option key={region}>{region}</option>
            ))}
          </select>
        </label>
        <label>
          <span class="hidden">{say("year")}</span>
          <select value={filter.year} onChange={(event) => setFilter({ ...filter, year: event.currentTarget.value })}>
            <option value="">{say("all_years")}</option>
            {years.map((year) => (
              <option key={year}>{year}</option>
            ))}
          </select>
        </label>
        {typed && (
          <label>
            <span class="hidden">{say("kind")}</span>
            <select value={filter.kind} onChange={(event) => setFilter({ ...filter, kind: event.currentTarget.value })}>
              <option value="">{say("all_kinds")}</option>
              {kinds.map((kind) => (
                <option key={kind} value={kind}>
                  {kindText(kind, say)}
                </option>
              ))}
            </select>
          </label>
        )}
        <span class="facts" role="status">
          {all === null ? say("reading") : say("shown", { n: shown.length, all: list.length - leaving.length })}
        </span>
      </form>
      {leaving.map((document) => (
        <p class="card undo" role="status" key={document.id}>
          {say("removed", { title: documentName(document) })}{" "}
          <button type="button" onClick={() => undo(document)}>
            {say("undo")}
          </button>
        </p>
      ))}
      {all !== null && shown.length === 0 && leaving.length === 0 && <p>{list.length === 0 ? say("none") : say("no_match")}</p>}
      {shown.length > 0 && (
        <div class="wide" tabIndex={0} role="region" aria-label={say("reports")}>
          <table>
            <thead>
              <tr>
                {head("title", say("title"))}
                {head("region", say("place"))}
                {head("date", say("date"))}
                {typed && head("doc_type", say("kind"))}
                {head("passages", say("passages"))}
                {warned && <th scope="col">{say("warnings")}</th>}
                {can.remove && <th scope="col">{say("actions")}</th>}
              </tr>
            </thead>
            <tbody>
              {shown.slice(0, rows).map((each) => (
                <tr key={each.id} lang="zh-CN">
                  <th scope="row">
                    <a href={sourceLink(passageId(each.id, 1))}>{documentName(each)}</a>
                  </th>
                  <td>{each.region ?? "–"}</td>
                  <td>{each.date ?? "–"}</td>
                  {typed && <td>{kindText(each.doc_type, say)}</td>}
                  <td class="number">{each.passages}</td>
                  {warned && <td>{(each.warnings ?? []).map((warning) => (typeof warning === "string" ? warning : warning.message)).join("；")}</td>}
                  {can.remove && (
                    <td>
                      <button type="button" aria-label={`${say("remove")} ${documentName(each)}`} onClick={() => drop(each)}>
                        {say("remove")}
                      </button>
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {shown.length > rows && (
        <button type="button" onClick={() => setRows(rows + ROWS)}>
          {say("more")}
        </button>
      )}
    </div>
  );
}

function compare(a: Doc, b: Doc, by: Column): number {
  if (by === "passages") return a.passages - b.passages;
  if (by === "title") return documentName(a).localeCompare(documentName(b), "zh-CN");
  return (a[by] ?? "").localeCompare(b[by] ?? "", "zh-CN");
}
