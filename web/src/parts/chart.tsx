/** A chart as plain SVG: points along time joined by lines, or bars along places. Targets are hollow, results solid. */

import type { Table } from "../api.ts";
import { useShared } from "../context.ts";
import { apart, columnName, plain, rowName, ticks, type Chart, type Point } from "../tables.ts";
import { statusText } from "./cite.tsx";

const WIDTH = 640;
const SERIES = 6;

interface Props {
  table: Table;
  chart: Chart;
  /** The source that proves a value, by the numbers of its citations. */
  link: (numbers: number[]) => string | null;
  name: string;
}

export function ChartFigure(props: Props) {
  return props.chart.along === "columns" ? <Lines {...props} /> : <Bars {...props} />;
}

/** What a point says to who cannot see it, and on hovering. */
function useWords(table: Table) {
  const { say } = useShared();
  return (point: Point) => {
    const row = table.rows[point.row];
    const column = table.columns[point.column];
    const parts = [row ? rowName(row) : "", column ? columnName({ ...column, status: null }, () => "") : "", statusText(point.status, say), point.cell.text];
    return parts.filter((part) => part !== "").join(" ");
  };
}

/** A shape that opens its source where there is one. */
function Shape({ to, words, children }: { to: string | null; words: string; children: preact.ComponentChildren }) {
  const inner = (
    <>
      <title>{words}</title>
      {children}
    </>
  );
  return to === null ? (
    <g>{inner}</g>
  ) : (
    <a href={to} aria-label={words}>
      {inner}
    </a>
  );
}

function Lines({ table, chart, link, name }: Props) {
  const { say } = useShared();
  const words = useWords(table);
  const rows = [...new Set(chart.points.map((point) => point.row))];
  const [left, right, top, bottom, height] = [64, rows.length > 1 ? 132 : 40, 24, 40, 260];
  const values = chart.points.map((point) => point.value);
  const scale = ticks(Math.min(0, ...values), Math.max(0, ...values), 4);
  const [low, high] = [scale[0] ?? 0, scale[scale.length - 1] ?? 1];
  const columns = [...new Set(chart.points.map((point) => point.column))].sort((a, b) => a - b);
  const x = (column: number) => left + ((columns.indexOf(column) + 0.5) * (WIDTH - left - right)) / columns.length;
  const y = (value: number) => top + ((high - value) / (high - low || 1)) * (height - top - bottom);
  const series = rows.map((row) => chart.points.filter((point) => point.row === row).sort((a, b) => a.column - b.column));
  const labels = apart(series.map((points) => y(points[points.length - 1]!.value)), 15, top);
  return (
    <svg viewBox={`0 0 ${WIDTH} ${height}`} class="chart" role="group" aria-label={say("chart_of", { label: name, unit: chart.unit })}>
      <text x={left - 8} y={14} text-anchor="end">
        {chart.unit}
      </text>
      {scale.map((value) => (
        <g key={value}>
          <line class="grid" x1={left} x2={WIDTH - right} y1={y(value)} y2={y(value)} />
          <text x={left - 8} y={y(value) + 4} text-anchor="end">
            {plain(value)}
          </text>
        </g>
      ))}
      {columns.map((column) => (
        <text key={column} x={x(column)} y={height - 14} text-anchor="middle">
          {table.columns[column] ? columnName({ ...table.columns[column]!, status: null }, () => "") : ""}
        </text>
      ))}
      {rows.map((row, n) => {
        const points = series[n]!;
        const end = points[points.length - 1]!;
        return (
          <g key={row} class={`series s${n % SERIES}`}>
            <polyline points={points.map((point) => `${x(point.column)},${y(point.value)}`).join(" ")} />
            {points.map((point) => (
              <Shape key={point.column} to={link(point.cell.citations)} words={words(point)}>
                {/* A finger needs more room than the point takes. */}
                <circle class="hit" cx={x(point.column)} cy={y(point.value)} r={13} />
                <circle class={point.status === "target" ? "target" : "result"} cx={x(point.column)} cy={y(point.value)} r={6} />
                {rows.length <= 2 && (
                  <text class="value" x={x(point.column)} y={y(point.value) - 11} text-anchor="middle">
                    {plain(point.value)}
                  </text>
                )}
              </Shape>
            ))}
            {rows.length > 1 && (
              <text class="name" x={x(end.column) + 12} y={labels[n]! + 4}>
                {short(rowName(table.rows[row]!), 9)}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}

function Bars({ table, chart, link, name }: Props) {
  const { say } = useShared();
  const words = useWords(table);
  const [left, right, line] = [150, 90, 26];
  const points = [...chart.points].sort((a, b) => b.value - a.value);
  const height = points.length * line + 24;
  const values = points.map((point) => point.value);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const x = (value: number) => left + ((value - low) / (high - low || 1)) * (WIDTH - left - right);
  return (
    <svg viewBox={`0 0 ${WIDTH} ${height}`} class="chart" role="group" aria-label={say("chart_of", { label: name, unit: chart.unit })}>
      {points.map((point, n) => {
        const y = 12 + n * line;
        return (
          <g key={n} class="series s0">
            <text x={left - 8} y={y + 16} text-anchor="end">
              {short(rowName(table.rows[point.row]!), 11)}
            </text>
            <Shape to={link(point.cell.citations)} words={words(point)}>
              <rect
                class={point.status === "target" ? "target" : "result"}
                x={Math.min(x(0), x(point.value))}
                y={y + 3}
                width={Math.max(1, Math.abs(x(point.value) - x(0)))}
                height={line - 9}
              />
              <text class="value" x={Math.max(x(0), x(point.value)) + 6} y={y + 16}>
                {point.cell.text}
              </text>
            </Shape>
          </g>
        );
      })}
    </svg>
  );
}

const short = (text: string, most: number) => ([...text].length > most ? `${[...text].slice(0, most - 1).join("")}…` : text);
