import { useRef, useState } from "preact/hooks";
import type { Table } from "../api.ts";
import { useShared } from "../context.ts";
import { charts, columnName, csv, rowName } from "../tables.ts";
import { xlsx } from "../xlsx.ts";
import { ChartFigure } from "./chart.tsx";
import { statusText, type Cited } from "./cite.tsx";

const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** Hands the browser a file to keep. */
export function download(name: string, type: string, content: BlobPart): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** A chart and, beside it, the table that it draws: the table says all that the chart shows. */
export function TableAndChart({ table, sources, name }: { table: Table; sources: Cited[]; name: string }) {
  const { say } = useShared();
  const drawn = charts(table);
  const [at, setAt] = useState(0);
  const figure = useRef<HTMLElement>(null);
  const chart = drawn[Math.min(at, drawn.length - 1)];
  const link = (numbers: number[]) => sources.find((source) => numbers.includes(source.n))?.link ?? null;
  const file = name.replace(/[\\/:*?"<>|\s]+/g, " ").trim().slice(0, 60) || "wenbao";
  const words = (status: Parameters<typeof statusText>[0]) => statusText(status, say);
  return (
    <section class="data" aria-label={say("table")}>
      {drawn.length > 1 && (
        <label class="chip">
          <span>{say("chart")}</span>
          <select value={at} onChange={(event) => setAt(Number(event.currentTarget.value))}>
            {drawn.map((each, n) => (
              <option key={n} value={n}>
                {[each.column === null ? "" : columnName(table.columns[each.column]!, words), each.unit].filter((part) => part !== "").join(" · ") || "–"}
              </option>
            ))}
          </select>
        </label>
      )}
      {chart !== undefined && (
        <figure ref={figure}>
          <ChartFigure table={table} chart={chart} link={link} name={name} />
          <figcaption>
            <span>● {say("legend_result")}</span> <span>○ {say("legend_target")}</span>
          </figcaption>
        </figure>
      )}
      {/* A wide table is moved by the keyboard too. */}
      <div class="wide" tabIndex={0} role="region" aria-label={say("table")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{say("measure")}</th>
              {table.columns.map((column, n) => (
                <th scope="col" key={n}>
                  {columnName(column, words)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row, r) => (
              <tr key={r}>
                <th scope="row" lang="zh-CN">
                  {rowName(row)}
                </th>
                {row.cells.map((cell, c) => {
                  if (cell === null) return <td key={c}>–</td>;
                  const to = link(cell.citations);
                  return (
                    <td key={c} lang="zh-CN">
                      {to === null ? cell.text : <a href={to}>{cell.text}</a>}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {table.asked !== undefined && table.found !== undefined && <p class="facts">{say("found_of", { found: table.found, asked: table.asked })}</p>}
      {table.missing !== undefined && table.missing.length > 0 && <p class="facts">{say("missing", { names: table.missing.join("、") })}</p>}
      <div class="actions">
        <button type="button" onClick={() => download(`${file}.csv`, "text/csv;charset=utf-8", csv(table, { row: say("measure"), words }))}>
          {say("as_csv")}
        </button>
        <button type="button" onClick={() => download(`${file}.xlsx`, XLSX, xlsx(table, { row: say("measure"), words }))}>
          {say("as_xlsx")}
        </button>
        {chart !== undefined && (
          <button type="button" onClick={() => download(`${file}.svg`, "image/svg+xml", standalone(figure.current?.querySelector("svg") ?? null))}>
            {say("as_svg")}
          </button>
        )}
      </div>
    </section>
  );
}

// What a drawn shape takes from the page's style and a file of its own must carry.
const CARRIED = ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-family", "font-size", "text-anchor"];

/** The chart as a file of its own: colours and fonts are written into it, links to this page are left out. */
function standalone(svg: SVGSVGElement | null): string {
  if (svg === null) return "";
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const from = [svg, ...svg.querySelectorAll<SVGElement>("*")];
  const to = [copy, ...copy.querySelectorAll<SVGElement>("*")];
  from.forEach((element, n) => {
    const style = getComputedStyle(element);
    for (const name of CARRIED) to[n]?.setAttribute(name, style.getPropertyValue(name));
    to[n]?.removeAttribute("class");
  });
  for (const link of copy.querySelectorAll("a")) link.replaceWith(...link.childNodes);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return new XMLSerializer().serializeToString(copy);
}
