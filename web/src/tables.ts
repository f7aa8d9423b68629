/** An answer's table, what a chart draws of it, and both as files. Plain functions of values. */

import type { Answer, Cell, Column, Status, Table } from "./api.ts";
import { periodText } from "./i18n.ts";

/** The answer's own table, or one made of its values where it gives several. Null where there is nothing to compare. */
export function tableOf(answer: Answer): Table | null {
  if (answer.table && answer.table.rows.length > 0) return answer.table;
  const values = answer.values.filter((value) => value.value !== null);
  if (values.length < 2) return null;
  const columns: Column[] = [];
  const rows: Table["rows"] = [];
  for (const value of values) {
    const sameColumn = (column: Column) => periodText(column.period) === periodText(value.period) && column.status === value.status;
    let column = columns.findIndex(sameColumn);
    if (column < 0) column = columns.push({ label: periodText(value.period), period: value.period, status: value.status }) - 1;
    let row = rows.find((row) => row.label === value.label && row.region === value.region);
    if (!row) rows.push((row = { label: value.label, region: value.region, period: null, status: null, cells: [] }));
    const text = `${value.text ?? plain(value.value ?? 0)}${value.unit}`;
    row.cells[column] = { text, value: value.value, unit: value.unit, hedge: value.hedge, citations: value.citations };
  }
  for (const row of rows) row.cells = columns.map((_, n) => row.cells[n] ?? null);
  const order = columns.map((_, n) => n).sort((a, b) => (columns[a]?.label ?? "").localeCompare(columns[b]?.label ?? ""));
  return {
    columns: order.map((n) => ({ label: columns[n]!.label, period: columns[n]!.period, status: columns[n]!.status })),
    rows: rows.map((row) => ({ ...row, cells: order.map((n) => row.cells[n] ?? null) })),
  };
}

/** A number without an exponent and without the noise of binary fractions. */
export const plain = (value: number): string => String(Number(value.toPrecision(12)));

/** What a row is called. */
export const rowName = (row: { label: string; region: string | null }): string =>
  row.region !== null && row.region !== "" && !row.label.includes(row.region) ? `${row.region} ${row.label}` : row.label;

/** A point of the chart. */
export interface Point {
  column: number;
  row: number;
  value: number;
  status: Status | null;
  cell: Cell;
}

/** A chart of cells of one unit. */
export interface Chart {
  unit: string;
  /** The one column that it shows, where lines for all rows would be a thicket; else null. */
  column: number | null;
  /** Along time when the columns are times, else along the rows. */
  along: "columns" | "rows";
  points: Point[];
}

// Lines that an eye can follow.
const MOST_LINES = 8;

/** One chart a unit (and, with many rows, a column), those with the most points first; a unit with a single point draws nothing. */
export function charts(table: Table): Chart[] {
  const units = new Map<string, Point[]>();
  table.rows.forEach((row, r) =>
    row.cells.forEach((cell, c) => {
      if (cell === null || cell.value === null) return;
      const status = table.columns[c]?.status ?? row.status;
      const points = units.get(cell.unit) ?? [];
      points.push({ column: c, row: r, value: cell.value, status, cell });
      units.set(cell.unit, points);
    }),
  );
  return [...units]
    .flatMap(([unit, points]): Chart[] => {
      const columns = [...new Set(points.map((point) => point.column))].sort((a, b) => a - b);
      const rows = new Set(points.map((point) => point.row)).size;
      if (columns.length > 1 && rows <= MOST_LINES) return [{ unit, column: null, along: "columns", points }];
      // The last column first: the latest year.
      return columns.reverse().map((column) => ({ unit, column: rows > MOST_LINES ? column : null, along: "rows", points: points.filter((point) => point.column === column) }));
    })
    .filter((chart) => chart.points.length > 1)
    .sort((a, b) => b.points.length - a.points.length);
}

/** Round steps that hold [low, high]: ticks(0, 150, 5) -> [0, 50, 100, 150]. */
export function ticks(low: number, high: number, most: number): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => power * factor >= rough) ?? 10);
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  return Array.from({ length: last - first + 1 }, (_, n) => Number(((first + n) * step).toPrecision(12)));
}

/**
 * Moves labels apart: heights in, heights out in the same order, `gap` between neighbours at least, none above `top`.
 * apart([10, 12, 50], 15, 0) -> [10, 25, 50].
 */
export function apart(heights: number[], gap: number, top: number): number[] {
  const order = heights.map((_, n) => n).sort((a, b) => heights[a]! - heights[b]!);
  const out = [...heights];
  let free = top;
  for (const n of order) {
    out[n] = Math.max(heights[n]!, free);
    free = out[n]! + gap;
  }
  return out;
}

/** The table as comma-separated values, with the mark that makes spreadsheets read it as UTF-8. */
export function csv(table: Table, heads: { row: string; words: (status: Status) => string }): string {
  const head = [heads.row, ...table.columns.map((column) => columnName(column, heads.words))];
  const lines = [head, ...table.rows.map((row) => [rowName(row), ...row.cells.map((cell) => cell?.text ?? "")])];
  return "\uFEFF" + lines.map((line) => line.map(field).join(",")).join("\r\n") + "\r\n";
}

export function columnName(column: Column, words: (status: Status) => string): string {
  const parts = [column.label || periodText(column.period), column.status ? words(column.status) : ""];
  return parts.filter((part) => part !== "").join(" ");
}

/** A field that a spreadsheet shows as text: quoted where needed, and never run as a formula. */
function field(text: string): string {
  const safe = /^[=+@\t\r]/.test(text) || /^-\D/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

// Years that a question names one by one; more are a filter alone.
const MOST_YEARS = 8;

/**
 * An indicator over places and years as a question that the server lays out: places or years are its rows. 各省2026年经济增长目标,
 * 山西历年的经济增长目标, 山西和陕西2024年和2025年粮食产量.
 */
export function tableQuestion(asked: { indicator: string; regions: string[]; years: [number, number] | null; status: string }): {
  question: string;
  filter: { years?: [number, number]; status?: string };
} {
  const { indicator, regions, years, status } = asked;
  const list = (words: string[]) => (words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join("、")}和${words.at(-1)}`);
  const places = regions.length === 0 ? "各省" : list(regions);
  const [from, to] = years ?? [0, 0];
  const one = years !== null && from === to;
  const named = years === null || (!one && (regions.length === 1 || to - from >= MOST_YEARS)) ? [] : Array.from({ length: to - from + 1 }, (_, n) => `${from + n}年`);
  const time = named.length > 0 ? list(named) : regions.length === 1 ? "历年的" : "";
  return {
    question: `${places}${time}${indicator}`,
    // What the question names itself needs no filter: a plan of this year may stand in the report of the year before.
    filter: { ...(years !== null && named.length === 0 ? { years } : {}), ...(status === "" ? {} : { status }) },
  };
}
